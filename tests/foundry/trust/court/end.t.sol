// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ICourt} from "../../../../interfaces/ICourt.sol";
import {ILedger} from "../../../../interfaces/ILedger.sol";
import {Phase} from "../../../../interfaces/types/Courts.sol";
import {CourtBase} from "../../utils/CourtBase.sol";

contract CourtEndTest is CourtBase {
    uint256 private constant HALF = STAKE / 2;

    uint256 private id;

    function setUp() public override {
        super.setUp();
        id = _drawn();
    }

    /// @dev What a seat's juror has after `collect`: AIM and ether that are owed, and whether the seat is back.
    function _collect(uint256 seat, uint256 aim_, uint256 fees, bool returned) private {
        address juror = _juror(id, seat);
        uint256 seats = court.seats();
        uint256 before = _aimOf(juror);
        vm.expectEmit(address(court));
        emit ICourt.SeatCollected(id, juror, seat, aim_, fees, returned);
        vm.prank(stranger);
        court.collect(id, seat);
        assertEq(_aimOf(juror), before + aim_, "AIM");
        assertEq(court.etherOwed(juror), fees, "fees");
        assertEq(court.seats(), returned ? seats + 1 : seats, "seats");
        if (returned) assertEq(court.jurors(seats, 1)[0], juror);
    }

    /// @dev Nothing is left but the seats that can be drawn.
    function assertEmpty() private {
        for (uint256 i; i < 25; ++i) {
            _empty(jurors[i]);
        }
        _empty(treasury);
        assertEq(aim.balanceOf(address(court)), court.seats() * STAKE, "AIM");
        assertEq(address(court).balance, 0, "ether");
    }

    function _empty(address who) private {
        court.withdrawForIfOwed(who, address(aim));
        if (court.etherOwed(who) == 0) return;
        vm.prank(who);
        court.withdrawEther(payable(who));
    }

    /* EXECUTE */

    function test_WhoMadeItIsToldOnce() public {
        _all(id, 0, 3, 2);
        _expectPhase(id, Phase.Appeal);
        court.execute(id);
        _end(id);
        assertEq(told, 0, "it does not wait for who made it");
        vm.expectEmit(address(court));
        emit ICourt.DisputeExecuted(id, 2);
        court.execute(id);
        assertEq(told, 1);
        assertEq(lastRuling, 2);
        _expectPhase(id, Phase.Executed);
        court.execute(id);
        court.collect(id, 0);
    }

    /* COLLECT */

    function test_WhoAgreeShareTheFees() public {
        _all(id, 0, 3, 1);
        _expectPhase(id, Phase.Appeal);
        court.collect(id, 0);
        _end(id);
        for (uint256 seat; seat < 3; ++seat) {
            _collect(seat, 0, FEE, true);
        }
        assertEq(court.seats(), 25);
        assertEmpty();
    }

    function test_WhoRevealedAnotherRulingLosesHalfTheStake() public {
        _vote(id, 1, 2, 1);
        _end(id);
        _collect(0, HALF / 2, 3 * FEE / 2, true);
        _collect(1, STAKE - HALF, 0, false);
        _collect(2, HALF / 2, 3 * FEE / 2, true);
        assertEmpty();
    }

    function test_WhoRevealedNothingLosesHalfTheStake() public {
        _vote(id, SILENT, 2, 2);
        _end(id);
        _collect(0, STAKE - HALF, 0, false);
        _collect(1, HALF / 2, 3 * FEE / 2, true);
        _collect(2, HALF / 2, 3 * FEE / 2, true);
        assertEmpty();
    }

    function test_WhoCommittedAndDidNotRevealLosesTheSame() public {
        for (uint256 seat; seat < 3; ++seat) {
            _commit(id, seat, 1);
        }
        _pass(id, COMMIT);
        _reveal(id, 0, 1);
        _pass(id, REVEAL);
        _end(id);
        _collect(1, STAKE - HALF, 0, false);
        _collect(2, STAKE - HALF, 0, false);
        _collect(0, 2 * HALF, 3 * FEE, true);
        assertEmpty();
    }

    function test_WhereThereIsNoRulingAllWhoRevealedAreCoherent() public {
        _vote(id, 1, 2, SILENT);
        _end(id);
        _collect(0, HALF / 2, 3 * FEE / 2, true);
        _collect(1, HALF / 2, 3 * FEE / 2, true);
        _collect(2, STAKE - HALF, 0, false);
        assertEmpty();
    }

    function test_WhatNobodyEarnedIsTheTreasurys() public {
        _vote(id, SILENT, SILENT, SILENT);
        _end(id);
        assertEq(_aimOf(treasury), 3 * HALF);
        assertEq(court.etherOwed(treasury), 3 * FEE);
        for (uint256 seat; seat < 3; ++seat) {
            _collect(seat, STAKE - HALF, 0, false);
        }
        assertEmpty();
    }

    /// @dev The final ruling judges all rounds, each by itself: the first round's fees are not the second's.
    function test_AnOverturnedRoundLosesToItsOwnMinority() public {
        _vote(id, 1, 2, 1);
        _appeal(id, 7);
        _draw("again");
        uint256[] memory rulings = new uint256[](7);
        for (uint256 i; i < 7; ++i) {
            rulings[i] = i < 5 ? 2 : i == 5 ? 1 : SILENT;
        }
        _vote(id, 3, rulings);
        _end(id);
        _collect(0, STAKE - HALF, 0, false);
        _collect(1, 2 * HALF, 3 * FEE, true);
        _collect(2, STAKE - HALF, 0, false);
        for (uint256 seat = 3; seat < 8; ++seat) {
            _collect(seat, 2 * HALF / 5, 7 * FEE / 5, true);
        }
        _collect(8, STAKE - HALF, 0, false);
        _collect(9, STAKE - HALF, 0, false);
        assertEmpty();
    }

    function test_ARoundInWhichNobodyWasCoherentIsTheTreasurys() public {
        _all(id, 0, 3, 1);
        _appeal(id, 7);
        _draw("again");
        _all(id, 3, 7, 2);
        _end(id);
        assertEq(_aimOf(treasury), 3 * HALF);
        assertEq(court.etherOwed(treasury), 3 * FEE);
        for (uint256 seat; seat < 10; ++seat) {
            court.collect(id, seat);
        }
        assertEmpty();
    }

    function test_ASeatIsCollectedOnce() public {
        _all(id, 0, 3, 1);
        _end(id);
        court.collect(id, 0);
        uint256[4] memory none = [uint256(0), 3, 25, type(uint256).max];
        for (uint256 i; i < 4; ++i) {
            _expectRevert(abi.encodeWithSelector(ICourt.Court_NothingToCollect.selector, none[i]));
            court.collect(id, none[i]);
        }
        _expectPhase(99, Phase.None);
        court.collect(99, 0);
    }

    /// @dev A seat that comes back would change who is drawn; one that does not is credited at once.
    function test_ACoherentSeatComesBackOnceADrawIsNotImminent() public {
        _vote(id, 1, 2, 1);
        _end(id);
        uint256 other = _dispute();
        uint64 tick = court.disputeOf(other).tick;
        vm.roll(tick - IMMINENT);
        _expectRevert(abi.encodeWithSelector(ICourt.Court_SeatsFrozen.selector, other));
        court.collect(id, 0);
        court.collect(id, 1);
        _draw("value");
        court.collect(id, 0);
    }

    /// @dev Any three votes: to the wei, all that came in is somebody's, and the seats that are back have their stakes.
    function testFuzz_NothingIsLostOrMade(uint256[10] memory votes, bool appeals) public {
        _vote(id, _any(votes[0]), _any(votes[1]), _any(votes[2]));
        if (appeals) {
            _appeal(id, 7);
            _draw("again");
            uint256[] memory rulings = new uint256[](7);
            for (uint256 i; i < 7; ++i) {
                rulings[i] = _any(votes[3 + i]);
            }
            _vote(id, 3, rulings);
        }
        _end(id);
        for (uint256 seat; seat < (appeals ? 10 : 3); ++seat) {
            court.collect(id, seat);
        }
        assertEmpty();
    }

    function _any(uint256 word) private pure returns (uint256) {
        return word % 4 == 3 ? SILENT : word % 4;
    }

    /* ETHER */

    function test_EtherIsPulledByWhomItIsOwed() public {
        _all(id, 0, 3, 1);
        _end(id);
        address juror = _juror(id, 0);
        court.collect(id, 0);
        vm.startPrank(juror);
        _expectRevert(ILedger.Ledger_ZeroReceiver.selector);
        court.withdrawEther(payable(address(0)));
        vm.expectEmit(address(court));
        emit ICourt.EtherWithdrawn(juror, friend, FEE);
        assertEq(court.withdrawEther(payable(friend)), FEE);
        assertEq(friend.balance, FEE);
        _expectRevert(abi.encodeWithSelector(ICourt.Court_NothingOwed.selector, juror));
        court.withdrawEther(payable(friend));
    }

    function test_SeveralStepsAreOneTransaction() public {
        _all(id, 0, 3, 1);
        vm.warp(block.timestamp + APPEAL + 1);
        bytes[] memory calls = new bytes[](3);
        calls[0] = abi.encodeCall(court.advance, (id));
        calls[1] = abi.encodeCall(court.execute, (id));
        calls[2] = abi.encodeCall(court.collect, (id, 0));
        court.multicall(calls);
        assertEq(told, 1);
        assertEq(_juror(id, 0), address(0));
    }
}
