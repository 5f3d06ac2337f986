// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {IRebates} from "../../../../interfaces/IRebates.sol";
import {RebatesBase} from "../../utils/RebatesBase.sol";

contract BudgetTest is RebatesBase {
    function test_AnybodyFillsItInOneTransaction() public {
        deal(address(aim), friend, 5);
        vm.expectEmit(address(rebates));
        emit IRebates.BudgetFunded(friend, 5);
        vm.prank(friend);
        aim.transferAndCall(address(rebates), 5, "whatever");
        assertEq(rebates.budget(), BUDGET + 5);
        assertEq(aim.balanceOf(address(rebates)), BUDGET + 5);
    }

    function test_AllowanceFillsItInTheNameOfWhoPays() public {
        vm.prank(treasury);
        aim.approve(friend, 5);
        vm.expectEmit(address(rebates));
        emit IRebates.BudgetFunded(treasury, 5);
        vm.prank(friend);
        aim.transferFromAndCall(treasury, address(rebates), 5);
    }

    function test_RevertsForAnythingButAim() public {
        _expectRevert(abi.encodeWithSelector(IRebates.Rebates_UnexpectedToken.selector, stranger));
        vm.prank(stranger);
        rebates.onTransferReceived(stranger, stranger, 1e18, "");
    }

    function test_RevertsForMoreThanAnyAimThereIs() public {
        uint256 most = type(uint128).max - BUDGET;
        vm.startPrank(address(aim));
        rebates.onTransferReceived(friend, friend, most, "");
        _expectRevert(SafeCast.SafeCastOverflowedUintDowncast.selector);
        rebates.onTransferReceived(friend, friend, 1, "");
    }

    function test_APlainTransferIsNoBudget() public {
        vm.prank(treasury);
        aim.transfer(address(rebates), 5);
        assertEq(rebates.budget(), BUDGET);
    }

    function test_GovernanceTakesBackWhatNobodyClaimed() public {
        _claim(_sell());
        uint128 left = rebates.budget();
        vm.expectEmit(address(rebates));
        emit IRebates.BudgetTakenBack(governance, left);
        vm.prank(governance);
        rebates.takeBack(left);
        assertEq(rebates.budget(), 0);
        assertEq(_credit(governance), left);
        rebates.withdrawFor(governance, address(aim));
        rebates.withdrawFor(buyer, address(aim));
        rebates.withdrawFor(payout, address(aim));
        assertEq(aim.balanceOf(address(rebates)), 0);
    }

    function test_GovernanceDoesNotReachWhatWasClaimed() public {
        _claim(_sell());
        uint128 left = rebates.budget();
        _expectRevert(
            abi.encodeWithSelector(IRebates.Rebates_BudgetTooSmall.selector, left + 1, left)
        );
        vm.prank(governance);
        rebates.takeBack(left + 1);
    }

    function test_TakingBackIsForGovernance() public {
        _expectUnauthorized(guardian);
        vm.prank(guardian);
        rebates.takeBack(1);
    }
}
