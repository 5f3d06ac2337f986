"""Writes tests/vectors/ciphers.json, what the `cryptography` package says ChaCha20 and HKDF give.

    python -m tools.cipher_vectors

Each list is abi.encode of tuples: a Foundry test can afford one read of a large JSON file. The
vectors of RFC 8439 and RFC 5869 stand in the tests themselves.
"""

import json
import random
from pathlib import Path

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from eth_abi.abi import encode

PATH = Path(__file__).parent.parent / "tests" / "vectors" / "ciphers.json"

BLOCK, LANES = 64, 7
LENGTHS = [0, 1, 31, 32, 33, 63, 64, 65, 255, 256, 257, 447, 448, 449, 895, 896, 897, 4095, 4096]
COUNTERS = [0, 1, 2, 1023, 1024, 2**16, 2**31, 2**32 - 1 - 4096 // BLOCK - LANES]
EDGES = [bytes(32), b"\xff" * 32, bytes(range(32))]


def chacha20(key: bytes, nonce: bytes, counter: int, data: bytes) -> bytes:
    full = counter.to_bytes(4, "little") + nonce
    return Cipher(algorithms.ChaCha20(key, full), None).encryptor().update(data)


def streams(draw: random.Random) -> str:
    rows = []
    for number in range(120):
        key = EDGES[number] if number < len(EDGES) else draw.randbytes(32)
        nonce = EDGES[number][:12] if number < len(EDGES) else draw.randbytes(12)
        length = LENGTHS[number] if number < len(LENGTHS) else draw.randrange(1200)
        counter = COUNTERS[number % len(COUNTERS)] if number % 2 else draw.randrange(2**31)
        data = draw.randbytes(length)
        rows.append((key, nonce, counter, data, chacha20(key, nonce, counter, data)))
    return "0x" + encode(["(bytes32,bytes12,uint256,bytes,bytes)[]"], [rows]).hex()


def derivations(draw: random.Random) -> str:
    rows = []
    for length in [0, 1, 16, 32, 63, 64, 65, 128, *(draw.randrange(200) for _ in range(40))]:
        key, salt, info = draw.randbytes(16), draw.randbytes(length), draw.randbytes(length // 2)
        rows.append((key, salt, info, HKDF(SHA256(), 32, salt, info).derive(key)))
    return "0x" + encode(["(bytes,bytes,bytes,bytes32)[]"], [rows]).hex()


def text() -> str:
    draw = random.Random(8439)  # noqa: S311 - the same numbers each time
    made = {
        "made_by": "python -m tools.cipher_vectors",
        "chacha20": streams(draw),
        "hkdf": derivations(draw),
    }
    return json.dumps(made, indent=1) + "\n"


if __name__ == "__main__":
    PATH.write_text(text(), encoding="utf-8")
