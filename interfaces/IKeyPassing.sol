// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice The key was passed on for another request, fee or key: make the proof again.
/// @dev The challenge is not the hash of this request, receiver, statement and commitments.
error KeyPassing_WrongChallenge(uint256 expected);
