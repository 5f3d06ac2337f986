// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IBonds} from "../../../../interfaces/IBonds.sol";
import {BondState} from "../../../../interfaces/types/Stakes.sol";
import {BondsBase} from "../../utils/BondsBase.sol";

contract CloseTest is BondsBase {
    uint128 private constant LEFT = STAKE - 2 * (STAKE / 5);

    function test_ReturnsWhatIsLeft() public {
        _break(buyer);
        vm.warp(block.timestamp + 90 days + 1);
        vm.expectEmit(address(bonds));
        emit IBonds.BondEnded(bondId, LEFT);
        vm.prank(stranger);
        bonds.close(bond);
        assertBond(BondState.Ended, 0);
        assertEq(_credit(guarantor), LEFT);
    }

    function test_RevertsInTheLastSecond() public {
        _break(buyer);
        uint256 end = block.timestamp + 90 days;
        vm.warp(end);
        _expectRevert(abi.encodeWithSelector(IBonds.Bonds_ClaimsOpen.selector, end));
        bonds.close(bond);
    }

    function test_RevertsWhereNothingIsBroken() public {
        _expectRevert(abi.encodeWithSelector(IBonds.Bonds_NotBroken.selector, bondId));
        bonds.close(bond);
        _post(STAKE);
        vm.warp(block.timestamp + 1000 days);
        _expectRevert(abi.encodeWithSelector(IBonds.Bonds_NotBroken.selector, bondId));
        bonds.close(bond);
    }

    function test_RevertsASecondTime() public {
        _break(buyer);
        vm.warp(block.timestamp + 90 days + 1);
        bonds.close(bond);
        _expectRevert(abi.encodeWithSelector(IBonds.Bonds_NotBroken.selector, bondId));
        bonds.close(bond);
    }
}
