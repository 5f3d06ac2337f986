// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IArbiter} from "../../../../interfaces/IArbiter.sol";
import {IBonds} from "../../../../interfaces/IBonds.sol";
import {IClaims} from "../../../../interfaces/IClaims.sol";
import {Claim, ClaimId} from "../../../../interfaces/types/Claims.sol";
import {Ruling} from "../../../../interfaces/types/Deals.sol";
import {BondRecord, BondState, Breach} from "../../../../interfaces/types/Stakes.sol";
import {BondsBase} from "../../utils/BondsBase.sol";

contract HoldTest is BondsBase {
    function setUp() public override {
        super.setUp();
        _promiseRights();
        _post(STAKE);
    }

    function _expectNotHeld() private {
        _expectRevert(abi.encodeWithSelector(IBonds.Bonds_NotHeld.selector, bondId));
    }

    /* HOLD */

    function test_KeepsTheStakeForARuling() public {
        vm.expectEmit(address(bonds));
        emit IBonds.BondHeld(bondId, accuser, block.timestamp + 90 days);
        _hold(0);
        assertBond(BondState.Held, STAKE);
        BondRecord memory record = bonds.recordOf(bondId);
        assertEq(record.holds, 1);
        assertEq(record.since, block.timestamp);
        assertEq(record.claimant, accuser);
    }

    function test_StandsAgainAfterNinetyDays() public {
        _hold(0);
        vm.warp(block.timestamp + 90 days);
        assertBond(BondState.Held, STAKE);
        vm.warp(block.timestamp + 1);
        assertBond(BondState.Standing, STAKE);
    }

    function test_RevertsForAnybodyButTheArbitrator() public {
        _expectRevert(abi.encodeWithSelector(IBonds.Bonds_NotArbitrator.selector, stranger));
        vm.prank(stranger);
        bonds.hold(_what(0), accuser);
    }

    /// Whoever judges results of a score does not judge its rights.
    function test_RevertsForAPromisedScore() public {
        _promiseScore();
        _post(STAKE);
        _expectRevert(abi.encodeWithSelector(IBonds.Bonds_NotArbitrator.selector, court));
        _hold(0);
    }

    function test_RevertsForDataOfAnotherLength() public {
        bytes memory what = _what(0);
        vm.startPrank(court);
        _expectRevert(abi.encodeWithSelector(IBonds.Bonds_TermsInvalid.selector, "data"));
        bonds.hold(bytes.concat(what, hex"00"), accuser);
        assembly ("memory-safe") {
            mstore(what, sub(mload(what), 1))
        }
        _expectRevert(abi.encodeWithSelector(IBonds.Bonds_TermsInvalid.selector, "data"));
        bonds.hold(what, accuser);
    }

    function test_RevertsWhileItIsHeld() public {
        _hold(0);
        _expectRevert(abi.encodeWithSelector(IBonds.Bonds_NotStanding.selector, bondId));
        _hold(1);
    }

    function test_HoldsInTheLastSecondInWhichTheStakeStands() public {
        vm.warp(bonds.standsUntil(bond));
        _hold(0);
    }

    function test_RevertsAfterThat() public {
        uint256 end = bonds.standsUntil(bond);
        vm.warp(end + 1);
        _expectRevert(abi.encodeWithSelector(IBonds.Bonds_ClaimTooLate.selector, end));
        _hold(0);
    }

    /// No ruling on an old claim ends a later one.
    function test_NoClaimIsHeldTwice() public {
        _hold(0);
        _resolve(0, Ruling.Rejected);
        _expectRevert(abi.encodeWithSelector(IBonds.Bonds_HoldsDiffer.selector, 1));
        _hold(0);
        _expectRevert(abi.encodeWithSelector(IBonds.Bonds_HoldsDiffer.selector, 1));
        _hold(2);
        _hold(1);
        assertEq(bonds.recordOf(bondId).holds, 2);
        _expectNotHeld();
        _resolve(0, Ruling.Upheld);
        _resolve(1, Ruling.Upheld);
    }

    function test_ANewClaimFollowsOneThatRanOut() public {
        bond.until += 365 days;
        bondId = bonds.bondIdOf(bond);
        _post(STAKE);
        _hold(0);
        vm.warp(block.timestamp + 90 days + 1);
        _hold(1);
        assertBond(BondState.Held, STAKE);
        _expectNotHeld();
        _resolve(0, Ruling.Upheld);
        _resolve(1, Ruling.Upheld);
    }

    /* RESOLVE */

    function test_AnUpheldClaimBreaksIt() public {
        _hold(0);
        uint40 known = uint40(block.timestamp);
        vm.warp(block.timestamp + 63 days);
        vm.expectEmit(address(bonds));
        emit IBonds.BondBroken(bondId, accuser, Breach.Rights, STAKE / 5, known);
        _resolve(0, Ruling.Upheld);
        assertBond(BondState.Broken, STAKE - 2 * (STAKE / 5));
        assertEq(bonds.recordOf(bondId).since, known);
        assertEq(bonds.recordOf(bondId).brokenAt, block.timestamp);
        assertEq(_credit(accuser), STAKE / 5);
        assertEq(_credit(NOBODY), STAKE / 5);
    }

    function test_AnyOtherRulingLetsItStand() public {
        _hold(0);
        vm.expectEmit(address(bonds));
        emit IBonds.BondReleased(bondId, Ruling.Rejected);
        _resolve(0, Ruling.Rejected);
        assertBond(BondState.Standing, STAKE);
        _hold(1);
        _resolve(1, Ruling.None);
        assertBond(BondState.Standing, STAKE);
        assertEq(_credit(accuser), 0);
    }

    function test_RulesInTheLastSecondOfTheHold() public {
        _hold(0);
        vm.warp(block.timestamp + 90 days);
        _resolve(0, Ruling.Upheld);
        assertBond(BondState.Broken, STAKE - 2 * (STAKE / 5));
    }

    function test_ALateRulingChangesNothing() public {
        _hold(0);
        vm.warp(block.timestamp + 90 days + 1);
        _expectNotHeld();
        _resolve(0, Ruling.Upheld);
    }

    function test_RulesOnNothingThatIsNotHeld() public {
        _expectNotHeld();
        _resolve(0, Ruling.Upheld);
        _hold(0);
        _expectNotHeld();
        _resolve(1, Ruling.Upheld);
        _resolve(0, Ruling.Rejected);
        _expectNotHeld();
        _resolve(0, Ruling.Upheld);
    }

    function test_OnlyItsArbitratorRules() public {
        _hold(0);
        _expectRevert(abi.encodeWithSelector(IBonds.Bonds_NotArbitrator.selector, stranger));
        vm.prank(stranger);
        bonds.resolve(_what(0), Ruling.Upheld);
    }

    /* CLAIMS */

    /// What freezing somebody's stake costs a stranger.
    function test_AFalseClaimCostsItsDeposit() public {
        uint256 cost = 0.03 ether;
        address judge = makeAddr("judge");
        address arbiter = vm.deployCode("Arbiter.sol:Arbiter", abi.encode(judge, cost));
        IClaims claims =
            IClaims(vm.deployCode("Claims.sol:Claims", abi.encode(arbiter, 0, 1, bytes32(0))));
        bond.arbitrator = address(claims);
        bondId = bonds.bondIdOf(bond);
        _post(STAKE);
        Claim memory claim = Claim(address(bonds), stranger, _what(0));
        vm.deal(stranger, cost);
        vm.deal(guarantor, cost);
        vm.prank(stranger);
        ClaimId id = claims.open{value: cost}(claim, 0);
        assertBond(BondState.Held, STAKE);
        vm.prank(guarantor);
        claims.oppose{value: cost}(id, 0);
        vm.prank(judge);
        IArbiter(arbiter).giveRuling(0, 2);
        claims.execute(claim);
        assertBond(BondState.Standing, STAKE);
        assertEq(claims.credit(guarantor), cost);
        assertEq(claims.credit(stranger), 0);
        _expectRevert(abi.encodeWithSelector(IClaims.Claims_ClaimExists.selector, id));
        vm.deal(stranger, cost);
        vm.prank(stranger);
        claims.open{value: cost}(claim, 0);
    }
}
