// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title The guardian's bounded stop of new business
/// @notice New listings and purchases only: deliveries, refunds, settlements and withdrawals never
/// stop.
interface INewBusinessStop {
    event NewBusinessStopped(uint40 until);
    event NewBusinessResumed();

    error NewBusinessStop_Stopped(uint40 until);
    error NewBusinessStop_TooLong(uint40 duration, uint40 cap);
    error NewBusinessStop_TooSoon(uint256 earliest);

    /// @notice Stops new business for `duration` seconds, at most `MAX_STOP`, and not again before
    /// `STOP_COOLDOWN` seconds after the last stop's end. Restricted to the guardian.
    function stopNewBusiness(uint40 duration) external;

    /// @notice Ends a stop early. Restricted to governance.
    function resumeNewBusiness() external;

    /// @notice Last second of the stop; in the past where there is none.
    function stoppedUntil() external view returns (uint40);
}
