"""The roots of an artifact computed the slow way, straight from docs/artifact.md."""

from hashlib import sha256

from daimm_cli.artifact.unixfs import CHUNK, Dag, DagBuilder

F = 2**20 - 16


def slots(plaintext: bytes, ciphertext: bytes, leaf: int) -> list[list[tuple[bytes, bytes]]]:
    """Per segment: (plaintext leaf, ciphertext leaf) of each slot."""
    segments = []
    seg = 0
    while True:
        start = 0 if seg == 0 else seg * F - 40
        end = min(len(plaintext), (seg + 1) * F - 40)
        file_start = seg * 2**20 + (40 if seg == 0 else 0)
        found = []
        for offset in range(start, end, leaf):
            length = min(leaf, end - offset)
            at = file_start + offset - start
            found.append((plaintext[offset : offset + length], ciphertext[at : at + length]))
        segments.append(found)
        if end == len(plaintext):
            return segments
        seg += 1


def tree(leaves: list[bytes]) -> bytes:
    """Root of a full tree: the number of leaves is a power of two."""
    if len(leaves) == 1:
        return leaves[0]
    half = len(leaves) // 2
    return sha256(b"\x01" + tree(leaves[:half]) + tree(leaves[half:])).digest()


def roots(plaintext: bytes, ciphertext: bytes, leaf: int = 4096) -> tuple[bytes, bytes, bytes]:
    """(combined root, plaintext root, digest list)."""
    per = 2**20 // leaf
    combined: list[bytes] = []
    plain: list[bytes] = []
    listed = b""
    for segment in slots(plaintext, ciphertext, leaf):
        pds = [sha256(b"\x02" + p).digest() for p, _ in segment]
        both = zip(pds, segment, strict=True)
        leaves = [sha256(b"\x00" + pd + c).digest() for pd, (_, c) in both]
        missing = [bytes(32)] * (per - len(pds))
        plain += pds + missing
        combined += leaves + missing
        listed += b"".join(pds)
    width = per
    while width < len(plain):
        width *= 2
    missing = [bytes(32)] * (width - len(plain))
    return tree(combined + missing), tree(plain + missing), listed


def plaintext_offset(slot: int, leaf: int = 4096) -> int:
    """Where the leaf's content stands in the model."""
    segment, k = divmod(slot, 2**20 // leaf)
    return (segment * F - 40 if segment else 0) + k * leaf


def counter(slot: int, leaf: int = 4096) -> int:
    """GCM's 32-bit counter of the leaf's first AES block."""
    return 2 + slot % (2**20 // leaf) * leaf // 16


def dag_of_bytes(data: bytes) -> Dag:
    """One chunk after the other, on one thread."""
    builder = DagBuilder()
    for start in range(0, len(data), CHUNK):
        chunk = data[start : start + CHUNK]
        builder.add(sha256(chunk).digest(), len(chunk))
    return builder.finish()
