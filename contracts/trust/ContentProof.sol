// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IContentProof} from "../../interfaces/IContentProof.sol";
import {Commitment, Leaf, WrongContent} from "../../interfaces/types/Contents.sol";
import {Point} from "../../interfaces/types/Keys.sol";
import {KeyOpening} from "../delivery/KeyOpening.sol";
import {ChaCha20} from "../libraries/ChaCha20.sol";
import {HKDF} from "../libraries/HKDF.sol";

/// @notice Specified in IContentProof. The format is that of docs/artifact.md.
contract ContentProof is IContentProof {
    /* CONSTANTS */

    uint32 private constant MIN_LEAF = 256;
    uint32 private constant MAX_LEAF = 16_384;

    /// @dev An age file's plaintext is sealed in chunks of this size, each with a nonce of its own.
    uint256 private constant CHUNK = 65_536;
    /// @dev Block of ChaCha20, whose first one of a chunk makes its tag.
    uint256 private constant BLOCK = 64;

    /* VERIFICATION */

    /// @inheritdoc IContentProof
    function requireWrong(
        bytes32 context,
        Point calldata line,
        bytes32 artifact,
        WrongContent calldata proof
    ) external pure {
        Commitment calldata commitment = proof.commitment;
        Leaf calldata leaf = proof.leaf;
        if (_hash(commitment) != artifact) revert ContentProof_OtherArtifact(artifact);
        _requireCommitted(commitment, leaf);
        KeyOpening.verify(context, line, proof.opening);

        bytes memory plaintext = _decrypt(commitment, proof.opening.key, leaf);
        if (sha256(bytes.concat(hex"02", plaintext)) == leaf.digest) {
            revert ContentProof_ContentRight(leaf.slot);
        }
    }

    /* INTERNAL */

    function _hash(Commitment calldata commitment) private pure returns (bytes32) {
        return sha256(
            abi.encodePacked(
                "DAIMM/commit/v2",
                commitment.nonce,
                commitment.size,
                commitment.leafSize,
                commitment.combinedRoot,
                commitment.plaintextRoot
            )
        );
    }

    /// @dev With the length of the ciphertext right, it cannot be taken for anything else that was hashed.
    function _requireCommitted(Commitment calldata commitment, Leaf calldata leaf) private pure {
        (uint256 size, uint256 leafSize) = (commitment.size, commitment.leafSize);
        if (leafSize < MIN_LEAF || leafSize > MAX_LEAF || leafSize & (leafSize - 1) != 0) {
            revert ContentProof_LeafSizeInvalid(commitment.leafSize);
        }
        uint256 slot = leaf.slot;
        uint256 slots = (size + leafSize - 1) / leafSize;
        if (slot >= slots) revert ContentProof_LeafUnknown(slot, slots);

        uint256 length = slot == slots - 1 ? size - slot * leafSize : leafSize;
        uint256 depth;
        while (1 << depth < slots) ++depth;
        if (leaf.ciphertext.length != length || leaf.siblings.length != depth) {
            revert ContentProof_ShapeWrong(length, depth);
        }

        bytes32 node = sha256(bytes.concat(hex"00", leaf.digest, leaf.ciphertext));
        for (uint256 level; level < depth; ++level) {
            bytes32 sibling = leaf.siblings[level];
            node = slot >> level & 1 == 0
                ? sha256(bytes.concat(hex"01", node, sibling))
                : sha256(bytes.concat(hex"01", sibling, node));
        }
        if (node != commitment.combinedRoot) revert ContentProof_LeafNotCommitted(node);
    }

    function _decrypt(Commitment calldata commitment, Point calldata key, Leaf calldata leaf)
        private
        pure
        returns (bytes memory)
    {
        bytes16 fileKey = bytes16(sha256(abi.encodePacked("DAIMM/K/v2", key.x, key.y)));
        bytes32 payloadKey =
            HKDF.derive(abi.encodePacked(fileKey), abi.encodePacked(commitment.nonce), "payload");
        uint256 offset = leaf.slot * commitment.leafSize;
        uint256 chunk = offset / CHUNK;
        uint256 last = chunk == (commitment.size - 1) / CHUNK ? 1 : 0;
        return ChaCha20.crypt(
            payloadKey,
            bytes12(uint96(chunk << 8 | last)),
            1 + offset % CHUNK / BLOCK,
            leaf.ciphertext
        );
    }
}
