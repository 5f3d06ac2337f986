"""Known answers for the artifact, shared with the contracts' tests.

Written by `PYTHONPATH=. python tests/python/artifact/vectors.py`; test_vectors.py checks them.
"""

import json
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import Any

from daimm_cli.artifact import pipeline, stream
from daimm_cli.artifact.proof import prove_leaf
from tests.python.artifact import reference

KEY = bytes(range(32))
BINDING = b"DAIMM/artifact/v1" + (7).to_bytes(32, "big") + (11).to_bytes(32, "big")
HEADER = stream.Header(bytes(range(100, 132)), bytes(range(7)))
FIRST = stream.PAYLOAD - stream.HEADER
FILE = Path(__file__).parents[2] / "vectors" / "artifact.json"

# (size, leaf size, leaves to prove): small leaves keep the file small.
CASES = [
    (0, 4096, []),
    (1, 4096, [0]),
    (5000, 256, [0, 7, 19]),
    (FIRST + 600, 256, [4095, 4096, 4098]),
    (FIRST + stream.PAYLOAD + 4097, 4096, [513]),
]


def pattern(size: int) -> bytes:
    """SHA-256 of 0, 1, 2, .. (8 bytes, big-endian), joined and cut to `size`."""
    blocks = (sha256(i.to_bytes(8, "big")).digest() for i in range(-(-size // 32)))
    return b"".join(blocks)[:size]


def make(size: int, leaf_size: int, slots: list[int]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name:
        paths = Path(name, "model"), Path(name, "sealed"), Path(name, "list")
        paths[0].write_bytes(pattern(size))
        sealed = pipeline.seal(*paths, KEY, BINDING, header=HEADER, leaf_size=leaf_size)
        artifact = sealed.artifact
        leaves = artifact.leaves
        proofs = []
        for slot in slots:
            proof = prove_leaf(*paths[1:], slot, artifact)
            offset = reference.plaintext_offset(slot, leaf_size)
            segment = slot // leaves.per_segment
            proofs.append(
                {
                    "slot": slot,
                    "segment": segment,
                    "last": leaves.segments.is_last(segment),
                    "counter": reference.counter(slot, leaf_size),
                    "fileOffset": leaves.file_offset(slot),
                    "plaintextOffset": offset,
                    "plaintext": hexed(pattern(size)[offset : offset + leaves.length(slot)]),
                    "ciphertext": hexed(proof.ciphertext),
                    "pd": hexed(proof.pd),
                    "siblings": [hexed(sibling) for sibling in proof.siblings],
                }
            )
        return {
            "size": size,
            "pattern_sha256": hexed(sha256(pattern(size)).digest()),
            "leafSize": leaf_size,
            "depth": leaves.depth,
            "slots": leaves.slots,
            "combinedRoot": hexed(artifact.combined_root),
            "plaintextRoot": hexed(artifact.plaintext_root),
            "commitment": hexed(artifact.commitment),
            "ciphertextCid": sealed.ciphertext.cid,
            "digestsCid": sealed.digests.cid,
            "proofs": proofs,
        }


def everything() -> dict[str, Any]:
    return {
        "key": hexed(KEY),
        "associatedData": hexed(BINDING),
        "salt": hexed(HEADER.salt),
        "noncePrefix": hexed(HEADER.prefix),
        "fileKey": hexed(stream.file_key(KEY, BINDING, HEADER.salt)),
        "cases": [make(*case) for case in CASES],
    }


def hexed(data: bytes) -> str:
    return "0x" + data.hex()


if __name__ == "__main__":
    FILE.write_text(json.dumps(everything(), indent=2) + "\n")
