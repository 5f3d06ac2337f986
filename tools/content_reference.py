"""Artifacts, and proofs that their content is wrong, by docs/artifact.md and docs/protocol.md.

Small files in memory, one leaf's proof at a time; shares nothing with daimm_cli.artifact.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from daimm_cli.protocol.curve import (
    H,
    N,
    Point,
    SecretScalar,
    address_bytes,
    encode,
    keccak,
    mul,
    neg,
    slope,
)

CHUNK = 65536
H_TEXT = f"secp256k1/H={H.x:064x}"
POINT = "(uint256,uint256)"
DELIVERY = f"(address,{POINT},uint256,uint256,{POINT},{POINT},uint256)"
TERM = f"({POINT},{POINT},uint256)"
OPENING = f"(bytes32,{POINT},{DELIVERY},{POINT},uint256,uint256,{TERM},{TERM})"
COMMITMENT = "(bytes16,uint64,uint32,bytes32,bytes32)"
LEAF = "(uint256,bytes32,bytes,bytes32[])"
ARGUMENTS = ["bytes32", POINT, "bytes32", f"({COMMITMENT},{OPENING},{LEAF})"]
"""What IContentProof.requireWrong takes."""

Row = tuple[Any, ...]


def sha(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def draw(name: str) -> SecretScalar:
    return SecretScalar(int.from_bytes(sha(name.encode()), "big") % (N - 1) + 1)


def payload_key(key: Point, nonce: bytes) -> bytes:
    file_key = sha(b"DAIMM/K/v2", encode(key))[:16]
    return HKDF(SHA256(), 32, nonce, b"payload").derive(file_key)


def seal(plaintext: bytes, key: bytes, *, last: bool = True, first_chunk: int = 0) -> bytes:
    """The chunks without their tags. last: whether the last one says so."""
    sealed = b""
    aead = ChaCha20Poly1305(key)
    for start in range(0, len(plaintext), CHUNK):
        chunk = plaintext[start : start + CHUNK]
        is_last = last and start + CHUNK >= len(plaintext)
        nonce = (first_chunk + start // CHUNK).to_bytes(11, "big") + bytes([is_last])
        sealed += aead.encrypt(nonce, chunk, None)[:-16]
    return sealed


@dataclass
class Listing:
    """What a seller committed to. sealed: without tags; promised: plaintext."""

    nonce: bytes
    leaf_size: int
    sealed: bytes
    promised: bytes

    def leaf(self, slot: int) -> tuple[bytes, bytes]:
        part = slice(slot * self.leaf_size, (slot + 1) * self.leaf_size)
        return sha(b"\2", self.promised[part]), self.sealed[part]

    def levels(self) -> list[list[bytes]]:
        slots = -(-len(self.promised) // self.leaf_size)
        nodes = [sha(b"\0", *self.leaf(slot)) for slot in range(slots)]
        levels, zero = [], bytes(32)
        while len(nodes) > 1:
            nodes += [zero] * (len(nodes) % 2)
            levels.append(nodes)
            nodes = [sha(b"\1", *nodes[i : i + 2]) for i in range(0, len(nodes), 2)]
            zero = sha(b"\1", zero, zero)
        return [*levels, nodes]

    def proof(self, slot: int) -> tuple[Row, Row]:
        """Commitment and leaf."""
        *levels, (root,) = self.levels()
        siblings = [nodes[(slot >> level) ^ 1] for level, nodes in enumerate(levels)]
        return self.commitment(root), (slot, *self.leaf(slot), siblings)

    def commitment(self, root: bytes) -> Row:
        return (self.nonce, len(self.promised), self.leaf_size, root, sha(self.promised))


def alone(
    nonce: bytes, size: int, slot: int, sealed: bytes, promised: bytes, siblings: list[bytes]
) -> tuple[Row, Row]:
    """Commitment and leaf of 4 KiB of a file of which nothing else is made but these siblings."""
    leaf = (slot, sha(b"\2", promised), sealed, siblings)
    node = sha(b"\0", leaf[1], sealed)
    for level, sibling in enumerate(siblings):
        node = sha(b"\1", *((sibling, node) if slot >> level & 1 else (node, sibling)))
    return (nonce, size, 4096, node, sha(b"plaintext root")), leaf


def artifact(commitment: Row) -> bytes:
    return sha(b"DAIMM/commit/v2", struct.pack(">16sQI32s32s", *commitment))


def pair(point: Point) -> tuple[int, int]:
    return point.x, point.y


def deliver(a: SecretScalar, request_id: bytes, x: Point) -> Row:
    k, z = draw("k"), mul(a, x)
    tag = keccak(b"DAIMM/delivery/v2/" + H_TEXT.encode())
    t2 = mul(k, x)
    points = encode(a.point) + encode(x) + encode(z)
    statement = tag + request_id + bytes(20) + points + address_bytes(k.point) + encode(t2)
    c = int.from_bytes(keccak(statement), "big") % N
    w = (k.value + c * a.value) % N
    u = mul(w, x)
    return ("0x" + "00" * 20, pair(z), c, w, pair(t2), pair(u), slope(u, neg(t2)))


def open_key(a: SecretScalar, x: SecretScalar, context: bytes, key: Point | None = None) -> Row:
    """x: the request's secret. key: another one than the line's, for false proofs."""
    request, key = mul(x, H), key or mul(a, H)
    z, k = mul(a, request), draw("another k")
    t1, t2 = mul(k, H), mul(k, key)
    tag = keccak(b"DAIMM/opening/v1/" + H_TEXT.encode())
    points = b"".join(map(encode, (a.point, request, z, key, t1, t2)))
    c = int.from_bytes(keccak(tag + context + points), "big") % N
    w = (k.value + c * x.value) % N
    request_id = sha(b"a request")
    delivery = deliver(a, request_id, request)
    terms = [(pair(t), pair(u), slope(u, neg(t))) for t, u in ((t1, mul(w, H)), (t2, mul(w, key)))]
    return (request_id, pair(request), delivery, pair(key), c, w, *terms)
