// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    KeyDelivery_ScalarOutOfRange,
    KeyDelivery_WrongChallenge,
    KeyDelivery_WrongDifference,
    KeyDelivery_WrongTerm
} from "../../interfaces/IKeyDelivery.sol";
import {Delivery, Point} from "../../interfaces/types/Keys.sol";
import {Secp256k1} from "../libraries/Secp256k1.sol";

/// @title Verified key delivery: scheme 1
/// @notice Shows that Z hides the key of the line A from all but who knows the logarithm of X to base H: there is an a
/// with A = a*G and Z = a*X. The argument is in docs/protocol.md.
/// @dev Stateless. What the request id commits to, who may ask and when are the caller's business: every kind of key
/// request is verified alike.
library KeyDelivery {
    using Secp256k1 for Point;

    /* CONSTANTS */

    /// @notice The scheme id of versions whose keys are delivered like this.
    uint16 internal constant SCHEME = 1;

    /// @notice The second generator, hashed from "DAIMM/H/v1": nobody knows its logarithm to base G.
    uint256 internal constant H_X =
        0xe0260a520a982811deb5ed1854ce290618c3fbb9317b2e3959b169ce0c09d680;
    uint256 internal constant H_Y =
        0x34493db778c27a9c203939d01c8113acc6de82596a7b76b6f191a43082ebbba0;

    /// @notice Names scheme and H in every challenge.
    /// @dev keccak256("DAIMM/delivery/v2/secp256k1/H=e0260a520a982811deb5ed1854ce290618c3fbb9317b2e3959b169ce0c09d680")
    bytes32 internal constant TAG =
        0x0adfb706058753fa42b1c17fcfed0b5f4b9e8d3334d7bbf94d5a456ede581166;

    /* VERIFICATION */

    /// @notice Reverts unless `delivery` gives the key of `line` to whoever can open `requestKey`, for the request
    /// `requestId`.
    /// @param requestId Must commit to the chain, the calling contract and all terms of the request.
    /// @param line A. Must come from the version and never from who asks or delivers.
    /// @param requestKey X. Must come from who asks.
    function verify(
        bytes32 requestId,
        Point calldata line,
        Point calldata requestKey,
        Delivery calldata delivery
    ) internal pure {
        Point calldata z = delivery.z;
        Point calldata t2 = delivery.t2;
        Point calldata u = delivery.u;
        uint256 c = delivery.c;
        uint256 w = delivery.w;

        line.requirePoint();
        requestKey.requirePoint();
        z.requirePoint();
        t2.requirePoint();
        u.requirePoint();
        if (!_inRange(c) || !_inRange(w)) revert KeyDelivery_ScalarOutOfRange();

        address t1 = Secp256k1.mulAdd(line.x, line.y, Secp256k1.N - c, w);
        if (Secp256k1.addressOf(u.x, u.y) != Secp256k1.mulAdd(requestKey.x, requestKey.y, w, 0)) {
            revert KeyDelivery_WrongTerm();
        }
        (uint256 x, uint256 y) = Secp256k1.add(u.x, u.y, t2.x, Secp256k1.P - t2.y, delivery.slope);
        if (Secp256k1.addressOf(x, y) != Secp256k1.mulAdd(z.x, z.y, c, 0)) {
            revert KeyDelivery_WrongDifference();
        }

        uint256 expected = uint256(
            keccak256(
                abi.encodePacked(
                    TAG,
                    requestId,
                    delivery.receiver,
                    line.x,
                    line.y,
                    requestKey.x,
                    requestKey.y,
                    z.x,
                    z.y,
                    t1,
                    t2.x,
                    t2.y
                )
            )
        ) % Secp256k1.N;
        if (c != expected) revert KeyDelivery_WrongChallenge(expected);
    }

    /* INTERNAL */

    function _inRange(uint256 scalar) private pure returns (bool) {
        return scalar != 0 && scalar < Secp256k1.N;
    }
}
