"""Writes tests/vectors/content.json, the proofs that ContentProof accepts and refuses.

    python -m tools.content_vectors

`proofs` is abi.encode of (name, error or empty, arguments of requireWrong) tuples: a Foundry test
can afford one read of a large JSON file.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from eth_abi.abi import encode as abi_encode

from daimm_cli.protocol.curve import H, N, P, Point, mul, neg
from tools import content_reference as reference
from tools.content_reference import CHUNK, Listing, Row, artifact, draw, open_key, pair, sha

PATH = Path(__file__).parent.parent / "tests" / "vectors" / "content.json"

LINE, REQUEST = draw("a line"), draw("a request's secret")
KEY = mul(LINE, H)
CONTEXT, NONCE = sha(b"a context"), sha(b"a nonce")[:16]
RIGHT = "ContentProof_ContentRight(uint256)"

Proof = tuple[str, str, bytes]


def pattern(size: int) -> bytes:
    return b"".join(sha(number.to_bytes(8, "big")) for number in range(-(-size // 32)))[:size]


def flipped(data: bytes, *places: int) -> bytes:
    changed = bytearray(data)
    for place in places:
        changed[place] ^= 1
    return bytes(changed)


def encoded(name: str, error: str, commitment: Row, opening: Row, leaf: Row, **other: Any) -> Proof:
    context = other.get("context", CONTEXT)
    line = other.get("line", pair(LINE.point))
    committed = other.get("artifact", artifact(commitment))
    values = [context, line, committed, (commitment, opening, leaf)]
    return name, error, abi_encode(reference.ARGUMENTS, values)


OPENING = open_key(LINE, REQUEST, CONTEXT)


def places(size: int, leaf_size: int) -> list[int]:
    """First and last byte of the file, of a chunk, of a leaf."""
    found = {0, size - 1, leaf_size - 1, leaf_size, CHUNK - 1, CHUNK}
    return sorted(place for place in found if place < size)


def positions() -> Iterator[Proof]:
    """A file that differs in one byte: only that byte's leaf is wrong."""
    key = reference.payload_key(KEY, NONCE)
    for leaf_size, sizes in (
        (4096, (1, 4095, 4096, 4097, CHUNK - 1, CHUNK, CHUNK + 1)),
        (256, (1, 63, 64, 65, 257, CHUNK, CHUNK + 1, 3 * CHUNK)),
        (512, (513,)),
        (1024, (1, 5000)),
        (2048, (2049,)),
        (8192, (8193,)),
        (16384, (1, CHUNK + 1)),
    ):
        for size in sizes:
            promised = pattern(size)
            for place in places(size, leaf_size):
                name = f"{size} bytes in leaves of {leaf_size}, byte {place}"
                sealed = reference.seal(flipped(promised, place), key)
                listing = Listing(NONCE, leaf_size, sealed, promised)
                slot = place // leaf_size
                yield encoded(name, "", *with_opening(listing.proof(slot)))
                other = (slot + 1) % -(-size // leaf_size)
                if other != slot and leaf_size == 256:
                    right = with_opening(listing.proof(other))
                    yield encoded(f"{name}: another leaf", RIGHT, *right)
            true = Listing(NONCE, leaf_size, reference.seal(promised, key), promised)
            slot = (size - 1) // leaf_size
            name = f"{size} bytes in leaves of {leaf_size}"
            yield encoded(f"{name}: true", RIGHT, *with_opening(true.proof(slot)))
            unfinished = reference.seal(promised, key, last=False)
            listing = Listing(NONCE, leaf_size, unfinished, promised)
            yield encoded(f"{name}: no last chunk", "", *with_opening(listing.proof(slot)))


def with_opening(parts: tuple[Row, Row]) -> tuple[Row, Row, Row]:
    return parts[0], OPENING, parts[1]


def large() -> Iterator[Proof]:
    """Of a file too large to make, one leaf is made and the tree beside it is random."""
    key = reference.payload_key(KEY, NONCE)
    for size in (2**30, 2**30 + 1, 2**52):
        for slot in (15, 2**17 + 5, (size - 1) // 4096):
            offset = slot * 4096
            chunk, within = divmod(offset, CHUNK)
            length = min(4096, size - offset)
            plain = pattern(length)
            before = bytes(within) + plain
            last = chunk == (size - 1) // CHUNK
            sealed = reference.seal(before, key, last=last, first_chunk=chunk)[within:]
            slots = -(-size // 4096)
            siblings = [sha(b"sibling", bytes([i])) for i in range((slots - 1).bit_length())]
            for promised, error in ((plain, RIGHT), (flipped(plain, length - 1), "")):
                parts = reference.alone(NONCE, size, slot, sealed, promised, siblings)
                name = f"{size} bytes, leaf {slot}{': true' if error else ''}"
                yield encoded(name, error, *with_opening(parts))


def altered(row: Row, *path: int, by: Any) -> Row:
    """`row` with the value at `path` replaced by by(value)."""
    first, *rest = path
    value = altered(row[first], *rest, by=by) if rest else by(row[first])
    return (*row[:first], value, *row[first + 1 :])


def refused() -> Iterator[Proof]:
    """One good proof, altered in one thing at a time."""
    promised = pattern(700)
    key = reference.payload_key(KEY, NONCE)
    listing = Listing(NONCE, 256, reference.seal(flipped(promised, 500), key), promised)
    commitment, leaf = listing.proof(1)
    yield encoded("a good proof", "", commitment, OPENING, leaf)

    def one(value: Any) -> Any:
        if isinstance(value, bytes):
            return flipped(value, len(value) - 1)
        return value ^ 1 if isinstance(value, int) else value

    for index, name in enumerate(("nonce", "size", "leaf size", "combined root", "plaintext root")):
        changed = altered(commitment, index, by=one)
        error = "ContentProof_OtherArtifact(bytes32)"
        yield encoded(
            f"another {name}", error, changed, OPENING, leaf, artifact=artifact(commitment)
        )
    for size in (0, 1, 128, 255, 257, 4095, 6144, 32768, 65536, 2**31):
        changed = altered(commitment, 2, by=lambda _, size=size: size)
        error = "ContentProof_LeafSizeInvalid(uint32)"
        yield encoded(f"leaves of {size}", error, changed, OPENING, leaf)
    empty = altered(commitment, 1, by=lambda _: 0)
    unknown = "ContentProof_LeafUnknown(uint256,uint256)"
    yield encoded("an empty file", unknown, empty, OPENING, altered(leaf, 0, by=lambda _: 0))
    for slot in (3, 4, 2**64, 2**256 - 1):
        changed = altered(leaf, 0, by=lambda _, slot=slot: slot)
        yield encoded(f"leaf {slot} of 3", unknown, commitment, OPENING, changed)
    shape, absent = (
        "ContentProof_ShapeWrong(uint256,uint256)",
        "ContentProof_LeafNotCommitted(bytes32)",
    )
    for name, error, path, change in (
        ("another slot", absent, (0,), lambda _: 0),
        ("the last slot", shape, (0,), lambda _: 2),
        ("another digest", absent, (1,), one),
        ("another ciphertext", absent, (2,), one),
        ("a short ciphertext", shape, (2,), lambda data: data[:-1]),
        ("a long ciphertext", shape, (2,), lambda data: data + b"\0"),
        ("no ciphertext", shape, (2,), lambda _: b""),
        ("another sibling", absent, (3,), lambda row: [row[0], one(row[1])]),
        ("siblings swapped", absent, (3,), lambda row: row[::-1]),
        ("a sibling less", shape, (3,), lambda row: row[:1]),
        ("a sibling more", shape, (3,), lambda row: [*row, bytes(32)]),
    ):
        yield encoded(name, error, commitment, OPENING, altered(leaf, *path, by=change))
    yield from openings(commitment, leaf)


def openings(commitment: Row, leaf: Row) -> Iterator[Proof]:
    stranger = draw("another")
    other, negated = pair(stranger.point), lambda point: pair(neg(Point(*point)))
    challenge = "KeyOpening_WrongChallenge(uint256)"
    term, difference = "EqualLogs_WrongTerm()", "EqualLogs_WrongDifference()"
    scalar, slope = "EqualLogs_ScalarOutOfRange()", "Secp256k1_SlopeWrong(uint256)"
    point, delivery = "Secp256k1_PointInvalid(uint256,uint256)", "KeyDelivery_WrongTerm()"
    yield encoded("another context", challenge, commitment, OPENING, leaf, context=bytes(32))
    yield encoded(
        "another line", "KeyDelivery_WrongChallenge(uint256)", commitment, OPENING, leaf, line=other
    )
    false = open_key(LINE, REQUEST, CONTEXT, key=mul(stranger, H))
    yield encoded("another line's key", difference, commitment, false, leaf)
    for secret, name in ((stranger, "somebody else's request"), (draw("1"), "the seller's own")):
        row = open_key(LINE, secret, CONTEXT)
        yield encoded(name, "", commitment, row, leaf)
    rows: list[tuple[str, str, tuple[int, ...], Any]] = [
        ("another request id", "KeyDelivery_WrongChallenge(uint256)", (0,), lambda _: bytes(32)),
        ("another request key", delivery, (1,), lambda _: other),
        ("another Z", "KeyDelivery_WrongDifference()", (2, 1), lambda _: other),
        ("negated Z", "KeyDelivery_WrongDifference()", (2, 1), negated),
        (
            "another receiver",
            "KeyDelivery_WrongChallenge(uint256)",
            (2, 0),
            lambda _: "0x" + "11" * 20,
        ),
        ("another S", term, (3,), lambda _: other),
        ("negated S", term, (3,), negated),
        ("S off the curve", point, (3, 1), lambda y: (y + 1) % P),
        ("no S", point, (3,), lambda _: (0, 0)),
        ("S with a large x", point, (3, 0), lambda _: N),
        ("c = 0", scalar, (4,), lambda _: 0),
        ("c = n", scalar, (4,), lambda _: N),
        ("w = 0", scalar, (5,), lambda _: 0),
        ("w = n", scalar, (5,), lambda _: N),
        ("another c", difference, (4,), lambda c: c % (N - 1) + 1),
        ("another w", term, (5,), lambda w: w % (N - 1) + 1),
        ("negated c", difference, (4,), lambda c: N - c),
        ("negated w", term, (5,), lambda w: N - w),
    ]
    for index, name in ((6, "first"), (7, "second")):
        rows += [
            (f"another {name} T", slope, (index, 0), lambda _: other),
            (f"negated {name} T", slope, (index, 0), negated),
            (f"{name} T off the curve", point, (index, 0, 1), lambda y: (y + 1) % P),
            (f"another {name} U", term, (index, 1), lambda _: other),
            (f"negated {name} U", term, (index, 1), negated),
            (f"{name} U off the curve", point, (index, 1, 1), lambda y: (y + 1) % P),
            (f"another {name} slope", slope, (index, 2), lambda value: value ^ 1),
        ]
    for label, error, path, change in rows:
        yield encoded(label, error, commitment, altered(OPENING, *path, by=change), leaf)


def text() -> str:
    proofs = [*positions(), *large(), *refused()]
    made = {
        "made_by": "python -m tools.content_vectors",
        "proofs": "0x" + abi_encode(["(string,string,bytes)[]"], [proofs]).hex(),
    }
    return json.dumps(made, indent=1) + "\n"


if __name__ == "__main__":
    PATH.write_text(text(), encoding="utf-8")
