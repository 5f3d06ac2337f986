// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {KeyPassing_WrongChallenge} from "../../interfaces/IKeyPassing.sol";
import {HeldKey, Passing, Point} from "../../interfaces/types/Keys.sol";
import {Secp256k1} from "../libraries/Secp256k1.sol";
import {EqualLogs} from "./EqualLogs.sol";
import {KeyDelivery} from "./KeyDelivery.sol";

/// @title Keys passed on by who holds them
/// @notice Shows that Z' blinds the same S by x' that Z blinds by x, where X = x*B and X' = x'*Z: one x gives both
/// X = x*B and X' = x*Z'. The argument is in docs/protocol.md.
/// @dev Stateless. Whoever calls keeps which (A; B, X, Z) are proven, begins with deliveries, and takes from nobody else.
library KeyPassing {
    using Secp256k1 for Point;

    /* CONSTANTS */

    /// @notice Names scheme and H in every challenge.
    /// @dev keccak256("DAIMM/passing/v1/secp256k1/H=e0260a520a982811deb5ed1854ce290618c3fbb9317b2e3959b169ce0c09d680")
    bytes32 internal constant TAG =
        0x13a2c11693c435cb90a79a0318fee6716ac2c9d5a0867ae9cbcd7f73419406a3;

    /* VERIFICATION */

    /// @notice Reverts unless `passing` gives the key that `held` blinds to whoever knows x' with requestKey = x'*held.z,
    /// for the request `requestId`.
    /// @param requestId Must commit to the chain, the calling contract and all terms of the request, `held` among them:
    /// x' opens nothing else.
    /// @param line A, whose key it is.
    /// @param held Must be proven for `line`: its points are not checked again.
    /// @param requestKey X'. Must come from who asks.
    function verify(
        bytes32 requestId,
        Point calldata line,
        HeldKey calldata held,
        Point calldata requestKey,
        Passing calldata passing
    ) internal pure {
        Point calldata z = passing.z;
        uint256 c = passing.c;
        uint256 w = passing.w;

        requestKey.requirePoint();
        z.requirePoint();
        EqualLogs.requireScalars(c, w);
        EqualLogs.requireTerm(held.base.x, held.base.y, held.key, passing.held, c, w);
        EqualLogs.requireTerm(z.x, z.y, requestKey, passing.passed, c, w);

        uint256 expected = uint256(
            keccak256(
                abi.encode(
                    TAG,
                    requestId,
                    passing.receiver,
                    line,
                    held,
                    requestKey,
                    z,
                    passing.held.t,
                    passing.passed.t
                )
            )
        ) % Secp256k1.N;
        if (c != expected) revert KeyPassing_WrongChallenge(expected);
    }

    /* IDS */

    /// @notice What names a held key of the line A among the proven ones.
    function idOf(Point calldata line, HeldKey calldata held) internal pure returns (bytes32) {
        return keccak256(abi.encode(line, held));
    }

    /// @notice What the delivery of `z` for `requestKey` brought.
    function delivered(Point calldata requestKey, Point calldata z)
        internal
        pure
        returns (HeldKey memory)
    {
        return HeldKey(Point(KeyDelivery.H_X, KeyDelivery.H_Y), requestKey, z);
    }

    /// @notice What passing `z` on from `held` for `requestKey` brought.
    function passed(HeldKey calldata held, Point calldata requestKey, Point calldata z)
        internal
        pure
        returns (HeldKey memory)
    {
        return HeldKey(held.z, requestKey, z);
    }
}
