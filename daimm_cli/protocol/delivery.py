"""Deliveries of scheme 1: prove, verify, open. docs/protocol.md has the equations and the argument.

>>> a, x = SecretScalar(1234), SecretScalar(5678)
>>> request = KeyRequest(bytes(32), line=a.point, key=mul(x, H))
>>> delivery = prove(a, request)
>>> verify(request, delivery)
>>> verify_proof(request, KeyProof.of(delivery))  # what the chain's event keeps of it
>>> open_delivery(x, delivery.z) == mul(a, H)
True
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace

from daimm_cli.base.errors import DaimmError, VerificationFailed
from daimm_cli.bindings.structs import Delivery
from daimm_cli.protocol.curve import (
    CurveError,
    G,
    H,
    N,
    P,
    Point,
    SecretPoint,
    SecretScalar,
    address_bytes,
    encode,
    keccak,
    mul,
    neg,
    require_scalar,
    slope,
    sub,
)
from daimm_cli.protocol.keys import derive_scalar

TAG_TEXT = f"DAIMM/delivery/v2/secp256k1/H={H.x:064x}"
"""Its keccak256 opens every challenge: it names the scheme and H."""

NOBODY = "0x" + "00" * 20
"""As a receiver: whoever hands the delivery in gets the fee."""

_ATTEMPTS = 16


class DeliveryInvalid(VerificationFailed):
    """The contract would refuse this delivery."""


@dataclass(frozen=True)
class KeyProof:
    """What a delivery shows, and what the event that tells of it keeps.

    receiver: whom the delivery fee is for. z: Z. c, w: challenge and response.
    """

    receiver: str
    z: Point
    c: int
    w: int

    @classmethod
    def of(cls, delivery: Delivery) -> KeyProof:
        return cls(delivery.receiver, delivery.z, delivery.c, delivery.w)


@dataclass(frozen=True)
class KeyRequest:
    """Who asks for which line's key.

    request_id: 32 bytes that commit to everything else about the request (an order's id, say).
    line: A, read from the version on the chain. key: X, which whoever asks made.
    """

    request_id: bytes
    line: Point
    key: Point

    def __post_init__(self) -> None:
        if len(self.request_id) != 32:
            raise DaimmError(f"A request id has 32 bytes; this one has {len(self.request_id)}.")

    def statement(self, receiver: str, z: Point) -> bytes:
        """How every hash over an answer to it begins: tag, id, receiver, A, X, Z."""
        head = keccak(TAG_TEXT.encode()) + self.request_id + bytes.fromhex(receiver[2:])
        return head + encode(self.line) + encode(self.key) + encode(z)


def prove(a: SecretScalar, request: KeyRequest, receiver: str = NOBODY) -> Delivery:
    """The delivery that answers `request`: always the same one for the same line and request.

    a: the line's secret. receiver: the address that is to have the delivery fee. Raises DaimmError
    where the secret is another line's.
    """
    if a.point != request.line:
        raise DaimmError("This is not the secret of the line that the request names.")
    for attempt in range(_ATTEMPTS):
        try:
            return _attempt(a, request, receiver, attempt)
        except CurveError:
            continue  # a sum without coordinates: draw again
    raise DaimmError("No delivery can be made for this request: decline it.")


def _attempt(a: SecretScalar, request: KeyRequest, receiver: str, attempt: int) -> Delivery:
    z = mul(a, request.key)
    statement = request.statement(receiver, z)
    k = derive_scalar(bytes(a), "DAIMM/delivery/v2/k", statement, attempt.to_bytes(4, "big"))
    t2 = mul(k, request.key)
    c = require_scalar(challenge(statement, k.point, t2))
    w = require_scalar((k.value + c * a.value) % N)
    u = mul(w, request.key)
    return Delivery(receiver, z, c, w, t2, u, slope(u, neg(t2)))


def challenge(statement: bytes, t1: Point, t2: Point) -> int:
    """The Fiat-Shamir challenge, modulo n. t1 enters by its address."""
    return int.from_bytes(keccak(statement + address_bytes(t1) + encode(t2)), "big") % N


def verify_proof(request: KeyRequest, proof: KeyProof) -> None:
    """Raises DeliveryInvalid unless `proof` shows the line's key for `request`.

    It says nothing about clocks, nor whether the request's id and line are those on the chain.
    """
    try:
        t1 = sub(mul(proof.w, G), mul(proof.c, request.line))
        t2 = sub(mul(proof.w, request.key), mul(proof.c, proof.z))
    except CurveError as error:
        raise DeliveryInvalid("A number of this delivery is out of range.") from error
    if proof.c != challenge(request.statement(proof.receiver, proof.z), t1, t2):
        raise DeliveryInvalid(
            "This delivery does not hold the line's key, or it was made for another request."
        )


def hinted(request: KeyRequest, proof: KeyProof) -> Delivery:
    """The delivery that `proof` was part of, for a contract to verify it again."""
    u = mul(proof.w, request.key)
    t2 = sub(u, mul(proof.c, proof.z))
    return Delivery(proof.receiver, proof.z, proof.c, proof.w, t2, u, slope(u, neg(t2)))


def verify(request: KeyRequest, delivery: Delivery) -> None:
    """Raises DeliveryInvalid unless the contract would take `delivery` for `request`."""
    proof = KeyProof.of(delivery)
    verify_proof(request, proof)
    with contextlib.suppress(CurveError):
        if replace(delivery, slope=delivery.slope % P) == hinted(request, proof):
            return
    raise DeliveryInvalid("The hints of this delivery do not follow from its proof.")


def open_delivery(x: SecretScalar, z: Point) -> SecretPoint:
    """S = (1/x)*Z, the line's point for `keys.file_key`.

    It is right for a Z whose proof holds for X = x*H; another one gives another point.
    """
    s = mul(SecretScalar(pow(x.value, -1, N)), z)
    return SecretPoint(s.x, s.y)
