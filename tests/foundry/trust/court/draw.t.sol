// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ICourt} from "../../../../interfaces/ICourt.sol";
import {IRandomness} from "../../../../interfaces/IRandomness.sol";
import {DisputeRecord, Phase} from "../../../../interfaces/types/Courts.sol";
import {Headers} from "../../mocks/Headers.sol";
import {CourtBase} from "../../utils/CourtBase.sol";

contract CourtDrawTest is CourtBase {
    function test_ADisputeCostsTheFeeOfThreeJurors() public {
        assertEq(court.arbitrationCost(""), 3 * FEE);
        for (uint256 sent = 3 * FEE - 1; sent <= 3 * FEE + 1; sent += 2) {
            _expectRevert(abi.encodeWithSelector(ICourt.Court_NotTheFee.selector, 3 * FEE, sent));
            court.createDispute{value: sent}(2, "");
        }
        vm.expectEmit(address(court));
        emit ICourt.DrawScheduled(1, 1, headers.next());
        assertEq(_dispute(), 1);
        assertEq(_dispute(), 2);
        assertEq(court.disputes(), 2);
        DisputeRecord memory record = court.disputeOf(1);
        assertEq(record.arbitrable, address(this));
        assertEq(record.round, 1);
        assertEq(record.choices, 2);
        assertEq(record.phaseEnd, block.timestamp + DRAW);
        assertPhase(1, Phase.Draw);
        assertPhase(3, Phase.None);
    }

    function test_MoreChoicesThanAreCountedAreCut() public {
        uint256 id = court.createDispute{value: 3 * FEE}(type(uint256).max, "");
        assertEq(court.disputeOf(id).choices, 15);
    }

    function test_DrawsThreeOfTheSeatsWhichAreThenNotThere() public {
        _fill(5);
        uint256 id = _dispute();
        bytes memory proof = _proof("value");
        vm.expectEmit(address(court));
        emit ICourt.PhaseBegan(id, Phase.Commit, 0, uint40(block.timestamp) + COMMIT);
        court.draw(proof);
        assertPhase(id, Phase.Commit);
        assertEq(court.seats(), 2);
        assertEq(court.front(), 0);
        address[] memory left = court.jurors(0, 2);
        for (uint256 i; i < 5; ++i) {
            bool drawn;
            for (uint256 seat; seat < 3; ++seat) {
                drawn = drawn || _juror(id, seat) == jurors[i];
            }
            assertTrue(drawn != (left[0] == jurors[i] || left[1] == jurors[i]));
        }
        assertEq(_juror(id, 3), address(0));
    }

    /// @dev Foretold from value, dispute and seat, so that nothing else has a say.
    function testFuzz_TheValueAloneSaysWho(bytes32 value) public {
        _fill(9);
        uint256 id = _dispute();
        address[] memory seats = court.jurors(0, 9);
        uint256 count = 9;
        _draw(value);
        for (uint256 seat; seat < 3; ++seat) {
            uint256 index = uint256(keccak256(abi.encode(value, id, seat))) % count;
            assertEq(_juror(id, seat), seats[index]);
            seats[index] = seats[--count];
        }
    }

    /// @dev Each seat about as often: 3 of 5 in 200 draws are 120, with a deviation of 7.
    function test_EverySeatIsDrawnAsOften() public {
        _fill(5);
        uint256 start = vm.snapshotState();
        uint256[5] memory times;
        for (uint256 n; n < 200; ++n) {
            uint256 id = _dispute();
            _draw(keccak256(abi.encode(n)));
            for (uint256 seat; seat < 3; ++seat) {
                for (uint256 i; i < 5; ++i) {
                    if (_juror(id, seat) == jurors[i]) times[i] += 1;
                }
            }
            vm.revertToState(start);
        }
        for (uint256 i; i < 5; ++i) {
            assertApproxEqAbs(times[i], 120, 28);
        }
    }

    function test_OneBlockDrawsDifferentJurorsForTwoDisputes() public {
        _fill(25);
        (uint256 one, uint256 two) = (_dispute(), _dispute());
        assertEq(court.disputeOf(one).tick, court.disputeOf(two).tick);
        bytes memory header = _proof("value");
        court.draw(header);
        court.draw(header);
        uint256 n = 25;
        bool differ;
        for (uint256 seat; seat < 3; ++seat) {
            bytes32 first = keccak256(abi.encode(bytes32("value"), one, seat));
            bytes32 second = keccak256(abi.encode(bytes32("value"), two, seat));
            differ = differ || uint256(first) % n != uint256(second) % n;
        }
        assertTrue(differ);
        assertPhase(two, Phase.Commit);
    }

    function test_RevertsWhereNothingWaits() public {
        _expectRevert(ICourt.Court_NothingToDraw.selector);
        court.draw("");
        _drawn();
        _expectRevert(ICourt.Court_NothingToDraw.selector);
        court.draw("");
    }

    function test_RevertsUntilTheBlockIsOverAndForAnother() public {
        _fill(5);
        uint256 id = _dispute();
        uint64 tick = court.disputeOf(id).tick;
        bytes memory header = Headers.rlp(tick, "value");
        vm.roll(tick);
        _expectRevert(abi.encodeWithSelector(IRandomness.Randomness_TooEarly.selector, tick));
        court.draw(header);
        vm.roll(tick + 1);
        Headers.mine(tick, header);
        bytes memory forged = Headers.rlp(tick, "mine");
        _expectRevert(abi.encodeWithSelector(IRandomness.Randomness_NotProven.selector, tick));
        court.draw(forged);
        court.draw(header);
    }

    /// @dev A dispute that was opened later never meets the seats first, whoever sends what.
    function test_DrawsInTheOrderOfOpening() public {
        _fill(9);
        uint256 one = _dispute();
        vm.roll(block.number + 3);
        uint256 two = _dispute();
        uint64 later = court.disputeOf(two).tick;
        vm.roll(later + 1);
        bytes memory header = Headers.rlp(later, "second");
        Headers.mine(later, header);
        assertEq(court.front(), one);
        _expectRevert(IRandomness.Randomness_NotProven.selector);
        court.draw(header);
        _draw("first");
        assertPhase(one, Phase.Commit);
        assertEq(court.front(), two);
        court.draw(header);
        assertPhase(two, Phase.Commit);
    }

    /* TOO FEW, TOO LATE */

    /// @dev Who keeps the seats busy would else win what a missing ruling gives.
    function test_WithTooFewSeatsItGoesToTheEndAndIsDrawnOnceThereAreEnough() public {
        _fill(2);
        (uint256 one, uint256 two) = (_dispute(), _dispute());
        bytes memory proof = _proof("value");
        uint64 next = headers.next();
        vm.expectEmit(address(court));
        emit ICourt.DrawScheduled(one, 1, next);
        court.draw(proof);
        assertPhase(one, Phase.Draw);
        assertEq(court.seats(), 2);
        assertEq(court.front(), two);
        court.draw(proof);
        _join(jurors[2], 1);
        _draw("again");
        assertPhase(one, Phase.Commit);
    }

    /// @dev The last second in which it is given another tick, and the first in which it ends.
    function test_WithTooFewSeatsForDaysThereIsNoRuling() public {
        _fill(2);
        uint256 id = _dispute();
        uint40 end = court.disputeOf(id).phaseEnd;
        vm.warp(end);
        _draw("value");
        assertPhase(id, Phase.Draw);
        assertEq(court.disputeOf(id).phaseEnd, end, "time is not given anew");
        vm.warp(end + 1);
        bytes memory proof = _proof("again");
        vm.expectEmit(address(court));
        emit ICourt.RoundFailed(id, 1, 3 * FEE);
        court.draw(proof);
        assertPhase(id, Phase.Over);
        assertEq(court.etherOwed(treasury), 3 * FEE);
        assertEq(court.seats(), 2);
        court.execute(id);
        assertEq(lastRuling, 0);
    }

    /// @dev Nor without any: who could not open a dispute could not oppose a claim.
    function test_WithNoSeatsThereIsNoRuling() public {
        uint256 id = _dispute();
        _drawAtLast();
        court.execute(id);
        assertEq(told, 1);
    }

    /// @dev Whoever has seats cannot take them out for one transaction: seats count once they are frozen.
    function test_SeatsAreNotCountedBeforeTheBlock() public {
        uint256 id = _dispute();
        uint64 tick = court.disputeOf(id).tick;
        vm.warp(block.timestamp + DRAW + 1);
        _expectRevert(abi.encodeWithSelector(IRandomness.Randomness_TooEarly.selector, tick));
        court.draw("");
    }

    function test_AnExpiredTickIsReplacedAndTheDisputeGoesToTheEnd() public {
        _fill(9);
        (uint256 one, uint256 two) = (_dispute(), _dispute());
        uint64 tick = court.disputeOf(one).tick;
        vm.roll(tick + PROVABLE + 1);
        uint64 next = headers.next();
        vm.expectEmit(address(court));
        emit ICourt.DrawScheduled(one, 1, next);
        court.draw("whatever");
        assertEq(court.disputeOf(one).tick, next);
        assertEq(court.front(), two);
        court.draw("");
        assertEq(court.front(), one);
        _join(jurors[9], 1); // nothing is imminent any more
        _draw("value");
        assertPhase(one, Phase.Commit);
        _draw("value");
        assertPhase(two, Phase.Commit);
    }

    /// @dev Were it first in line again, seats would thaw while the next one's value is known.
    function test_ADisputeThatIsGivenAnotherTickDoesNotThawTheSeatsForTheNext() public {
        _fill(9);
        uint256 one = _dispute();
        uint64 tick = court.disputeOf(one).tick;
        vm.roll(tick + PROVABLE - APART + 1);
        uint256 two = _dispute();
        vm.roll(court.disputeOf(two).tick + 1);
        court.draw("");
        assertEq(court.front(), two);
        _expectRevert(abi.encodeWithSelector(ICourt.Court_SeatsFrozen.selector, two));
        vm.prank(jurors[9]);
        court.join(1);
    }

    function test_InTheLastBlockThatIsProvenItIsDrawn() public {
        _fill(9);
        uint256 id = _dispute();
        uint64 tick = court.disputeOf(id).tick;
        bytes memory header = _proof("value");
        vm.roll(tick + PROVABLE);
        court.draw(header);
        assertPhase(id, Phase.Commit);
    }

    /// @dev The last second in which it is given another tick, and the first in which it ends.
    function test_WhatNobodyDrawsForDaysEnds() public {
        _fill(9);
        (uint256 one, uint256 two) = (_dispute(), _dispute());
        vm.roll(block.number + 2 * APART + PROVABLE + 1);
        vm.warp(block.timestamp + DRAW);
        court.draw("");
        assertPhase(one, Phase.Draw);
        vm.warp(block.timestamp + 1);
        court.draw("");
        assertPhase(two, Phase.Over);
        assertEq(court.etherOwed(treasury), 3 * FEE);
        assertEq(court.disputeOf(one).phaseEnd, block.timestamp - 1, "time is not given anew");
    }
}
