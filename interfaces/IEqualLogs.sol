// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice The proof is wrong: make it again with the secret of the request that brought you the key.
/// @dev c and w must be in [1, n - 1].
error EqualLogs_ScalarOutOfRange();

/// @notice The proof is wrong: make it again with the secret of the request that brought you the key.
/// @dev `u` is not w times its base.
error EqualLogs_WrongTerm();

/// @notice The proof is wrong: make it again with the secret of the request that brought you the key.
/// @dev u - t is not c times its image.
error EqualLogs_WrongDifference();
