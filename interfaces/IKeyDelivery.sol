// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice A key is no usable point of secp256k1: make it anew.
/// @dev Off the curve, or a coordinate out of range.
error Secp256k1_PointInvalid(uint256 x, uint256 y);

/// @notice The delivery is wrong, so nobody is paid for it: make it again from the line's own key.
/// @dev Points with one x have no line through them; the prover draws again.
error Secp256k1_EqualX(uint256 x);

/// @notice The delivery is wrong, so nobody is paid for it: make it again from the line's own key.
/// @dev Not the slope of the line through the two points.
error Secp256k1_SlopeWrong(uint256 slope);

/// @notice The delivery is wrong, so nobody is paid for it: make it again from the line's own key.
/// @dev The result has no address: it is the identity.
error Secp256k1_Identity();

/// @notice The delivery is wrong, so nobody is paid for it: make it again from the line's own key.
/// @dev c and w must be in [1, n - 1].
error KeyDelivery_ScalarOutOfRange();

/// @notice The delivery is wrong, so nobody is paid for it: make it again from the line's own key.
/// @dev `u` is not w*X.
error KeyDelivery_WrongTerm();

/// @notice The delivery is wrong, so nobody is paid for it: make it again from the line's own key.
/// @dev u - t2 is not c*Z.
error KeyDelivery_WrongDifference();

/// @notice The delivery is wrong, so nobody is paid for it: make it again from the line's own key.
/// @dev The challenge is not the hash of this request, receiver, statement and commitments.
error KeyDelivery_WrongChallenge(uint256 expected);
