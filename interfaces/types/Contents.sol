// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Delivery, Point, Term} from "./Keys.sol";

/// @notice What a version's artifact commits to; its SHA-256 is `Version.artifact` (docs/artifact.md).
/// @param nonce The file's own.
/// @param size Bytes of the plaintext.
/// @param leafSize Bytes of a leaf.
/// @param combinedRoot Merkle root over what each leaf is and what it was promised to be.
/// @param plaintextRoot Merkle root over what each leaf was promised to be.
struct Commitment {
    bytes16 nonce;
    uint64 size;
    uint32 leafSize;
    bytes32 combinedRoot;
    bytes32 plaintextRoot;
}

/// @notice A leaf that the combined root commits to.
/// @param slot Its number: its offset in the plaintext divided by the leaf size.
/// @param digest What it was promised to be: SHA-256 of the byte 2 and its plaintext.
/// @param ciphertext What it is, without any tag.
/// @param siblings From the leaf up.
struct Leaf {
    uint256 slot;
    bytes32 digest;
    bytes ciphertext;
    bytes32[] siblings;
}

/// @notice Shows that S = a*H is the key of a line A = a*G. Letters are those of docs/protocol.md.
/// @param requestId The request that the delivery answered.
/// @param requestKey X = x*H of that request.
/// @param delivery As the chain accepted it: Z = a*X.
/// @param key S, from here on known to all who see the calldata.
/// @param c Challenge: the hash of context, statement and commitments, modulo n.
/// @param w Response k + c*x, modulo n.
/// @param blind For X = x*H.
/// @param unblind For Z = x*S.
struct Opening {
    bytes32 requestId;
    Point requestKey;
    Delivery delivery;
    Point key;
    uint256 c;
    uint256 w;
    Term blind;
    Term unblind;
}

/// @notice That a version's artifact is not what was promised.
/// @param commitment What the version committed to.
/// @param opening What opens it.
/// @param leaf Where it is wrong.
struct WrongContent {
    Commitment commitment;
    Opening opening;
    Leaf leaf;
}
