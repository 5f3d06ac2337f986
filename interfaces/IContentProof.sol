// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {WrongContent} from "./types/Contents.sol";
import {Point} from "./types/Keys.sol";

/// @title Proofs that an artifact is not what was promised
/// @notice Decrypts one committed leaf and compares it with what the version promised. Whoever calls it publishes the
/// line's key, also where it reverts: make sure of the proof off chain first.
interface IContentProof {
    /// @notice The proof speaks of another artifact than the version's: make it from the version's own files.
    error ContentProof_OtherArtifact(bytes32 artifact);

    /// @notice Leaves of {leafSize} bytes cannot be proven wrong: do not buy what is committed to in such leaves.
    error ContentProof_LeafSizeInvalid(uint32 leafSize);

    /// @notice There is no leaf {slot}: the artifact has {slots}.
    error ContentProof_LeafUnknown(uint256 slot, uint256 slots);

    /// @notice The leaf must have {length} bytes and {depth} siblings: make the proof from the version's own files.
    error ContentProof_ShapeWrong(uint256 length, uint256 depth);

    /// @notice The artifact does not contain this leaf: make the proof from the version's own files.
    error ContentProof_LeafNotCommitted(bytes32 root);

    /// @notice Leaf {slot} is what was promised: there is nothing to prove.
    error ContentProof_ContentRight(uint256 slot);

    /// @notice Reverts unless the artifact has a leaf that decrypts to something else than was promised.
    /// @dev Pure: it believes `line` and `artifact`, which must come from a version.
    /// @param context Must commit to the chain, the caller, what the proof is for and who makes it: a copy under
    /// another context is refused.
    /// @param line Key line A of the version.
    /// @param artifact The version's commitment.
    function requireWrong(
        bytes32 context,
        Point calldata line,
        bytes32 artifact,
        WrongContent calldata proof
    ) external pure;
}
