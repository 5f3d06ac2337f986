"""Writes tests/vectors/artifact.json, the known answers that Solidity and Python tests share.

python -m tools.artifact_vectors
"""

import json
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import Any

from daimm_cli.artifact import age, pipeline
from daimm_cli.artifact.proof import prove_leaf
from daimm_cli.protocol.curve import G, H, compress, encode, mul
from daimm_cli.protocol.keys import file_key

S = mul(7, H)
LINE = compress(mul(7, G))
KEY = file_key(S)
NONCE = bytes(range(100, 116))
PATH = Path(__file__).parent.parent / "tests" / "vectors" / "artifact.json"

# (size, leaf size, leaves to prove): small leaves keep the file small.
CASES = [
    (0, 4096, []),
    (1, 4096, [0]),
    (5000, 256, [0, 7, 19]),
    (65536 + 600, 256, [255, 256, 258]),
    (65536, 16384, [3]),
    ((1 << 20) + 65536 + 4097, 4096, [255, 256, 273]),
]


def pattern(size: int) -> bytes:
    """SHA-256 of 0, 1, 2, .. (8 bytes, big-endian), joined and cut to `size`."""
    blocks = (sha256(i.to_bytes(8, "big")).digest() for i in range(-(-size // 32)))
    return b"".join(blocks)[:size]


def make(size: int, leaf_size: int, slots: list[int]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name:
        paths = Path(name, "model"), Path(name, "sealed"), Path(name, "list")
        paths[0].write_bytes(pattern(size))
        sealed = pipeline.seal(*paths, KEY, LINE, nonce=NONCE, leaf_size=leaf_size)
        artifact = sealed.artifact
        leaves = artifact.leaves
        proofs = []
        for slot in slots:
            proof = prove_leaf(*paths[1:], slot, artifact)
            offset = leaves.offset(slot)
            chunk = offset // age.CHUNK
            proofs.append(
                {
                    "slot": slot,
                    "chunk": chunk,
                    "last": chunk == leaves.layout.chunks - 1,
                    "counter": 1 + offset % age.CHUNK // 64,
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
        "made_by": "python -m tools.artifact_vectors",
        "line": hexed(LINE),
        "S": hexed(encode(S)),
        "fileKey": hexed(KEY),
        "nonce": hexed(NONCE),
        "payloadKey": hexed(age.payload_key(KEY, NONCE)),
        "header": age.front(LINE, KEY, NONCE)[: age.HEADER].decode(),
        "cases": [make(*case) for case in CASES],
    }


def hexed(data: bytes) -> str:
    return "0x" + data.hex()


if __name__ == "__main__":
    PATH.write_text(json.dumps(everything(), indent=2) + "\n")
