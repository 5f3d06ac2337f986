// SPDX-License-Identifier: CC0-1.0
pragma solidity ^0.8.28;

/// @title Minimal soulbound tokens, ERC-5192
interface IERC5192 {
    /// @notice The token cannot be transferred until it is unlocked.
    event Locked(uint256 tokenId);

    /// @notice The token can be transferred from now on.
    event Unlocked(uint256 tokenId);

    /// @notice Whether the token cannot be transferred now. Reverts for a token that nobody owns.
    function locked(uint256 tokenId) external view returns (bool);
}
