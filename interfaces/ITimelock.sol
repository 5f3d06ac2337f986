// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title OpenZeppelin's TimelockController whose delay has bounds
/// @notice The protocol's administrator and treasury: what was voted waits here, for all to see, before it is done.
/// @dev Proposer, canceller and executor are one governor alone. A further executor could carry out what the governor
/// refuses, such as calls of a target whose code changed.
interface ITimelock {
    /// @notice A delay of {delay} seconds is out of bounds: choose from {shortest} to {longest}.
    error Timelock_DelayOutOfBounds(uint256 delay, uint256 shortest, uint256 longest);

    /// @notice The delay that it was deployed with, in seconds: no later one is shorter.
    function shortestDelay() external view returns (uint256);
}
