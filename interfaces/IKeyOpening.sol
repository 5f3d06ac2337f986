// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice The opening does not show the line's key: make the proof again with the order's own secret.
/// @dev c and w must be in [1, n - 1].
error KeyOpening_ScalarOutOfRange();

/// @notice The opening does not show the line's key: make the proof again with the order's own secret.
/// @dev `u` is not w times its base.
error KeyOpening_WrongTerm();

/// @notice The opening does not show the line's key: make the proof again with the order's own secret.
/// @dev u - t is not c times its image.
error KeyOpening_WrongDifference();

/// @notice The opening was made for another account, version or chain: make the proof again.
/// @dev The challenge is not the hash of this context, statement and commitments.
error KeyOpening_WrongChallenge(uint256 expected);
