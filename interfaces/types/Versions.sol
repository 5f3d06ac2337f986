// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Bps, ModelId} from "./Ids.sol";
import {Point} from "./Keys.sol";

/// @notice How a version was made from its parent.
enum Relation {
    FineTune,
    Distil,
    Quantise,
    Merge,
    Compose
}

/// @notice A version that another version was made from. It must exist already, so lineage has no
/// cycles.
/// @param model The parent's model.
/// @param version Its version.
/// @param relation How this version was made from it.
struct Parent {
    ModelId model;
    uint16 version;
    Relation relation;
}

/// @notice What a version's terms say of versions made from it: none may be, or only under the very
/// same terms, or any.
enum Derivatives {
    Forbidden,
    SameTerms,
    Free
}

/// @notice The part of a version's terms that contracts read.
/// @param derivatives Whether others may make versions from it.
/// @param share What its payee asks of what such a version earns.
/// @param document keccak256 of the machine-readable terms: all the rest.
struct TermsHead {
    Derivatives derivatives;
    Bps share;
    bytes32 document;
}

/// @notice All that the chain commits to for one version. Only its digest is stored; the event
/// carries it whole. Its parents go beside it.
/// @param manifest SHA-256 of the manifest's canonical JSON (at most 1 MiB); its CID is CIDv1, raw,
/// sha2-256 of this.
/// @param artifact SHA-256 commitment to nonce, size, leaf size and both roots (docs/artifact.md).
/// @param plaintextRoot Merkle root over the plaintext leaves; who registered a root first has
/// priority.
/// @param line The key line A = a*G: whoever knows a opens every version of the line.
/// @param scheme Delivery scheme; 1 is docs/protocol.md.
/// @param terms keccak256(abi.encode(TermsHead)) of its licence terms.
/// @param payee keccak256(abi.encode(payout, payoutAccount)) that every offer of it must pay; zero
/// where its seller chooses.
struct Version {
    bytes32 manifest;
    bytes32 artifact;
    bytes32 plaintextRoot;
    Point line;
    uint16 scheme;
    bytes32 terms;
    bytes32 payee;
}
