// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title ERC-4907: a user beside the owner, for a time
interface IERC4907 {
    /// @notice The user of a token, or the end of the use, was changed.
    event UpdateUser(uint256 indexed tokenId, address indexed user, uint64 expires);

    /// @notice Gives the use of a token to `user` until `expires`, its last second. To nobody, the zero address, from now on:
    /// `expires` is then the second before.
    /// @custom:doing give the use of a licence
    function setUser(uint256 tokenId, address user, uint64 expires) external;

    /// @notice Who uses the token now; zero where nobody does.
    function userOf(uint256 tokenId) external view returns (address);

    /// @notice Last second of the use that was set last, or of what was given up; zero where none was.
    function userExpires(uint256 tokenId) external view returns (uint256);
}
