// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {INewBusinessStop} from "../../../interfaces/INewBusinessStop.sol";
import {Base} from "../utils/Base.sol";

contract NewBusinessStopTest is Base {
    uint40 internal constant MAX_STOP = 14 days;
    uint40 internal constant COOLDOWN = 30 days;

    function _stopFor(uint40 duration) private {
        vm.prank(guardian);
        market.stopNewBusiness(duration);
    }

    function _resume() private {
        vm.prank(governance);
        market.resumeNewBusiness();
    }

    function _expectStopped(bool stopped) private {
        if (stopped) _expectRevert(INewBusinessStop.NewBusinessStop_Stopped.selector);
        _open(_terms());
    }

    function test_StopsThroughItsLastSecond() public {
        uint40 until = uint40(block.timestamp) + 1 days;
        vm.expectEmit(address(market));
        emit INewBusinessStop.NewBusinessStopped(until);
        _stopFor(1 days);
        assertEq(market.stoppedUntil(), until);
        vm.warp(until);
        _expectStopped(true);
        vm.warp(until + 1);
        _expectStopped(false);
    }

    function test_NothingIsStoppedAtFirst() public {
        assertEq(market.stoppedUntil(), 0);
        _expectStopped(false);
    }

    function test_RevertsWhereTheStopIsTooLong() public {
        _expectRevert(
            abi.encodeWithSelector(
                INewBusinessStop.NewBusinessStop_TooLong.selector, MAX_STOP + 1, MAX_STOP
            )
        );
        _stopFor(MAX_STOP + 1);
        _stopFor(MAX_STOP);
    }

    function test_RevertsBeforeTheCooldownIsOver() public {
        _stopFor(1 days);
        uint256 earliest = market.stoppedUntil() + COOLDOWN;
        vm.warp(earliest - 1);
        _expectRevert(
            abi.encodeWithSelector(INewBusinessStop.NewBusinessStop_TooSoon.selector, earliest)
        );
        _stopFor(1 days);
        vm.warp(earliest);
        _stopFor(1 days);
    }

    function test_ASecondStopEndsAndCoolsDownAsTheFirstDid() public {
        _stopFor(1 days);
        vm.warp(market.stoppedUntil() + COOLDOWN);
        uint40 until = uint40(block.timestamp) + 2 days;
        vm.expectEmit(address(market));
        emit INewBusinessStop.NewBusinessStopped(until);
        _stopFor(2 days);
        assertEq(market.stoppedUntil(), until);
        vm.warp(until);
        _expectStopped(true);
        vm.warp(until + 1);
        _expectStopped(false);
        vm.warp(until + COOLDOWN - 1);
        _expectRevert(
            abi.encodeWithSelector(
                INewBusinessStop.NewBusinessStop_TooSoon.selector, until + COOLDOWN
            )
        );
        _stopFor(1);
        vm.warp(until + COOLDOWN);
        _stopFor(1);
    }

    function test_GovernanceEndsAStopAtOnce() public {
        _stopFor(1 days);
        vm.expectEmit(address(market));
        emit INewBusinessStop.NewBusinessResumed();
        _resume();
        assertLt(market.stoppedUntil(), block.timestamp);
        _expectStopped(false);
    }

    function test_AnEndedStopCountsToItsPlannedEnd() public {
        _stopFor(1 days);
        uint256 earliest = market.stoppedUntil() + COOLDOWN;
        _resume();
        vm.warp(earliest - 1);
        _expectRevert(
            abi.encodeWithSelector(INewBusinessStop.NewBusinessStop_TooSoon.selector, earliest)
        );
        _stopFor(1 days);
    }

    function test_ResumingWithoutAStopStopsNothing() public {
        _resume();
        _expectStopped(false);
    }
}
