// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    Secp256k1_EqualX,
    Secp256k1_Identity,
    Secp256k1_PointInvalid,
    Secp256k1_SlopeWrong
} from "../../interfaces/IKeyDelivery.sol";
import {Point} from "../../interfaces/types/Keys.sol";

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
    function isOnCurve(Point calldata point) internal pure returns (bool) {
        (uint256 x, uint256 y) = (point.x, point.y);
        return x < N && y < P && mulmod(y, y, P) == addmod(mulmod(mulmod(x, x, P), x, P), 7, P);
    }

    function requirePoint(Point calldata point) internal pure {
        if (!isOnCurve(point)) revert Secp256k1_PointInvalid(point.x, point.y);
    }

    /// @notice The Ethereum address of a point.
    function addressOf(uint256 x, uint256 y) internal pure returns (address account) {
        assembly ("memory-safe") {
            mstore(0x00, x)
            mstore(0x20, y)
            account := shr(96, shl(96, keccak256(0x00, 0x40)))
        }
    }

    /* ARITHMETIC */

    /// @notice The address of scalar*(x, y) + generatorScalar*G. Reverts where that is the identity.
    /// @dev Assumes a valid point. Scalars count modulo n; `scalar` must not be 0, `ecrecover` knows no such s.
    function mulAdd(uint256 x, uint256 y, uint256 scalar, uint256 generatorScalar)
        internal
        pure
        returns (address sum)
    {
        // Safe: a remainder is below N.
        unchecked {
            sum = ecrecover(
                bytes32(mulmod(N - generatorScalar % N, x, N)),
                uint8(27 + (y & 1)),
                bytes32(x),
                bytes32(mulmod(scalar, x, N))
            );
        }
        if (sum == address(0)) revert Secp256k1_Identity();
    }

    /// @notice The sum of the valid points (x1, y1) and (x2, y2), given the slope of the line through them.
    function add(uint256 x1, uint256 y1, uint256 x2, uint256 y2, uint256 slope)
        internal
        pure
        returns (uint256 x, uint256 y)
    {
        if (x1 == x2) revert Secp256k1_EqualX(x1);
        // Safe: coordinates and remainders are below P.
        unchecked {
            uint256 run = addmod(x2, P - x1, P);
            uint256 rise = addmod(y2, P - y1, P);
            if (mulmod(slope, run, P) != rise) revert Secp256k1_SlopeWrong(slope);
            x = addmod(mulmod(slope, slope, P), P - addmod(x1, x2, P), P);
            y = addmod(mulmod(slope, addmod(x1, P - x, P), P), P - y1, P);
        }
    }
}
