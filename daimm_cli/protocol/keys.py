"""What is derived from the seed, and what follows from a key line.

>>> seed = bytes(32)
>>> label = line_label(seed, 7)
>>> a = line_secret(seed, label)
>>> proof = prove_line(a, b"whose line this is")
>>> verify_line(a.point, b"whose line this is", proof)
>>> key = file_key(line_key(a))  # of its artifacts, which are age files: 16 bytes

Every derivation is HMAC-SHA256 under a domain tag of its own, over fields with their lengths and a
counter that goes up until the result is in [1, n - 1] (the first one is, but for 1 in 2^128).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass

from daimm_cli.base.errors import DaimmError, VerificationFailed
from daimm_cli.protocol.curve import (
    CurveError,
    G,
    H,
    N,
    Point,
    SecretPoint,
    SecretScalar,
    add,
    encode,
    mul,
)

KEY_TAG = b"DAIMM/K/v2"
LINE_PROOF_TAG = b"DAIMM/line-proof/v1"
LABEL_TAG = b"DAIMM/line-label/v1"
LABELS = 1 << 16
"""Key lines of one seed at most: few enough to try them all."""


def derive_scalar(key: bytes, domain: str, *fields: bytes) -> SecretScalar:
    """A scalar that nobody without `key` can tell from a random one.

    domain: names the use; two uses never share one. fields: each is bound with its length.
    """
    message = derivation(domain, *fields)
    for counter in range(2**32):
        digest = hmac.digest(key, message + counter.to_bytes(4, "big"), "sha256")
        value = int.from_bytes(digest, "big")
        if 0 < value < N:
            return SecretScalar(value)
    raise CurveError("No scalar found.")  # 2^32 misses of 2^-128 each


def line_label(seed: bytes, number: int) -> bytes:
    """The public label of one of the seed's LABELS key lines: 32 bytes that tell nothing of it."""
    return hmac.digest(_exactly(32, "seed", seed), LABEL_TAG + number.to_bytes(4, "big"), "sha256")


def derivation(domain: str, *fields: bytes) -> bytes:
    """What is hashed for a use and its fields, each behind its length, before the counter."""
    return b"".join(len(part).to_bytes(4, "big") + part for part in (domain.encode(), *fields))


def line_secret(seed: bytes, label: bytes) -> SecretScalar:
    """The secret a of the key line with this label.

    label: 32 bytes, public: `line_label` or, of lines made before there was that, random.
    """
    return derive_scalar(
        _exactly(32, "seed", seed), "DAIMM/line/v1", _exactly(32, "line label", label)
    )


def order_secret(
    seed: bytes,
    *,
    chain_id: int,
    market: str | bytes,
    offer_id: bytes,
    buyer: str | bytes,
    salt: bytes,
) -> SecretScalar:
    """The secret x of one order: seed and public terms restore it, and `order_key` is its point.

    market, buyer: addresses, as 20 bytes or hexadecimal. offer_id, salt: 32 bytes.
    """
    return derive_scalar(
        _exactly(32, "seed", seed),
        "DAIMM/order/v2",
        chain_id.to_bytes(32, "big"),
        _address(market),
        _exactly(32, "offer id", offer_id),
        _address(buyer),
        _exactly(32, "salt", salt),
    )


def order_key(x: SecretScalar) -> Point:
    """X = x*H, the point that an order names."""
    return mul(x, H)


def line_key(a: SecretScalar) -> SecretPoint:
    """S = a*H: whoever has it can open every version of the line."""
    point = mul(a, H)
    return SecretPoint(point.x, point.y)


def file_key(s: Point) -> bytes:
    """The 16-byte file key of the line's artifacts, which are age files, from S."""
    return hashlib.sha256(KEY_TAG + encode(s)).digest()[:16]


@dataclass(frozen=True)
class LineProof:
    """A Schnorr proof of a: commitment k*G and response k + c*a modulo n, both public."""

    commitment: Point
    response: int

    def to_json(self) -> dict[str, str]:
        """Hexadecimal, for the manifest."""
        return {
            "commitment": "0x" + encode(self.commitment).hex(),
            "response": f"0x{self.response:064x}",
        }


def prove_line(a: SecretScalar, context: bytes) -> LineProof:
    """Shows that whoever published A knows a, and says for what.

    context: what the proof speaks of (seller, chain, model), so that nobody else can show it.
    """
    k = derive_scalar(bytes(a), "DAIMM/line-proof-nonce/v1", encode(a.point), context)
    challenge = _line_challenge(a.point, k.point, context)
    return LineProof(k.point, (k.value + challenge * a.value) % N)


def verify_line(line: Point, context: bytes, proof: LineProof) -> None:
    """Raises VerificationFailed unless `proof` was made for this line and context."""
    challenge = _line_challenge(line, proof.commitment, context)
    try:
        right = add(proof.commitment, mul(challenge, line)) == mul(proof.response, G)
    except CurveError:
        right = False
    if not right:
        raise VerificationFailed(
            "The seller has not shown that they know this line's key: don't buy from this listing."
        )


def _line_challenge(line: Point, commitment: Point, context: bytes) -> int:
    data = LINE_PROOF_TAG + encode(line) + encode(commitment) + context
    return int.from_bytes(hashlib.sha256(data).digest(), "big") % N


def _exactly(size: int, name: str, data: bytes) -> bytes:
    if len(data) != size:
        raise DaimmError(f"The {name} must have {size} bytes; it has {len(data)}.")
    return data


def _address(address: str | bytes) -> bytes:
    if isinstance(address, bytes):
        return _exactly(20, "address", address)
    if not re.fullmatch("0x[0-9a-fA-F]{40}", address):
        raise DaimmError("An address is 0x and 40 hexadecimal digits: check it.")
    return bytes.fromhex(address[2:])
