// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IClaims} from "../../../../interfaces/IClaims.sol";
import {Claim, ClaimId, ClaimState} from "../../../../interfaces/types/Claims.sol";
import {Ruling} from "../../../../interfaces/types/Deals.sol";
import {ClaimsBase} from "../../utils/ClaimsBase.sol";

contract EndTest is ClaimsBase {
    /* CONCLUDE */

    function test_SilenceUpholdsAfterThreeDays() public {
        Claim memory claim = _claim();
        ClaimId id = _open(claim);
        uint40 deadline = uint40(block.timestamp) + OPPOSITION;
        vm.warp(deadline);
        _expectRevert(abi.encodeWithSelector(IClaims.Claims_OppositionPossible.selector, deadline));
        claims.conclude(claim);
        vm.warp(deadline + 1);
        vm.expectEmit(address(claims));
        emit IClaims.ClaimConcluded(id, Ruling.Upheld, claimant, COST);
        vm.prank(stranger);
        claims.conclude(claim);
        assertClaim(id, ClaimState.Concluded, Ruling.Upheld);
        assertEq(claims.credit(claimant), COST);
        assertEq(claims.recordOf(id).deposit, 0);
    }

    function test_NoRulingInSixtyDaysIsNone() public {
        (Claim memory claim, ClaimId id) = _opposed();
        uint40 deadline = uint40(block.timestamp) + RULING;
        vm.warp(deadline);
        _expectRevert(abi.encodeWithSelector(IClaims.Claims_RulingPossible.selector, deadline));
        claims.conclude(claim);
        vm.warp(deadline + 1);
        claims.execute(claim);
        assertClaim(id, ClaimState.Executed, Ruling.None);
        assertEq(uint8(target.last()), uint8(Ruling.None));
        assertEq(claims.credit(claimant), COST);
    }

    function test_TheDepositIsTheOpposersWhereItIsRejected() public {
        (Claim memory claim,) = _opposed();
        _rule(2);
        claims.conclude(claim);
        assertEq(claims.credit(opposer), COST);
        assertEq(claims.credit(claimant), 0);
    }

    function test_ConcludedOnce() public {
        (Claim memory claim, ClaimId id) = _opposed();
        _rule(1);
        claims.conclude(claim);
        bytes memory failure = abi.encodeWithSelector(IClaims.Claims_ClaimOver.selector, id);
        _expectRevert(failure);
        claims.conclude(claim);
        claims.execute(claim);
        _expectRevert(failure);
        claims.conclude(claim);
        assertEq(claims.credit(claimant), COST);
    }

    /// @dev Who is paid follows from the claim, which is its id.
    function test_NobodyConcludesAnotherClaim() public {
        Claim memory claim = _claim();
        _open(claim);
        vm.warp(block.timestamp + OPPOSITION + 1);
        claim.claimant = stranger;
        _expectRevert(IClaims.Claims_ClaimOver.selector);
        claims.conclude(claim);
        _expectRevert(IClaims.Claims_ClaimOver.selector);
        claims.execute(claim);
    }

    /* EXECUTE */

    function test_TheDealIsToldOnce() public {
        (Claim memory claim, ClaimId id) = _opposed();
        _rule(1);
        vm.expectEmit(address(claims));
        emit IClaims.ClaimExecuted(id, address(target), Ruling.Upheld);
        vm.prank(stranger);
        claims.execute(claim);
        assertClaim(id, ClaimState.Executed, Ruling.Upheld);
        assertEq(target.resolved(), 1);
        _expectRevert(abi.encodeWithSelector(IClaims.Claims_AlreadyExecuted.selector, id));
        claims.execute(claim);
    }

    function test_AConcludedClaimIsExecutedWithoutPayingAgain() public {
        (Claim memory claim,) = _opposed();
        _rule(2);
        claims.conclude(claim);
        claims.execute(claim);
        assertEq(claims.credit(opposer), COST);
        assertEq(target.resolved(), 1);
    }

    function test_NothingIsExecutedBeforeItIsOver() public {
        Claim memory claim = _claim();
        ClaimId id = _open(claim);
        _expectRevert(IClaims.Claims_OppositionPossible.selector);
        claims.execute(claim);
        _oppose(id);
        _expectRevert(IClaims.Claims_RulingPossible.selector);
        claims.execute(claim);
    }

    /* WITHDRAWAL */

    function test_WithdrawsAllOnce() public {
        vm.prank(claimant);
        claims.open{value: 1 ether}(_claim(), EVIDENCE);
        vm.expectEmit(address(claims));
        emit IClaims.EtherWithdrawn(claimant, friend, 1 ether - COST);
        vm.prank(claimant);
        assertEq(claims.withdraw(payable(friend)), 1 ether - COST);
        assertEq(friend.balance, 1 ether - COST);
        _expectRevert(abi.encodeWithSelector(IClaims.Claims_NothingOwed.selector, claimant));
        vm.prank(claimant);
        claims.withdraw(payable(friend));
    }

    function test_NothingIsPaidToNobody() public {
        _expectRevert(IClaims.Claims_ZeroReceiver.selector);
        claims.withdraw(payable(0));
    }
}
