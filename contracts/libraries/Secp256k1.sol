// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    Point,
    Secp256k1_EqualX,
    Secp256k1_Identity,
    Secp256k1_PointInvalid,
    Secp256k1_SlopeWrong
} from "../../interfaces/IKeyDelivery.sol";

/// @title Arithmetic on secp256k1 by way of `ecrecover`
/// @dev The precompile multiplies, but it gives back only the address of the product. docs/protocol.md says where
/// comparing addresses is enough.
library Secp256k1 {
    /* CONSTANTS */

    /// @notice The field's modulus.
    uint256 internal constant P =
        0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFFC2F;

    /// @notice The group's order.
    uint256 internal constant N =
        0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;

    /* POINTS */

    /// @dev x is held below n, not p: some points have a larger x, and `ecrecover` cannot take them.
    /// x = 0 needs no check of its own, nor does y = 0: no point of this curve has them.
    function isOnCurve(Point memory point) internal pure returns (bool) {
        (uint256 x, uint256 y) = (point.x, point.y);
        return x < N && y < P && mulmod(y, y, P) == addmod(mulmod(mulmod(x, x, P), x, P), 7, P);
    }

    function requirePoint(Point memory point) internal pure {
        if (!isOnCurve(point)) revert Secp256k1_PointInvalid(point.x, point.y);
    }

    /// @notice The Ethereum address of a point.
    function addressOf(Point memory point) internal pure returns (address account) {
        // The two coordinates lie in memory as they are hashed.
        assembly ("memory-safe") {
            account := shr(96, shl(96, keccak256(point, 64)))
        }
    }

    /* ARITHMETIC */

    /// @notice The address of scalar*point + generatorScalar*G. Reverts where that is the identity.
    /// @dev Assumes a valid point. Scalars count modulo n; `scalar` must not be 0, `ecrecover` knows no such s.
    function mulAdd(Point memory point, uint256 scalar, uint256 generatorScalar)
        internal
        pure
        returns (address sum)
    {
        uint256 x = point.x;
        sum = ecrecover(
            bytes32(mulmod(N - generatorScalar % N, x, N)),
            uint8(27 + (point.y & 1)),
            bytes32(x),
            bytes32(mulmod(scalar, x, N))
        );
        if (sum == address(0)) revert Secp256k1_Identity();
    }

    /// @notice The sum of two valid points, given the slope of the line through them.
    function add(Point memory one, Point memory two, uint256 slope)
        internal
        pure
        returns (Point memory sum)
    {
        if (one.x == two.x) revert Secp256k1_EqualX(one.x);
        uint256 run = addmod(two.x, P - one.x, P);
        uint256 rise = addmod(two.y, P - one.y, P);
        if (mulmod(slope, run, P) != rise) revert Secp256k1_SlopeWrong(slope);
        sum.x = addmod(mulmod(slope, slope, P), P - addmod(one.x, two.x, P), P);
        sum.y = addmod(mulmod(slope, addmod(one.x, P - sum.x, P), P), P - one.y, P);
    }

    function negate(Point memory point) internal pure returns (Point memory) {
        return Point(point.x, P - point.y);
    }
}
