// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IBonds} from "../../../../interfaces/IBonds.sol";
import {Ruling} from "../../../../interfaces/types/Deals.sol";
import {BondState, Breach} from "../../../../interfaces/types/Stakes.sol";
import {BondsBase} from "../../utils/BondsBase.sol";

contract BreakByContentTest is BondsBase {
    function test_PaysAFifthToTheClaimantAndBurnsAFifth() public {
        _post(STAKE);
        _convict(buyer);
        vm.expectEmit(address(bonds));
        emit IBonds.BondBroken(bondId, buyer, Breach.Content, STAKE / 5, uint40(block.timestamp));
        vm.prank(stranger);
        bonds.breakByContent(bond);
        assertBond(BondState.Broken, STAKE - 2 * (STAKE / 5));
        assertEq(bonds.recordOf(bondId).brokenAt, block.timestamp);
        assertEq(bonds.recordOf(bondId).since, block.timestamp);
        assertEq(_credit(buyer), STAKE / 5);
        assertEq(_credit(NOBODY), STAKE / 5);
        assertEq(_credit(treasury), 0);
        assertEq(_credit(stranger), 0);
    }

    function test_TheTreasuryHasTheFifthOfAnotherToken() public {
        bond.token = address(usd);
        deal(address(usd), guarantor, STAKE);
        vm.prank(guarantor);
        usd.approve(address(bonds), STAKE);
        _break(buyer);
        assertEq(bonds.credit(treasury, 0, address(usd)), STAKE / 5);
        assertEq(bonds.credit(NOBODY, 0, address(usd)), 0);
    }

    function test_BreaksAPromiseOfAScore() public {
        _promiseScore();
        _post(STAKE);
        _convict(buyer);
        bonds.breakByContent(bond);
        assertBond(BondState.Broken, STAKE - 2 * (STAKE / 5));
    }

    function test_BreaksWhileItIsHeld() public {
        _promiseRights();
        _post(STAKE);
        _hold(0);
        _convict(buyer);
        bonds.breakByContent(bond);
        assertBond(BondState.Broken, STAKE - 2 * (STAKE / 5));
        _expectRevert(abi.encodeWithSelector(IBonds.Bonds_NotHeld.selector, bondId));
        _resolve(0, Ruling.Upheld);
    }

    /// forge-config: default.fuzz.runs = 32
    function testFuzz_LosesNothingInRounding(uint128 stake) public {
        stake = uint128(bound(stake, 1, 10 * STAKE));
        _post(stake);
        _convict(buyer);
        bonds.breakByContent(bond);
        assertEq(_credit(buyer), stake / 5);
        assertEq(bonds.recordOf(bondId).stake + _credit(buyer) + _credit(NOBODY), stake);
    }

    function test_BreaksLongAfterTheEndWhileTheStakeIsThere() public {
        _post(STAKE);
        vm.warp(block.timestamp + 1000 days);
        _convict(buyer);
        bonds.breakByContent(bond);
        assertBond(BondState.Broken, STAKE - 2 * (STAKE / 5));
    }

    function test_RevertsWhereTheVersionStands() public {
        _post(STAKE);
        _expectRevert(IBonds.Bonds_VersionNotConvicted.selector);
        bonds.breakByContent(bond);
    }

    function test_RevertsForARetiredVersion() public {
        _post(STAKE);
        vm.prank(seller);
        registry.retire(wrong, 1);
        _expectRevert(IBonds.Bonds_VersionNotConvicted.selector);
        bonds.breakByContent(bond);
    }

    function test_RevertsWhereNothingIsStaked() public {
        _convict(buyer);
        _expectRevert(abi.encodeWithSelector(IBonds.Bonds_NotStanding.selector, bondId));
        bonds.breakByContent(bond);
    }

    function test_RevertsASecondTime() public {
        _break(buyer);
        _expectRevert(abi.encodeWithSelector(IBonds.Bonds_NotStanding.selector, bondId));
        bonds.breakByContent(bond);
    }

    function test_RevertsOnceTheStakeWasTakenBack() public {
        _post(STAKE);
        vm.warp(uint256(bond.until) + 14 days + 1);
        vm.prank(guarantor);
        bonds.reclaim(bond);
        _convict(buyer);
        _expectRevert(abi.encodeWithSelector(IBonds.Bonds_NotStanding.selector, bondId));
        bonds.breakByContent(bond);
    }
}
