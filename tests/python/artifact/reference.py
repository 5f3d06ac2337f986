"""An artifact made the slow way, straight from docs/artifact.md."""

import base64
import hmac
from hashlib import sha256

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from daimm_cli.artifact.unixfs import CHUNK, Dag, dag_of_chunks


def age_file(plaintext: bytes, key: bytes, line: bytes, nonce: bytes) -> bytes:
    """The whole ciphertext file."""
    text = b"age-encryption.org/v1\n-> daimm 1 " + unpadded(line) + b"\n\n---"
    mac = hmac.digest(hkdf(key, b"", b"header"), text, "sha256")
    chunks = [plaintext[i : i + 65536] for i in range(0, len(plaintext) or 1, 65536)]
    aead = ChaCha20Poly1305(hkdf(key, nonce, b"payload"))
    sealed = [
        aead.encrypt(c.to_bytes(11, "big") + bytes([c == len(chunks) - 1]), chunk, None)
        for c, chunk in enumerate(chunks)
    ]
    return text + b" " + unpadded(mac) + b"\n" + nonce + b"".join(sealed)


def unpadded(data: bytes) -> bytes:
    return base64.b64encode(data).rstrip(b"=")


def hkdf(key: bytes, salt: bytes, info: bytes) -> bytes:
    """RFC 5869 with SHA-256, one block."""
    extracted = hmac.digest(salt or bytes(32), key, "sha256")
    return hmac.digest(extracted, info + b"\x01", "sha256")


def file_offset(slot: int, leaf: int = 4096) -> int:
    """Where the leaf's ciphertext stands."""
    return 143 + slot * leaf + slot * leaf // 65536 * 16


def counter(slot: int, leaf: int = 4096) -> int:
    """ChaCha20's block counter of the leaf's first byte."""
    return 1 + slot * leaf % 65536 // 64


def tree(leaves: list[bytes]) -> bytes:
    """Root of a full tree: the number of leaves is a power of two."""
    if len(leaves) == 1:
        return leaves[0]
    half = len(leaves) // 2
    return sha256(b"\x01" + tree(leaves[:half]) + tree(leaves[half:])).digest()


def roots(plaintext: bytes, ciphertext: bytes, leaf: int = 4096) -> tuple[bytes, bytes, bytes]:
    """(combined root, plaintext root, digest list)."""
    combined: list[bytes] = []
    pds: list[bytes] = []
    for slot, offset in enumerate(range(0, len(plaintext), leaf)):
        plain = plaintext[offset : offset + leaf]
        at = file_offset(slot, leaf)
        pds.append(sha256(b"\x02" + plain).digest())
        combined.append(sha256(b"\x00" + pds[-1] + ciphertext[at : at + len(plain)]).digest())
    width = 1
    while width < len(pds):
        width *= 2
    missing = [bytes(32)] * (width - len(pds))
    return tree(combined + missing), tree(pds + missing), b"".join(pds)


def dag_of_bytes(data: bytes) -> Dag:
    """One chunk after the other, on one thread."""
    chunks = [data[start : start + CHUNK] for start in range(0, len(data), CHUNK)]
    return dag_of_chunks([(sha256(chunk).digest(), len(chunk)) for chunk in chunks])
