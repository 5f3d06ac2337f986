// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IBonds} from "../../../../interfaces/IBonds.sol";
import {BondState} from "../../../../interfaces/types/Stakes.sol";
import {BondsBase} from "../../utils/BondsBase.sol";

contract ReclaimTest is BondsBase {
    function _end() private view returns (uint256) {
        return uint256(bond.until) + 14 days;
    }

    function _reclaim() private {
        vm.prank(guarantor);
        bonds.reclaim(bond);
    }

    function test_ReturnsTheStakeTwoWeeksAfterTheEnd() public {
        _post(STAKE);
        vm.warp(_end() + 1);
        vm.expectEmit(address(bonds));
        emit IBonds.BondEnded(bondId, STAKE);
        _reclaim();
        assertBond(BondState.Ended, 0);
        vm.prank(guarantor);
        bonds.withdraw(0, address(aim), guarantor);
        assertEq(aim.balanceOf(guarantor), 10 * STAKE);
    }

    function test_RevertsInTheLastSecond() public {
        _post(STAKE);
        vm.warp(_end());
        _expectRevert(abi.encodeWithSelector(IBonds.Bonds_StakeBound.selector, _end()));
        _reclaim();
    }

    function test_RevertsForAnybodyElse() public {
        _post(STAKE);
        vm.warp(_end() + 1);
        _expectRevert(abi.encodeWithSelector(IBonds.Bonds_NotGuarantor.selector, guarantor));
        bonds.reclaim(bond);
    }

    function test_RevertsOnceTheVersionIsConvicted() public {
        _post(STAKE);
        vm.warp(_end() + 1);
        _convict(buyer);
        _expectRevert(IBonds.Bonds_VersionConvicted.selector);
        _reclaim();
    }

    function test_RevertsWhereNothingStands() public {
        vm.warp(_end() + 1);
        _expectRevert(abi.encodeWithSelector(IBonds.Bonds_NotStanding.selector, bondId));
        _reclaim();
    }

    function test_RevertsASecondTime() public {
        _post(STAKE);
        vm.warp(_end() + 1);
        _reclaim();
        _expectRevert(abi.encodeWithSelector(IBonds.Bonds_NotStanding.selector, bondId));
        _reclaim();
    }

    function test_RevertsForABrokenBond() public {
        _break(buyer);
        vm.warp(_end() + 1);
        _expectRevert(abi.encodeWithSelector(IBonds.Bonds_NotStanding.selector, bondId));
        _reclaim();
    }

    function test_AHeldStakeWaitsForItsRuling() public {
        _promiseRights();
        _post(STAKE);
        vm.warp(_end());
        _hold(0);
        bytes memory held = abi.encodeWithSelector(IBonds.Bonds_NotStanding.selector, bondId);
        vm.warp(_end() + 90 days);
        _expectRevert(held);
        _reclaim();
        vm.warp(_end() + 90 days + 1);
        _reclaim();
        assertBond(BondState.Ended, 0);
    }
}
