// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

import {INewBusinessStop} from "../../interfaces/INewBusinessStop.sol";

/// @notice Specified in INewBusinessStop.
abstract contract NewBusinessStop is INewBusinessStop, AccessManaged {
    /* CONSTANTS */

    /// @notice Longest stop, in seconds.
    uint40 public constant MAX_STOP = 14 days;
    /// @notice Seconds from a stop's planned end until the next may begin.
    uint40 public constant STOP_COOLDOWN = 30 days;

    /* STORAGE */

    /// @dev A stop that governance ends early still counts to its planned end: the guardian cannot
    /// start over.
    uint256 private _nextStopAt;

    /// @inheritdoc INewBusinessStop
    /// @dev Last, so that it shares a slot with what a heir declares first: each purchase reads it.
    uint40 public stoppedUntil;

    /* STOP */

    /// @inheritdoc INewBusinessStop
    function stopNewBusiness(uint40 duration) external restricted {
        if (duration > MAX_STOP) revert NewBusinessStop_TooLong(duration, MAX_STOP);
        if (block.timestamp < _nextStopAt) revert NewBusinessStop_TooSoon(_nextStopAt);

        stoppedUntil = uint40(block.timestamp) + duration;
        _nextStopAt = stoppedUntil + STOP_COOLDOWN;
        emit NewBusinessStopped(stoppedUntil);
    }

    /// @inheritdoc INewBusinessStop
    function resumeNewBusiness() external restricted {
        stoppedUntil = uint40(block.timestamp) - 1;
        emit NewBusinessResumed();
    }

    /* INTERNAL */

    function _requireNewBusiness() internal view {
        if (block.timestamp <= stoppedUntil) revert NewBusinessStop_Stopped(stoppedUntil);
    }
}
