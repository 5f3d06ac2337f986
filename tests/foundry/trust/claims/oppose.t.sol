// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IArbitrable} from "../../../../interfaces/IArbitrable.sol";
import {IClaims} from "../../../../interfaces/IClaims.sol";
import {IEvidence} from "../../../../interfaces/IEvidence.sol";
import {Claim, ClaimId, ClaimRecord, ClaimState} from "../../../../interfaces/types/Claims.sol";
import {Ruling} from "../../../../interfaces/types/Deals.sol";
import {ClaimsBase} from "../../utils/ClaimsBase.sol";

contract OpposeTest is ClaimsBase {
    /* OPPOSITION */

    function test_AnybodyHasItDecidedInTheLastSecond() public {
        ClaimId id = _open(_claim());
        vm.warp(block.timestamp + OPPOSITION);
        uint40 deadline = uint40(block.timestamp) + RULING;
        vm.expectEmit(address(claims));
        emit IClaims.ClaimOpposed(id, opposer, 0, COST, deadline, EVIDENCE);
        vm.expectEmit(address(claims));
        emit IEvidence.Dispute(address(arbiter), 0, 0, uint256(ClaimId.unwrap(id)));
        _oppose(id);
        assertClaim(id, ClaimState.Opposed, Ruling.None);
        ClaimRecord memory record = claims.recordOf(id);
        assertEq(record.deadline, deadline);
        assertEq(record.opposer, opposer);
        assertEq(record.dispute, 0);
        assertEq(ClaimId.unwrap(claims.claimOf(0)), ClaimId.unwrap(id));
        assertEq(address(arbiter).balance, COST);
        assertEq(address(claims).balance, COST, "the claimant's deposit");
    }

    function test_TheOpposersEvidenceIsFoundByItsDigest() public {
        ClaimId id = _open(_claim());
        uint256 group = uint256(ClaimId.unwrap(id));
        string memory hexed = vm.replace(vm.toString(EVIDENCE), "0x", "");
        vm.expectEmit(address(claims));
        emit IEvidence.Evidence(
            address(arbiter), group, opposer, string.concat("/ipfs/f01551220", hexed)
        );
        _oppose(id);
    }

    function test_RevertsAfterThreeDays() public {
        ClaimId id = _open(_claim());
        uint40 deadline = uint40(block.timestamp) + OPPOSITION;
        vm.warp(deadline + 1);
        vm.prank(opposer);
        _expectRevert(abi.encodeWithSelector(IClaims.Claims_OppositionTooLate.selector, deadline));
        claims.oppose{value: COST}(id, EVIDENCE);
    }

    function test_RevertsTwiceAndForNoClaim() public {
        ClaimId id = _open(_claim());
        _oppose(id);
        vm.startPrank(opposer);
        _expectRevert(abi.encodeWithSelector(IClaims.Claims_NotOpen.selector, id));
        claims.oppose{value: COST}(id, EVIDENCE);
        _expectRevert(IClaims.Claims_NotOpen.selector);
        claims.oppose{value: COST}(ClaimId.wrap("none"), EVIDENCE);
    }

    /// @dev What it costs is asked when it is paid.
    function test_TheCostMayHaveChanged() public {
        Claim memory claim = _claim();
        ClaimId id = _open(juryClaims, claim);
        assertEq(juryClaims.recordOf(id).deposit, 0.03 ether);
        jury.setFee(0.05 ether);
        vm.prank(opposer);
        _expectRevert(
            abi.encodeWithSelector(
                IClaims.Claims_TooLittleSent.selector, 0.15 ether, 0.15 ether - 1
            )
        );
        juryClaims.oppose{value: 0.15 ether - 1}(id, EVIDENCE);
        vm.prank(opposer);
        juryClaims.oppose{value: 1 ether}(id, EVIDENCE);
        assertEq(juryClaims.credit(opposer), 0.85 ether);
        assertEq(jury.lastExtraData(), abi.encode(4, 3));
        assertEq(juryClaims.recordOf(id).deposit, 0.03 ether, "the claimant's is as it was");
    }

    /* RULING */

    function test_ARulingIsToldAndNothingElseHappens() public {
        (, ClaimId id) = _opposed();
        vm.expectEmit(address(claims));
        emit IArbitrable.Ruling(address(arbiter), 0, 1);
        _rule(1);
        assertClaim(id, ClaimState.Ruled, Ruling.Upheld);
        assertEq(target.resolved(), 0);
        assertEq(judge.balance, COST, "the judge is paid");
    }

    function test_ARulingInTheLastSecondCounts() public {
        (Claim memory claim, ClaimId id) = _opposed();
        vm.warp(block.timestamp + RULING);
        _rule(2);
        claims.conclude(claim);
        assertClaim(id, ClaimState.Concluded, Ruling.Rejected);
    }

    function test_ALateRulingCountsUntilTheClaimIsConcluded() public {
        (Claim memory claim, ClaimId id) = _opposed();
        vm.warp(block.timestamp + RULING + 1);
        _rule(2);
        assertClaim(id, ClaimState.Ruled, Ruling.Rejected);
        claims.conclude(claim);
        assertClaim(id, ClaimState.Concluded, Ruling.Rejected);
        assertEq(claims.credit(opposer), COST);
    }

    function test_ARulingAfterTheEndChangesNothing() public {
        (Claim memory claim, ClaimId id) = _opposed();
        vm.warp(block.timestamp + RULING + 1);
        claims.conclude(claim);
        _rule(2);
        assertClaim(id, ClaimState.Concluded, Ruling.None);
    }

    function test_OnlyTheArbitratorRules() public {
        _opposed();
        vm.prank(judge);
        _expectRevert(
            abi.encodeWithSelector(IClaims.Claims_NotArbitrator.selector, address(arbiter))
        );
        claims.rule(0, 1);
    }

    function test_NoRulingOfAnotherDispute() public {
        _opposed();
        vm.prank(address(arbiter));
        _expectRevert(abi.encodeWithSelector(IClaims.Claims_DisputeUnknown.selector, 7));
        claims.rule(7, 1);
    }

    function test_AnArbitratorCannotRuleTwice() public {
        (, ClaimId id) = _opposed();
        vm.startPrank(address(arbiter));
        claims.rule(0, 2);
        claims.rule(0, 1);
        assertClaim(id, ClaimState.Ruled, Ruling.Rejected);
    }

    /// forge-config: default.fuzz.runs = 64
    function testFuzz_EveryOtherRulingIsNone(uint256 ruling) public {
        (Claim memory claim, ClaimId id) = _opposed();
        vm.prank(address(arbiter));
        claims.rule(0, ruling);
        Ruling expected = ruling == 1 ? Ruling.Upheld : ruling == 2 ? Ruling.Rejected : Ruling.None;
        assertClaim(id, ClaimState.Ruled, expected);
        claims.conclude(claim);
        assertEq(claims.credit(ruling == 2 ? opposer : claimant), COST);
    }

    /* APPEAL */

    function test_AnybodyPaysForAnotherRound() public {
        Claim memory claim = _claim();
        ClaimId id = _open(juryClaims, claim);
        _oppose(juryClaims, id);
        jury.vote(0, 1);
        vm.expectEmit(address(juryClaims));
        emit IClaims.RulingAppealed(id, opposer, 0.07 ether);
        vm.prank(opposer);
        juryClaims.appeal{value: 0.1 ether}(0);
        assertEq(juryClaims.credit(opposer), 0.03 ether);
        jury.vote(0, 2);
        vm.warp(block.timestamp + 3 days + 1);
        jury.executeRuling(0);
        juryClaims.execute(claim);
        assertEq(uint8(target.last()), uint8(Ruling.Rejected));
        assertEq(juryClaims.credit(opposer), 0.06 ether);
    }

    function test_AnAppealCostsWhatTheArbitratorSays() public {
        ClaimId id = _open(juryClaims, _claim());
        _oppose(juryClaims, id);
        jury.vote(0, 1);
        _expectRevert(abi.encodeWithSelector(IClaims.Claims_TooLittleSent.selector, 0.07 ether, 0));
        juryClaims.appeal(0);
    }

    function test_NoAppealOfWhatIsNotBeforeTheArbitrator() public {
        _expectRevert(abi.encodeWithSelector(IClaims.Claims_DisputeUnknown.selector, 0));
        claims.appeal(0);
        (, ClaimId id) = _opposed();
        _rule(1);
        _expectRevert(abi.encodeWithSelector(IClaims.Claims_NotOpposed.selector, id));
        claims.appeal(0);
    }

    function test_AnAppealGivesNoMoreTime() public {
        Claim memory claim = _claim();
        ClaimId id = _open(juryClaims, claim);
        _oppose(juryClaims, id);
        uint40 deadline = uint40(block.timestamp) + RULING;
        vm.warp(deadline);
        jury.vote(0, 1);
        vm.startPrank(opposer);
        juryClaims.appeal{value: 0.07 ether}(0);
        vm.warp(deadline + 1);
        _expectRevert(abi.encodeWithSelector(IClaims.Claims_RulingTooLate.selector, deadline));
        juryClaims.appeal{value: 1 ether}(0);
        juryClaims.conclude(claim);
        assertEq(uint8(juryClaims.recordOf(id).ruling), uint8(Ruling.Upheld));
    }

    function test_AnArbiterTakesNoAppeals() public {
        _opposed();
        _expectRevert(IClaims.Claims_TooLittleSent.selector);
        claims.appeal(0);
    }
}
