// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {KeyOpening} from "../../../contracts/delivery/KeyOpening.sol";
import {ChaCha20} from "../../../contracts/libraries/ChaCha20.sol";
import {HKDF} from "../../../contracts/libraries/HKDF.sol";
import {Commitment, Leaf, Opening, WrongContent} from "../../../interfaces/types/Contents.sol";
import {Point, Term} from "../../../interfaces/types/Keys.sol";
import {KeyDeliveryProver as Prover} from "./KeyDeliveryProver.sol";

/// @notice Seals plaintexts of one chunk in leaves of 256 bytes under promises, and proves each leaf wrong, truly or not.
contract ContentKit {
    uint256 internal constant LEAF = 256;
    bytes16 internal constant NONCE = "a file's nonce";

    /// @notice What a version commits to that promises `promised` and contains `plaintext`.
    function artifact(uint256 lineSecret, bytes calldata plaintext, bytes calldata promised)
        external
        view
        returns (bytes32)
    {
        (Commitment memory commitment,) = commit(lineSecret, plaintext, promised, 0);
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

    /// @notice The proof for leaf `slot`, whether or not it is wrong.
    /// @param requestSecret x, of the order that the prover's key came from.
    function prove(
        uint256 lineSecret,
        uint256 requestSecret,
        bytes32 context,
        bytes calldata plaintext,
        bytes calldata promised,
        uint256 slot
    ) external view returns (WrongContent memory proof) {
        (proof.commitment, proof.leaf) = commit(lineSecret, plaintext, promised, slot);
        proof.opening = open(lineSecret, requestSecret, context, Prover.mul(Prover.h(), lineSecret));
    }

    /// @notice An opening that claims `key`, whether or not it is the line's.
    function open(uint256 lineSecret, uint256 requestSecret, bytes32 context, Point memory key)
        public
        view
        returns (Opening memory opening)
    {
        opening.requestId = keccak256("a request");
        opening.requestKey = Prover.mul(Prover.h(), requestSecret);
        opening.delivery =
            Prover.prove(lineSecret, opening.requestId, opening.requestKey, "of a delivery");
        opening.key = key;
        opening.blind.t = Prover.mul(Prover.h(), 11);
        opening.unblind.t = Prover.mul(key, 11);
        opening.c = uint256(
            keccak256(
                abi.encode(
                    KeyOpening.TAG,
                    context,
                    Prover.mul(Prover.g(), lineSecret),
                    opening.requestKey,
                    opening.delivery.z,
                    key,
                    opening.blind.t,
                    opening.unblind.t
                )
            )
        ) % Prover.N;
        opening.w = addmod(11, mulmod(opening.c, requestSecret, Prover.N), Prover.N);
        _addHints(opening.blind, Prover.h(), opening.w);
        _addHints(opening.unblind, key, opening.w);
    }

    function commit(
        uint256 lineSecret,
        bytes calldata plaintext,
        bytes calldata promised,
        uint256 slot
    ) public view returns (Commitment memory commitment, Leaf memory leaf) {
        uint256 slots = (promised.length + LEAF - 1) / LEAF;
        bytes32[] memory nodes = new bytes32[](slots);
        for (uint256 i; i < slots; ++i) {
            (uint256 from, uint256 to) = (i * LEAF, (i + 1) * LEAF);
            if (to > promised.length) to = promised.length;
            bytes32 digest = sha256(bytes.concat(hex"02", promised[from:to]));
            bytes memory ciphertext =
                ChaCha20.crypt(_key(lineSecret), bytes12(uint96(1)), 1 + i * 4, plaintext[from:to]);
            nodes[i] = sha256(bytes.concat(hex"00", digest, ciphertext));
            if (i == slot) (leaf.digest, leaf.ciphertext) = (digest, ciphertext);
        }
        leaf.slot = slot;
        (leaf.siblings, commitment.combinedRoot) = _climb(nodes, slot);
        commitment.nonce = NONCE;
        commitment.size = uint64(promised.length);
        commitment.leafSize = uint32(LEAF);
        commitment.plaintextRoot = keccak256(promised);
    }

    function _climb(bytes32[] memory nodes, uint256 slot)
        private
        pure
        returns (bytes32[] memory siblings, bytes32 root)
    {
        bytes32 zero;
        while (nodes.length > 1) {
            bytes32[] memory above = new bytes32[]((nodes.length + 1) / 2);
            bytes32[] memory longer = new bytes32[](siblings.length + 1);
            for (uint256 i; i < siblings.length; ++i) {
                longer[i] = siblings[i];
            }
            longer[siblings.length] = slot ^ 1 < nodes.length ? nodes[slot ^ 1] : zero;
            for (uint256 i; i < above.length; ++i) {
                bytes32 right = 2 * i + 1 < nodes.length ? nodes[2 * i + 1] : zero;
                above[i] = sha256(bytes.concat(hex"01", nodes[2 * i], right));
            }
            zero = sha256(bytes.concat(hex"01", zero, zero));
            (nodes, siblings, slot) = (above, longer, slot >> 1);
        }
        root = nodes[0];
    }

    function _key(uint256 lineSecret) private view returns (bytes32) {
        Point memory key = Prover.mul(Prover.h(), lineSecret);
        bytes16 fileKey = bytes16(sha256(abi.encodePacked("DAIMM/K/v2", key.x, key.y)));
        return HKDF.derive(abi.encodePacked(fileKey), abi.encodePacked(NONCE), "payload");
    }

    function _addHints(Term memory term, Point memory base, uint256 w) private view {
        term.u = Prover.mul(base, w);
        term.slope = Prover.slope(term.u, Prover.negate(term.t));
    }
}
