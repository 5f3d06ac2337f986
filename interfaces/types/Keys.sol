// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice A point of secp256k1 in affine coordinates; the identity has none. Valid: 0 < x < n, y < p, on the curve.
/// @param x Held below n, not p: `ecrecover` cannot take the few points with a larger one.
/// @param y Both are there, so no square root is ever taken.
struct Point {
    uint256 x;
    uint256 y;
}

/// @notice A blinded key with the proof that it is the right one. Letters are those of docs/protocol.md.
/// @dev The proof is (receiver, z, c, w). `t2`, `u` and `slope` are hints: they follow from the rest and only spare the
/// verifier their computation.
/// @param receiver Who gets the delivery fee; zero: whoever hands the delivery in.
/// @param z Z = a*X. Whoever knows x computes S = a*H = (1/x)*Z.
/// @param c Challenge: the hash of statement and commitments, modulo n.
/// @param w Response k + c*a, modulo n.
/// @param t2 Second commitment, k*X = w*X - c*Z. The first, k*G, follows from the response.
/// @param u w*X.
/// @param slope Slope of the line through u and -t2, modulo p.
struct Delivery {
    address receiver;
    Point z;
    uint256 c;
    uint256 w;
    Point t2;
    Point u;
    uint256 slope;
}

/// @notice One equation of a proof of equal logarithms: w*base = t + c*image.
/// @param t Commitment k*base.
/// @param u w*base.
/// @param slope Slope of the line through u and -t, modulo p.
struct Term {
    Point t;
    Point u;
    uint256 slope;
}

/// @notice A blinded key and what it was blinded with: whoever knows the x with key = x*base has S = (1/x)*z.
/// @dev What a delivery brought has base H; what was passed on has the blinded key of who passed it on for its base.
/// @param base B.
/// @param key X = x*B.
/// @param z Z = x*S.
struct HeldKey {
    Point base;
    Point key;
    Point z;
}

/// @notice A key passed on by who holds (B; X, Z) to whoever asked with X' = x'*Z, with the proof that it is the same one.
/// @dev The proof is (receiver, z, c, w); the two terms follow from it.
/// @param receiver Who gets the delivery fee; zero: whoever hands it in.
/// @param z Z' = (1/x)*X'. Whoever knows x' computes S = (1/x')*Z'.
/// @param c Challenge: the hash of statement and commitments, modulo n.
/// @param w Response k + c*x, modulo n.
/// @param held For X = x*B.
/// @param passed For X' = x*Z'.
struct Passing {
    address receiver;
    Point z;
    uint256 c;
    uint256 w;
    Term held;
    Term passed;
}
