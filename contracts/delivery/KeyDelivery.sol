// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    Delivery,
    KeyDelivery_ScalarOutOfRange,
    KeyDelivery_WrongChallenge,
    KeyDelivery_WrongLineTerm,
    KeyDelivery_WrongRecipientTerm,
    KeyDelivery_WrongSum,
    Point
} from "../../interfaces/IKeyDelivery.sol";
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
    bytes32 internal constant TAG = keccak256(
        "DAIMM/delivery/v1/secp256k1/H=e0260a520a982811deb5ed1854ce290618c3fbb9317b2e3959b169ce0c09d680"
    );

    /* VERIFICATION */

    /// @notice Reverts unless `delivery` gives the key of `line` to `recipientKey` for the request `requestId`.
    /// @param requestId Must commit to the chain, the calling contract and all terms of the request.
    /// @param line A. Must come from the version and never from who asks or delivers.
    /// @param recipientKey B. Must come from who asks.
    function verify(
        bytes32 requestId,
        Point memory line,
        Point memory recipientKey,
        Delivery calldata delivery
    ) internal pure {
        Point memory r = delivery.r;
        Point memory d = delivery.d;
        Point memory t3 = delivery.t3;
        Point memory u = delivery.u;
        Point memory v = delivery.v;
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

        address t1 = line.mulAdd(Secp256k1.N - c, za);
        address t2 = r.mulAdd(Secp256k1.N - c, zr);

        if (u.addressOf() != Point(H_X, H_Y).mulAdd(za, 0)) revert KeyDelivery_WrongLineTerm();
        if (v.addressOf() != recipientKey.mulAdd(zr, 0)) revert KeyDelivery_WrongRecipientTerm();
        Point memory rest = u.add(v, delivery.slopeSum).add(t3.negate(), delivery.slopeRest);
        if (rest.addressOf() != d.mulAdd(c, 0)) revert KeyDelivery_WrongSum();

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
