// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Test tokens for whoever asks, once per interval
/// @dev For test networks. It gives what it holds; whoever fills it gives it away.
interface IFaucet {
    /// @notice Test tokens were sent.
    /// @param amount In the token's smallest unit.
    event Dripped(address indexed to, uint256 amount);

    /// @notice The faucet gives to each account once in a while: ask again after {nextAt:time}.
    error Faucet_TooSoon(uint256 nextAt);

    /// @notice Sends `amount` to the caller.
    /// @custom:doing take test tokens from the faucet
    function drip() external;

    /// @notice Payment per call, in the token's smallest unit.
    function amount() external view returns (uint256);

    /// @notice Seconds between two calls of one account.
    function interval() external view returns (uint256);

    /// @notice First second at which `account` may call again.
    function nextAt(address account) external view returns (uint256);
}
