// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ICourt} from "../../../../interfaces/ICourt.sol";
import {Phase, SeatRecord} from "../../../../interfaces/types/Courts.sol";
import {CourtBase} from "../../utils/CourtBase.sol";
import {CourtUnderTest} from "../../utils/Deployed.sol";

contract CourtVoteTest is CourtBase {
    uint256 private id;

    function setUp() public override {
        super.setUp();
        id = _drawn();
    }

    function _tooLate() private view returns (bytes memory) {
        return abi.encodeWithSelector(ICourt.Court_TooLate.selector, court.disputeOf(id).phaseEnd);
    }

    function _tooEarly() private view returns (bytes memory) {
        return abi.encodeWithSelector(ICourt.Court_TooEarly.selector, court.disputeOf(id).phaseEnd);
    }

    /* COMMIT */

    function test_AJurorCommitsAndRevealsTheSame() public {
        address juror = _juror(id, 1);
        bytes32 commitment = court.commitmentOf(id, 1, juror, 2, _salt(1));
        vm.expectEmit(address(court));
        emit ICourt.RulingCommitted(id, juror, 1, commitment);
        _commit(id, 1, 2);
        assertEq(court.seatOf(id, 1).commitment, commitment);
        assertEq(court.disputeOf(id).committed, 1);
        _pass(id, COMMIT);
        vm.expectEmit(address(court));
        emit ICourt.RulingRevealed(id, juror, 1, 2);
        _reveal(id, 1, 2);
        SeatRecord memory seat = court.seatOf(id, 1);
        assertEq(seat.vote, 3);
        assertEq(seat.commitment, 0);
        assertEq(court.disputeOf(id).votes, 1 << 8);
    }

    function test_OnlyTheSeatsJurorCommits() public {
        address juror = _juror(id, 0);
        _expectRevert(abi.encodeWithSelector(ICourt.Court_NotJuror.selector, juror));
        vm.prank(stranger);
        court.commit(id, 0, "commitment");
    }

    function test_CommitsOnceAndToSomething() public {
        vm.startPrank(_juror(id, 0));
        _expectRevert(ICourt.Court_NoCommitment.selector);
        court.commit(id, 0, 0);
        court.commit(id, 0, "one");
        _expectRevert(abi.encodeWithSelector(ICourt.Court_AlreadyCommitted.selector, 0));
        court.commit(id, 0, "two");
    }

    function test_CommitsInTheLastSecond() public {
        vm.warp(court.disputeOf(id).phaseEnd);
        _commit(id, 0, 1);
    }

    function test_RevertsAfterTheTimeToCommit() public {
        vm.warp(court.disputeOf(id).phaseEnd + 1);
        vm.startPrank(_juror(id, 0));
        _expectRevert(_tooLate());
        court.commit(id, 0, "commitment");
    }

    function test_NoSeatButThoseOfTheRound() public {
        uint256[3] memory seats = [uint256(3), 25, type(uint256).max];
        for (uint256 i; i < 3; ++i) {
            _expectRevert(abi.encodeWithSelector(ICourt.Court_NoSuchSeat.selector, seats[i]));
            court.commit(id, seats[i], "commitment");
        }
    }

    function test_NothingIsCommittedInAnotherPhase() public {
        uint256 other = _dispute();
        _expectPhase(other, Phase.Draw);
        court.commit(other, 0, "commitment");
        _expectPhase(99, Phase.None);
        court.commit(99, 0, "commitment");
        _pass(id, COMMIT);
        _expectPhase(id, Phase.Reveal);
        court.commit(id, 0, "commitment");
    }

    /* REVEAL */

    function test_NothingIsRevealedWhileSomebodyMayStillCommit() public {
        _commit(id, 0, 1);
        _expectPhase(id, Phase.Commit);
        court.reveal(id, 0, 1, _salt(0));
    }

    function test_RevealsInTheLastSecond() public {
        _commit(id, 0, 1);
        _pass(id, COMMIT);
        vm.warp(court.disputeOf(id).phaseEnd);
        _reveal(id, 0, 1);
    }

    function test_RevertsAfterTheTimeToReveal() public {
        _commit(id, 0, 1);
        _pass(id, COMMIT);
        vm.warp(court.disputeOf(id).phaseEnd + 1);
        _expectRevert(_tooLate());
        court.reveal(id, 0, 1, _salt(0));
    }

    function test_RevertsForAnythingButWhatWasCommitted() public {
        _commit(id, 0, 1);
        _pass(id, COMMIT);
        bytes memory other = abi.encodeWithSelector(ICourt.Court_OtherCommitment.selector, 0);
        _expectRevert(other);
        court.reveal(id, 0, 2, _salt(0));
        _expectRevert(other);
        court.reveal(id, 0, 1, "salt");
        _expectRevert(abi.encodeWithSelector(ICourt.Court_OtherCommitment.selector, 1));
        court.reveal(id, 1, 1, _salt(0));
        _expectRevert(abi.encodeWithSelector(ICourt.Court_NoSuchSeat.selector, 3));
        court.reveal(id, 3, 1, _salt(0));
        _reveal(id, 0, 1);
        _expectRevert(other);
        court.reveal(id, 0, 1, _salt(0));
    }

    function test_RevertsForARulingThatThereIsNot() public {
        _commit(id, 0, 3);
        _pass(id, COMMIT);
        _expectRevert(abi.encodeWithSelector(ICourt.Court_NoSuchRuling.selector, 2));
        court.reveal(id, 0, 3, _salt(0));
    }

    /// @dev The same words to another dispute, seat, juror, court or chain are another commitment.
    function test_ACommitmentIsToOneRulingOfOneSeat() public {
        address juror = jurors[0];
        bytes32 one = court.commitmentOf(1, 0, juror, 1, "salt");
        assertEq(one, keccak256(abi.encode(court.domain(), 1, 0, juror, 1, bytes32("salt"))));
        assertNotEq(one, court.commitmentOf(2, 0, juror, 1, "salt"));
        assertNotEq(one, court.commitmentOf(1, 1, juror, 1, "salt"));
        assertNotEq(one, court.commitmentOf(1, 0, jurors[1], 1, "salt"));
        assertNotEq(one, court.commitmentOf(1, 0, juror, 2, "salt"));
        assertNotEq(one, court.commitmentOf(1, 0, juror, 1, "sand"));
        assertNotEq(one, _court(STAKE, FEE).commitmentOf(1, 0, juror, 1, "salt"));
        vm.chainId(7);
        CourtUnderTest there = _court(STAKE, FEE);
        assertEq(there.domain(), keccak256(abi.encode(7, there)));
    }

    /// @dev A juror who sends what another one committed can never reveal it.
    function test_ACopiedCommitmentIsWorthNothing() public {
        _commit(id, 0, 1);
        bytes32 copied = court.seatOf(id, 0).commitment;
        vm.prank(_juror(id, 1));
        court.commit(id, 1, copied);
        _pass(id, COMMIT);
        _reveal(id, 0, 1);
        _expectRevert(abi.encodeWithSelector(ICourt.Court_OtherCommitment.selector, 1));
        court.reveal(id, 1, 1, _salt(0));
    }

    /* NEXT PHASE */

    function test_EndsAtOnceWhereAllHaveCommitted() public {
        _commit(id, 0, 1);
        _commit(id, 1, 1);
        _expectRevert(_tooEarly());
        court.advance(id);
        _commit(id, 2, 2);
        vm.expectEmit(address(court));
        emit ICourt.PhaseBegan(id, Phase.Reveal, 0, uint40(block.timestamp) + REVEAL);
        court.advance(id);
        assertPhase(id, Phase.Reveal);
    }

    function test_EndsAfterItsClockWhereSomebodyHasNot() public {
        _commit(id, 0, 1);
        vm.warp(court.disputeOf(id).phaseEnd);
        _expectRevert(_tooEarly());
        court.advance(id);
        vm.warp(court.disputeOf(id).phaseEnd + 1);
        vm.prank(stranger);
        court.advance(id);
        assertPhase(id, Phase.Reveal);
    }

    function test_EndsAtOnceWhereAllWhoCommittedHaveRevealed() public {
        _commit(id, 0, 1);
        _commit(id, 1, 1);
        _pass(id, COMMIT);
        _reveal(id, 0, 1);
        _expectRevert(_tooEarly());
        court.advance(id);
        _reveal(id, 1, 1);
        vm.expectEmit(address(court));
        emit ICourt.PhaseBegan(id, Phase.Appeal, 1, uint40(block.timestamp) + APPEAL);
        court.advance(id);
        assertEq(court.currentRuling(id), 1);
    }

    function test_EndsAfterItsClockWhereSomebodyDidNotReveal() public {
        _commit(id, 0, 1);
        _pass(id, COMMIT);
        vm.warp(court.disputeOf(id).phaseEnd);
        _expectRevert(_tooEarly());
        court.advance(id);
        vm.warp(court.disputeOf(id).phaseEnd + 1);
        court.advance(id);
        assertPhase(id, Phase.Appeal);
        assertEq(court.currentRuling(id), 0);
    }

    function test_WhatIsOverOrNotDrawnHasNoNextPhase() public {
        uint256 other = _dispute();
        _expectPhase(other, Phase.Draw);
        court.advance(other);
        _all(id, 0, 3, 1);
        _end(id);
        _expectPhase(id, Phase.Over);
        court.advance(id);
    }

    /* OUTCOME */

    function test_TheMostVotesWin() public {
        _vote(id, 1, 2, 1);
        assertEq(court.currentRuling(id), 1);
    }

    function test_OneVoteIsEnoughWhereTheOthersAreSilent() public {
        _vote(id, SILENT, SILENT, 2);
        assertEq(court.currentRuling(id), 2);
    }

    function test_ATieIsNoRuling() public {
        _vote(id, 1, 2, SILENT);
        assertEq(court.currentRuling(id), 0);
    }

    function test_ThreeRulingsAreNoRuling() public {
        _vote(id, 2, 1, 0);
        assertEq(court.currentRuling(id), 0);
    }

    function test_NoVotesAreNoRuling() public {
        _vote(id, SILENT, SILENT, SILENT);
        assertEq(court.currentRuling(id), 0);
    }

    function test_JurorsMayRuleThatThereIsNone() public {
        _vote(id, 0, 0, 1);
        assertEq(court.currentRuling(id), 0);
    }

    function test_TheLastOfFifteenRulingsWins() public {
        uint256 wide = court.createDispute{value: 3 * FEE}(15, "");
        _draw("value");
        _vote(wide, 15, 14, 15);
        assertEq(court.currentRuling(wide), 15);
    }

    /// @dev As many votes as there can be for one ruling, which fill their four bits and no more.
    function test_FifteenVotesForOneRulingAreCounted() public {
        uint256 wide = court.createDispute{value: 3 * FEE}(15, "");
        _fill(25);
        _draw("value");
        _all(wide, 0, 3, 15);
        _appeal(wide, 7);
        _draw("again");
        _all(wide, 3, 7, 15);
        _appeal(wide, 15);
        _draw("and again");
        _all(wide, 10, 15, 15);
        assertEq(court.currentRuling(wide), 15);
        assertEq(court.disputeOf(wide).votes, 3 << 60 | 7 << 124 | uint256(15) << 188);
    }
}
