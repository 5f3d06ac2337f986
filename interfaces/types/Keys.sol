// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice A point of secp256k1 in affine coordinates; the identity has none. Valid: 0 < x < n, y < p, on the curve.
/// @param x Held below n, not p: `ecrecover` cannot take the few points with a larger one.
/// @param y Both are there, so no square root is ever taken.
struct Point {
    uint256 x;
    uint256 y;
}

/// @notice An encrypted key with the proof that it is the right one. Letters are those of docs/protocol.md.
/// @dev `u`, `v` and the slopes are hints: they follow from the rest and only spare the verifier their computation.
/// `r` and `d` come first, so that the digest hashes the first 128 bytes.
/// @param r R = r*G.
/// @param d D = a*H + r*B. Whoever knows b computes S = a*H = D - b*R.
/// @param t3 Third commitment, k1*H + k2*B. The other two follow from the responses.
/// @param c Challenge: the hash of statement and commitments, modulo n.
/// @param za Response k1 + c*a, modulo n.
/// @param zr Response k2 + c*r, modulo n.
/// @param u za*H.
/// @param v zr*B.
/// @param slopeSum Slope of the line through u and v, modulo p.
/// @param slopeRest Slope of the line through u + v and -t3, modulo p.
struct Delivery {
    Point r;
    Point d;
    Point t3;
    uint256 c;
    uint256 za;
    uint256 zr;
    Point u;
    Point v;
    uint256 slopeSum;
    uint256 slopeRest;
}
