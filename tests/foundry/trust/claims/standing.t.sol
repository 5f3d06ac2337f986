// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IArbitrator} from "../../../../interfaces/IArbitrator.sol";
import {IClaims} from "../../../../interfaces/IClaims.sol";
import {Claim, ClaimId, ClaimRecord, ClaimState} from "../../../../interfaces/types/Claims.sol";
import {Ruling} from "../../../../interfaces/types/Deals.sol";
import {HostileArbitrator} from "../../mocks/HostileDeals.sol";
import {JuryV2} from "../../mocks/Juries.sol";
import {ClaimsBase} from "../../utils/ClaimsBase.sol";

/// @notice What becomes of a claim on which there is no final ruling in sixty days.
contract StandingTest is ClaimsBase {
    uint40 private deadline;
    Claim private claim;
    ClaimId private id;

    function setUp() public override {
        super.setUp();
        claim = _claim();
        id = _open(juryClaims, claim);
        _oppose(juryClaims, id);
        deadline = uint40(block.timestamp) + RULING;
    }

    function _appeal(address who) private {
        uint256 cost = jury.appealCost(0, "");
        vm.prank(who);
        juryClaims.appeal{value: cost}(0);
    }

    function assertEnds(Ruling ruling) private {
        uint256 snapshot = vm.snapshotState();
        vm.warp(deadline);
        _expectRevert(abi.encodeWithSelector(IClaims.Claims_RulingPossible.selector, deadline));
        juryClaims.execute(claim);
        vm.warp(deadline + 1);
        juryClaims.execute(claim);
        assertEq(uint8(target.last()), uint8(ruling), "told");
        ClaimRecord memory record = juryClaims.recordOf(id);
        assertEq(uint8(record.ruling), uint8(ruling), "recorded");
        address payee = ruling == Ruling.Rejected ? opposer : claimant;
        assertEq(juryClaims.credit(payee), 0.03 ether, "paid");
        vm.revertToState(snapshot);
    }

    function test_ItEndsAsTheLastRoundHadIt() public {
        jury.vote(0, 1);
        assertEnds(Ruling.Upheld);
        jury.vote(0, 2);
        assertEnds(Ruling.Rejected);
        vm.warp(deadline);
        jury.vote(0, 2);
        assertEnds(Ruling.Rejected);
    }

    function test_WithoutARoundThatIsOverItIsNone() public {
        assertEnds(Ruling.None);
    }

    /// @dev Who has lost can pay for rounds; a round that is not over does not undo the one before.
    function test_AppealsBuyNoOtherEnd() public {
        jury.vote(0, 2);
        _appeal(claimant);
        assertEq(jury.currentRuling(0), 0, "as Kleros has it");
        assertEq(uint8(juryClaims.recordOf(id).ruling), uint8(Ruling.Rejected));
        assertEnds(Ruling.Rejected);
        jury.vote(0, 2);
        _appeal(claimant);
        assertEnds(Ruling.Rejected);
    }

    function test_ALaterRoundGoesBeforeAnEarlierOne() public {
        jury.vote(0, 2);
        _appeal(claimant);
        jury.vote(0, 1);
        assertEnds(Ruling.Upheld);
        _appeal(opposer);
        assertEnds(Ruling.Upheld);
        jury.vote(0, 0);
        assertEnds(Ruling.None);
        jury.vote(0, 3);
        assertEnds(Ruling.None);
    }

    function test_VotesThatAreNotAllThereCountForNothing() public {
        _standing(jury.currentRuling.selector, abi.encode(1));
        assertEnds(Ruling.None);
        vm.clearMockedCalls();
        jury.vote(0, 2);
        _appeal(claimant);
        _standing(jury.currentRuling.selector, abi.encode(1));
        assertEnds(Ruling.Rejected);
    }

    function test_AFinalRulingGoesBeforeWhatWasAppealed() public {
        jury.vote(0, 2);
        _appeal(claimant);
        vm.startPrank(address(jury));
        uint256 snapshot = vm.snapshotState();
        juryClaims.rule(0, 1);
        assertEq(uint8(juryClaims.recordOf(id).ruling), uint8(Ruling.Upheld));
        vm.revertToState(snapshot);
        juryClaims.rule(0, 0);
        assertEq(uint8(juryClaims.recordOf(id).ruling), uint8(Ruling.None));
        juryClaims.conclude(claim);
        assertEq(juryClaims.credit(claimant), 0.03 ether);
    }

    function test_AnAppealThatTheArbitratorRefusesKeepsNothing() public {
        vm.prank(claimant);
        vm.expectRevert(bytes("Not appealable."));
        juryClaims.appeal{value: 1 ether}(0);
        assertEq(uint8(juryClaims.recordOf(id).ruling), uint8(Ruling.None));
        assertEq(juryClaims.credit(claimant), 0);
    }

    /// @dev Kleros v2 has no status of disputes: what it says stands.
    function test_AJuryOfTheSecondVersionIsAskedToo() public {
        JuryV2 second = new JuryV2();
        IClaims its = _claims(IArbitrator(address(second)));
        _oppose(its, _open(its, claim));
        second.vote(2);
        vm.warp(block.timestamp + RULING + 1);
        its.execute(claim);
        assertEq(uint8(target.last()), uint8(Ruling.Rejected));
        assertEq(its.credit(opposer), 0.02 ether);
    }

    function test_EachClaimEndsAsItsOwnDisputeStands() public {
        Claim memory other = _claim("other");
        ClaimId itsId = _open(juryClaims, other);
        _oppose(juryClaims, itsId);
        assertEq(juryClaims.recordOf(itsId).dispute, 1);
        jury.vote(0, 2);
        jury.vote(1, 1);
        vm.warp(block.timestamp + RULING + 1);
        juryClaims.conclude(claim);
        juryClaims.conclude(other);
        assertEq(uint8(juryClaims.recordOf(id).ruling), uint8(Ruling.Rejected));
        assertEq(uint8(juryClaims.recordOf(itsId).ruling), uint8(Ruling.Upheld));
    }

    function test_WhatWasAppealedStandsWhereTheArbitratorDies() public {
        jury.vote(0, 2);
        _appeal(claimant);
        vm.etch(address(jury), hex"fe");
        assertEnds(Ruling.Rejected);
    }

    /* HOSTILE */

    function test_NoArbitratorLocksADepositByItsAnswers() public {
        HostileArbitrator arbitrator = new HostileArbitrator();
        IClaims its = _claims(arbitrator);
        for (uint256 i; i < 5; ++i) {
            arbitrator.setMood(HostileArbitrator.Mood.Kind);
            Claim memory made = _claim(bytes32(i));
            _oppose(its, _open(its, made));
            vm.warp(block.timestamp + RULING + 1);
            arbitrator.setMood(HostileArbitrator.Mood(i));
            its.conclude{gas: 1_200_000}(made);
            Ruling expected = i == 0 ? Ruling.Rejected : Ruling.None;
            assertEq(uint8(its.recordOf(its.claimIdOf(made)).ruling), uint8(expected));
        }
        assertEq(its.credit(claimant), 4 * COST);
        assertEq(its.credit(opposer), COST);
    }

    /// @dev What an arbitrator answers for much gas is never taken for silence.
    function test_NobodyEndsItOtherwiseByLittleGas() public {
        HostileArbitrator arbitrator = new HostileArbitrator();
        IClaims its = _claims(arbitrator);
        _oppose(its, _open(its, claim));
        arbitrator.setMood(HostileArbitrator.Mood.Slow);
        vm.warp(block.timestamp + RULING + 1);
        uint256 ended;
        for (uint256 gas = 40_000; gas < 1_200_000; gas += 10_000) {
            uint256 snapshot = vm.snapshotState();
            try its.conclude{gas: gas}(claim) {
                ended += 1;
                assertEq(its.credit(opposer), COST, "rejected");
            } catch {}
            vm.revertToState(snapshot);
        }
        assertGt(ended, 10);
        _expectRevert(abi.encodeWithSelector(IClaims.Claims_TooLittleGas.selector, 520_000));
        its.conclude{gas: 500_000}(claim);
    }

    /// @dev The claim does not take the answer about another's dispute for one about its own.
    function test_ANumberThatIsTooLongIsNobodys() public {
        jury.vote(0, 2);
        Claim memory other = _claim("other");
        ClaimId itsId = _open(juryClaims, other);
        _standing(jury.createDispute.selector, abi.encode(uint256(1) << 96));
        _oppose(juryClaims, itsId);
        vm.clearMockedCalls();
        assertEq(juryClaims.recordOf(itsId).dispute, 0);
        vm.warp(block.timestamp + RULING + 1);
        juryClaims.conclude(other);
        assertEq(uint8(juryClaims.recordOf(itsId).ruling), uint8(Ruling.None));
        assertEq(uint8(juryClaims.recordOf(itsId).state), uint8(ClaimState.Concluded));
    }

    function _standing(bytes4 selector, bytes memory answer) private {
        vm.mockCall(address(jury), abi.encodeWithSelector(selector), answer);
    }
}
