// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {KeyOpening_WrongChallenge} from "../../interfaces/IKeyOpening.sol";
import {Opening} from "../../interfaces/types/Contents.sol";
import {Point} from "../../interfaces/types/Keys.sol";
import {Secp256k1} from "../libraries/Secp256k1.sol";
import {EqualLogs} from "./EqualLogs.sol";
import {KeyDelivery} from "./KeyDelivery.sol";

/// @title Opened keys of lines
/// @notice Shows that S is the key of the line A = a*G, S = a*H: a delivery shows Z = a*X, and one x gives both X = x*H
/// and Z = x*S. The argument is in docs/protocol.md.
/// @dev Whoever knows a may answer a request of their own making, so sellers need no other proof.
library KeyOpening {
    using Secp256k1 for Point;

    /* CONSTANTS */

    /// @notice Names scheme and H in every challenge.
    /// @dev keccak256("DAIMM/opening/v1/secp256k1/H=e0260a520a982811deb5ed1854ce290618c3fbb9317b2e3959b169ce0c09d680")
    bytes32 internal constant TAG =
        0x0d42d5e68b2ffdbc1523d28c3bd214ae19cb96f656c310a735159f22106bad11;

    /* VERIFICATION */

    /// @notice Reverts unless `opening.key` is the key of `line`, shown for `context`.
    /// @param context What the opening is for and who made it: nobody can use a copy under another one.
    function verify(bytes32 context, Point calldata line, Opening calldata opening) internal pure {
        Point calldata x = opening.requestKey;
        Point calldata z = opening.delivery.z;
        Point calldata s = opening.key;
        uint256 c = opening.c;
        uint256 w = opening.w;

        KeyDelivery.verify(opening.requestId, line, x, opening.delivery);
        s.requirePoint();
        EqualLogs.requireScalars(c, w);
        EqualLogs.requireTerm(KeyDelivery.H_X, KeyDelivery.H_Y, x, opening.blind, c, w);
        EqualLogs.requireTerm(s.x, s.y, z, opening.unblind, c, w);

        uint256 expected = uint256(
            keccak256(abi.encode(TAG, context, line, x, z, s, opening.blind.t, opening.unblind.t))
        ) % Secp256k1.N;
        if (c != expected) revert KeyOpening_WrongChallenge(expected);
    }
}
