"""Deliveries of scheme 1: prove, verify, open. docs/protocol.md has the equations and the argument.

>>> a, b = SecretScalar(1234), SecretScalar(5678)
>>> request = KeyRequest(bytes(32), line=a.point, recipient=b.point)
>>> delivery = prove(a, request)
>>> verify(request, delivery)
>>> open_delivery(b, delivery.r, delivery.d) == mul(a, H)
True
"""

from __future__ import annotations

from dataclasses import dataclass

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
    add,
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

TAG_TEXT = f"DAIMM/delivery/v1/secp256k1/H={H.x:064x}"
"""Its keccak256 opens every challenge: it names the scheme and H."""

_ATTEMPTS = 16


class DeliveryInvalid(VerificationFailed):
    """The contract would refuse this delivery."""


@dataclass(frozen=True)
class KeyRequest:
    """Who asks for which line's key.

    request_id: 32 bytes that commit to everything else about the request (an order's id, say).
    line: A, read from the version on the chain. recipient: B, the key to encrypt to.
    """

    request_id: bytes
    line: Point
    recipient: Point

    def __post_init__(self) -> None:
        if len(self.request_id) != 32:
            raise DaimmError(f"A request id has 32 bytes; this one has {len(self.request_id)}.")

    def statement(self) -> bytes:
        """How every hash over this request begins: 32 bytes of tag, the id, A, B."""
        return (
            keccak(TAG_TEXT.encode()) + self.request_id + encode(self.line) + encode(self.recipient)
        )


def prove(a: SecretScalar, request: KeyRequest) -> Delivery:
    """The delivery that answers `request`: always the same one for the same line and request.

    a: the line's secret. Raises DaimmError where it is another line's.
    """
    if a.point != request.line:
        raise DaimmError("This is not the secret of the line that the request names.")
    for attempt in range(_ATTEMPTS):
        try:
            return _attempt(a, request, attempt)
        except CurveError:
            continue  # a sum without coordinates: draw again
    raise DaimmError("No delivery can be made for this request: decline it.")


def _attempt(a: SecretScalar, request: KeyRequest, attempt: int) -> Delivery:
    statement, count = request.statement(), attempt.to_bytes(4, "big")
    r = derive_scalar(bytes(a), "DAIMM/delivery/v1/r", statement, count)
    d = add(mul(a, H), mul(r, request.recipient))
    statement += encode(r.point) + encode(d)
    k1 = derive_scalar(bytes(a), "DAIMM/delivery/v1/k1", statement, count)
    k2 = derive_scalar(bytes(a), "DAIMM/delivery/v1/k2", statement, count)
    t3 = add(mul(k1, H), mul(k2, request.recipient))
    c = require_scalar(challenge(request, r.point, d, k1.point, k2.point, t3))
    za = require_scalar((k1.value + c * a.value) % N)
    zr = require_scalar((k2.value + c * r.value) % N)
    u, v = mul(za, H), mul(zr, request.recipient)
    slope_sum = slope(u, v)
    slope_rest = slope(add(u, v), neg(t3))
    return Delivery(r.point, d, t3, c, za, zr, u, v, slope_sum, slope_rest)


def challenge(request: KeyRequest, r: Point, d: Point, t1: Point, t2: Point, t3: Point) -> int:
    """The Fiat-Shamir challenge, modulo n. t1 and t2 enter by their addresses."""
    statement = request.statement() + encode(r) + encode(d)
    commitments = address_bytes(t1) + address_bytes(t2) + encode(t3)
    return int.from_bytes(keccak(statement + commitments), "big") % N


def verify(request: KeyRequest, delivery: Delivery) -> None:
    """Raises DeliveryInvalid unless the contract would take `delivery` for `request`.

    It says nothing about clocks, nor whether the request's id and line are those on the chain.
    """
    try:
        t1 = sub(mul(delivery.za, G), mul(delivery.c, request.line))
        t2 = sub(mul(delivery.zr, G), mul(delivery.c, delivery.r))
        u, v = mul(delivery.za, H), mul(delivery.zr, request.recipient)
        total = add(u, v)
        hints = (u, v, slope(u, v), slope(total, neg(delivery.t3)))
        slopes = (delivery.slope_sum % P, delivery.slope_rest % P)
        if hints != (delivery.u, delivery.v, *slopes):
            raise DeliveryInvalid("The hints of this delivery do not follow from its responses.")
        if sub(total, delivery.t3) != mul(delivery.c, delivery.d):
            raise DeliveryInvalid("This delivery does not hold the key of the line.")
    except CurveError as error:
        raise DeliveryInvalid("A number of this delivery is out of range.") from error
    if delivery.c != challenge(request, delivery.r, delivery.d, t1, t2, delivery.t3):
        raise DeliveryInvalid(
            "This delivery was made for another request, or by somebody without the key."
        )


def open_delivery(b: SecretScalar, r: Point, d: Point) -> SecretPoint:
    """S = D - b*R, the line's key for `keys.content_key`.

    It is right for a delivery that the chain took for B = b*G; another pair gives another point.
    """
    try:
        s = sub(d, mul(b, r))
    except CurveError as error:
        raise DeliveryInvalid(
            "This delivery does not open: it was not made for this order."
        ) from error
    return SecretPoint(s.x, s.y)
