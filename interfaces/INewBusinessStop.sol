// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title The guardian's bounded stop of new business
/// @notice New listings and purchases only: deliveries, refunds, settlements and withdrawals never
/// stop.
interface INewBusinessStop {
    /// @notice New listings and purchases are refused.
    /// @param until Last second of the stop.
    event NewBusinessStopped(uint40 until);

    /// @notice A stop was ended early: listings and purchases go on.
    event NewBusinessResumed();

    /// @notice New listings and purchases are stopped until {until:time}; deliveries, refunds and
    /// withdrawals go on.
    error NewBusinessStop_Stopped(uint40 until);

    /// @notice A stop of {duration} seconds is too long: choose at most {cap}.
    error NewBusinessStop_TooLong(uint40 duration, uint40 cap);

    /// @notice The next stop cannot begin yet: try again from {earliest:time} on.
    error NewBusinessStop_TooSoon(uint256 earliest);

    /// @notice Stops new business for `duration` seconds, at most `MAX_STOP`, and not again before
    /// `STOP_COOLDOWN` seconds after the last stop's end. Restricted to the guardian.
    /// @custom:doing stop new business
    function stopNewBusiness(uint40 duration) external;

    /// @notice Ends a stop early. Restricted to governance.
    /// @custom:doing let new business go on
    function resumeNewBusiness() external;

    /// @notice Last second of the stop; in the past where there is none.
    function stoppedUntil() external view returns (uint40);
}
