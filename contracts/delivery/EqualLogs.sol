// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    EqualLogs_ScalarOutOfRange,
    EqualLogs_WrongDifference,
    EqualLogs_WrongTerm
} from "../../interfaces/IEqualLogs.sol";
import {Point, Term} from "../../interfaces/types/Keys.sol";
import {Secp256k1} from "../libraries/Secp256k1.sol";

/// @title Proofs of equal logarithms to bases that are not G
/// @notice What two proofs share: that somebody knows the x with image = x*base, for two bases and one x. What must be
/// hashed is said where they are used.
library EqualLogs {
    using Secp256k1 for Point;

    function requireScalars(uint256 c, uint256 w) internal pure {
        if (c == 0 || c >= Secp256k1.N || w == 0 || w >= Secp256k1.N) {
            revert EqualLogs_ScalarOutOfRange();
        }
    }

    /// @notice Reverts unless w*base = t + c*image.
    /// @dev Assumes that `base` and `image` are valid points.
    function requireTerm(
        uint256 baseX,
        uint256 baseY,
        Point calldata image,
        Term calldata term,
        uint256 c,
        uint256 w
    ) internal pure {
        Point calldata t = term.t;
        Point calldata u = term.u;
        t.requirePoint();
        u.requirePoint();
        if (Secp256k1.addressOf(u.x, u.y) != Secp256k1.mulAdd(baseX, baseY, w, 0)) {
            revert EqualLogs_WrongTerm();
        }
        (uint256 x, uint256 y) = Secp256k1.add(u.x, u.y, t.x, Secp256k1.P - t.y, term.slope);
        if (Secp256k1.addressOf(x, y) != Secp256k1.mulAdd(image.x, image.y, c, 0)) {
            revert EqualLogs_WrongDifference();
        }
    }
}
