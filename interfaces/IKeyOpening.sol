// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice The opening was made for another account, version or chain: make the proof again.
/// @dev The challenge is not the hash of this context, statement and commitments.
error KeyOpening_WrongChallenge(uint256 expected);
