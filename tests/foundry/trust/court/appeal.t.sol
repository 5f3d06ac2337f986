// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IArbitrator} from "../../../../interfaces/IArbitrator.sol";
import {ICourt} from "../../../../interfaces/ICourt.sol";
import {Phase} from "../../../../interfaces/types/Courts.sol";
import {CourtBase} from "../../utils/CourtBase.sol";

contract CourtAppealTest is CourtBase {
    uint256 private id;

    function setUp() public override {
        super.setUp();
        id = _drawn();
    }

    function assertStatus(IArbitrator.DisputeStatus status) private view {
        assertEq(uint8(court.disputeStatus(id)), uint8(status));
    }

    function _expectNoAppeal() private {
        _expectRevert(abi.encodeWithSelector(ICourt.Court_NotAppealable.selector, id));
    }

    function test_SaysWhenAnAppealIsPossible() public {
        assertStatus(IArbitrator.DisputeStatus.Waiting);
        assertEq(court.appealCost(id, ""), type(uint256).max);
        (uint256 start, uint256 end) = court.appealPeriod(id);
        assertEq(start + end, 0);
        _all(id, 0, 3, 1);
        assertStatus(IArbitrator.DisputeStatus.Appealable);
        assertEq(court.appealCost(id, ""), 7 * FEE);
        (start, end) = court.appealPeriod(id);
        assertEq(start, block.timestamp);
        assertEq(end, block.timestamp + APPEAL);
        vm.warp(end + 1);
        assertStatus(IArbitrator.DisputeStatus.Solved);
        assertEq(court.appealCost(id, ""), type(uint256).max);
        court.advance(id);
        assertStatus(IArbitrator.DisputeStatus.Solved);
        (start, end) = court.appealPeriod(id);
        assertEq(start + end, 0);
    }

    function test_SevenAndThenFifteenDecideAgain() public {
        _all(id, 0, 3, 1);
        vm.expectEmit(address(court));
        emit ICourt.RulingAppealed(id, 2);
        _appeal(id, 7);
        assertPhase(id, Phase.Draw);
        assertStatus(IArbitrator.DisputeStatus.Waiting);
        assertEq(court.currentRuling(id), 1, "what stands meanwhile");
        assertEq(court.disputeOf(id).committed, 0);
        _draw("again");
        assertEq(court.seats(), 25 - 3 - 7);
        _fill(3);
        _all(id, 3, 7, 2);
        assertEq(court.currentRuling(id), 2);
        assertEq(court.appealCost(id, ""), 15 * FEE);
        _appeal(id, 15);
        _draw("and again");
        assertEq(court.seats(), 3);
        _all(id, 10, 15, 1);
        assertPhase(id, Phase.Over);
        assertEq(court.currentRuling(id), 1);
    }

    function test_AfterThreeRoundsThereIsNoAppeal() public {
        _all(id, 0, 3, 1);
        _appeal(id, 7);
        _draw("again");
        _all(id, 3, 7, 2);
        _appeal(id, 15);
        _draw("and again");
        _all(id, 10, 15, 1);
        assertEq(court.appealCost(id, ""), type(uint256).max);
        _expectNoAppeal();
        court.appeal(id, "");
    }

    function test_AppealsInTheLastSecond() public {
        _all(id, 0, 3, 1);
        vm.warp(court.disputeOf(id).phaseEnd);
        _expectRevert(
            abi.encodeWithSelector(ICourt.Court_TooEarly.selector, court.disputeOf(id).phaseEnd)
        );
        court.advance(id);
        _appeal(id, 7);
    }

    function test_RevertsAfterTheTimeToAppeal() public {
        _all(id, 0, 3, 1);
        vm.warp(court.disputeOf(id).phaseEnd + 1);
        _expectNoAppeal();
        court.appeal{value: 7 * FEE}(id, "");
        court.advance(id);
        assertPhase(id, Phase.Over);
    }

    function test_RevertsBeforeThereIsARuling() public {
        _expectNoAppeal();
        court.appeal{value: 7 * FEE}(id, "");
        _expectRevert(abi.encodeWithSelector(ICourt.Court_NotAppealable.selector, 99));
        court.appeal{value: 7 * FEE}(99, "");
    }

    function test_OnlyWhoMadeTheDisputeAppeals() public {
        _all(id, 0, 3, 1);
        vm.deal(stranger, 1 ether);
        _expectRevert(abi.encodeWithSelector(ICourt.Court_NotArbitrable.selector, this));
        vm.prank(stranger);
        court.appeal{value: 7 * FEE}(id, "");
    }

    function test_AnAppealCostsTheFeeOfTheNextRound() public {
        _all(id, 0, 3, 1);
        for (uint256 sent = 7 * FEE - 1; sent <= 7 * FEE + 1; sent += 2) {
            _expectRevert(abi.encodeWithSelector(ICourt.Court_NotTheFee.selector, 7 * FEE, sent));
            court.appeal{value: sent}(id, "");
        }
    }

    /* TOO FEW SEATS */

    /// @dev All but `left` of those that can be drawn.
    function _leave(uint256 left) private {
        while (court.seats() > left) {
            uint256[] memory last = new uint256[](1);
            last[0] = court.seats() - 1;
            vm.prank(court.jurors(last[0], 1)[0]);
            court.resign(last);
        }
    }

    /// @dev Else who keeps the seats busy for two days would deny the appeal.
    function test_WaitsForSeatsWhereThereAreTooFew() public {
        _all(id, 0, 3, 1);
        _leave(6);
        _appeal(id, 7);
        _draw("too few");
        assertPhase(id, Phase.Draw);
        _join(jurors[0], 1);
        _draw("enough");
        assertPhase(id, Phase.Commit);
        assertEq(court.disputeOf(id).round, 2);
    }

    /// @dev Else whoever lost the first round would buy "no ruling" where a court is small.
    function test_WhatStoodStaysWhereTheAppealFindsTooFewSeats() public {
        _all(id, 0, 3, 1);
        _appeal(id, 7);
        _leave(6);
        vm.warp(court.disputeOf(id).phaseEnd + 1);
        bytes memory proof = _proof("again");
        vm.expectEmit(address(court));
        emit ICourt.RoundFailed(id, 2, 7 * FEE);
        court.draw(proof);
        assertPhase(id, Phase.Over);
        assertEq(court.currentRuling(id), 1);
        assertEq(court.disputeOf(id).round, 1);
        assertEq(court.etherOwed(treasury), 7 * FEE);
        court.collect(id, 0);
        assertEq(court.etherOwed(court.jurors(6, 1)[0]), FEE);
    }
}
