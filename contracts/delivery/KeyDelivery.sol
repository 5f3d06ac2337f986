// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    KeyDelivery_ScalarOutOfRange,
    KeyDelivery_WrongChallenge,
    KeyDelivery_WrongLineTerm,
    KeyDelivery_WrongRecipientTerm,
    KeyDelivery_WrongSum
} from "../../interfaces/IKeyDelivery.sol";
import {Delivery, Point} from "../../interfaces/types/Keys.sol";
import {Secp256k1} from "../libraries/Secp256k1.sol";

/// @title Verified key delivery: scheme 1
/// @notice Shows that (R, D) encrypts the key of the line A to the recipient B: there are a and r with A = a*G,
/// R = r*G and D = a*H + r*B. The argument is in docs/protocol.md.
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
    /// @dev keccak256("DAIMM/delivery/v1/secp256k1/H=e0260a520a982811deb5ed1854ce290618c3fbb9317b2e3959b169ce0c09d680")
    bytes32 internal constant TAG =
        0xe2b90ff58b52e06eed7f0eea32ef162af676af8b9de5402da12f8b5310e65e24;

    /* VERIFICATION */

    /// @notice Reverts unless `delivery` gives the key of `line` to `recipientKey` for the request `requestId`.
    /// @param requestId Must commit to the chain, the calling contract and all terms of the request.
    /// @param line A. Must come from the version and never from who asks or delivers.
    /// @param recipientKey B. Must come from who asks.
    function verify(
        bytes32 requestId,
        Point calldata line,
        Point calldata recipientKey,
        Delivery calldata delivery
    ) internal pure {
        Point calldata r = delivery.r;
        Point calldata d = delivery.d;
        Point calldata t3 = delivery.t3;
        Point calldata u = delivery.u;
        Point calldata v = delivery.v;
        uint256 c = delivery.c;
        uint256 za = delivery.za;
        uint256 zr = delivery.zr;

        line.requirePoint();
        recipientKey.requirePoint();
        r.requirePoint();
        d.requirePoint();
        t3.requirePoint();
        u.requirePoint();
        v.requirePoint();
        if (!_inRange(c) || !_inRange(za) || !_inRange(zr)) revert KeyDelivery_ScalarOutOfRange();

        address t1 = Secp256k1.mulAdd(line.x, line.y, Secp256k1.N - c, za);
        address t2 = Secp256k1.mulAdd(r.x, r.y, Secp256k1.N - c, zr);

        if (Secp256k1.addressOf(u.x, u.y) != Secp256k1.mulAdd(H_X, H_Y, za, 0)) {
            revert KeyDelivery_WrongLineTerm();
        }
        if (
            Secp256k1.addressOf(v.x, v.y) != Secp256k1.mulAdd(recipientKey.x, recipientKey.y, zr, 0)
        ) revert KeyDelivery_WrongRecipientTerm();
        (uint256 x, uint256 y) = Secp256k1.add(u.x, u.y, v.x, v.y, delivery.slopeSum);
        (x, y) = Secp256k1.add(x, y, t3.x, Secp256k1.P - t3.y, delivery.slopeRest);
        if (Secp256k1.addressOf(x, y) != Secp256k1.mulAdd(d.x, d.y, c, 0)) {
            revert KeyDelivery_WrongSum();
        }

        uint256 expected = uint256(
            keccak256(
                abi.encodePacked(
                    TAG,
                    requestId,
                    line.x,
                    line.y,
                    recipientKey.x,
                    recipientKey.y,
                    r.x,
                    r.y,
                    d.x,
                    d.y,
                    t1,
                    t2,
                    t3.x,
                    t3.y
                )
            )
        ) % Secp256k1.N;
        if (c != expected) revert KeyDelivery_WrongChallenge(expected);
    }

    /// @notice What a licence keeps of its delivery: keccak256(abi.encode(R, D)).
    function digest(Delivery calldata delivery) internal pure returns (bytes32) {
        return keccak256(abi.encode(delivery.r, delivery.d));
    }

    /* INTERNAL */

    function _inRange(uint256 scalar) private pure returns (bool) {
        return scalar != 0 && scalar < Secp256k1.N;
    }
}
