// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Test tokens for whoever asks, once per interval
/// @dev For test networks. It gives what it holds; whoever fills it gives it away.
interface IFaucet {
    event Dripped(address indexed to, uint256 amount);

    error Faucet_TooSoon(uint256 nextAt);

    /// @notice Sends `amount` to the caller.
    function drip() external;

    /// @notice Payment per call, in the token's smallest unit.
    function amount() external view returns (uint256);

    /// @notice Seconds between two calls of one account.
    function interval() external view returns (uint256);

    /// @notice First second at which `account` may call again.
    function nextAt(address account) external view returns (uint256);
}
