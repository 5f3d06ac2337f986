"""Deliveries of scheme 1: prove, verify, open. docs/protocol.md has the equations and the argument.

>>> a, b = SecretScalar(1234), SecretScalar(5678)
>>> request = KeyRequest(bytes(32), line=a.point, recipient=b.point)
>>> delivery = prove(a, request)
>>> verify(request, delivery)
>>> open_delivery(b, delivery.r, delivery.d) == mul(a, H)
True
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from daimm_cli.base.errors import DaimmError, VerificationFailed
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


@dataclass(frozen=True)
class Delivery:
    """An encrypted key with its proof, all of it public: the Solidity struct of the same name.

    r = r*G; d = a*H + r*B; t3 = k1*H + k2*B; c: challenge; za, zr: responses modulo n.
    The rest are hints: u = za*H; v = zr*B; slope_sum of the line through u and v, slope_rest of the
    line through u + v and -t3, modulo p.
    """

    r: Point
    d: Point
    t3: Point
    c: int
    za: int
    zr: int
    u: Point
    v: Point
    slope_sum: int
    slope_rest: int

    def digest(self) -> bytes:
        """What the licence keeps: keccak256 of R and D, 32 bytes."""
        return keccak(encode(self.r) + encode(self.d))

    def to_abi(self) -> tuple[Any, ...]:
        """The struct as web3 and eth_abi take it: points are pairs."""
        values = (getattr(self, field.name) for field in fields(self))
        return tuple((value.x, value.y) if isinstance(value, Point) else value for value in values)

    @classmethod
    def from_abi(cls, values: Sequence[Any]) -> Delivery:
        """The delivery that `to_abi` wrote or a transaction carried; raises DeliveryInvalid."""
        try:
            named = zip(fields(cls), values, strict=True)
            return cls(*(_point(v) if f.name in _POINTS else _number(v) for f, v in named))
        except (ValueError, TypeError, CurveError) as error:
            raise DeliveryInvalid("This is no delivery: its fields are malformed.") from error

    def to_json(self) -> dict[str, Any]:
        """Points as {x, y}, numbers as 0x and 64 digits."""
        return {
            field.name: {"x": _hex(value.x), "y": _hex(value.y)}
            if isinstance(value := getattr(self, field.name), Point)
            else _hex(value)
            for field in fields(self)
        }

    @classmethod
    def from_json(cls, data: object) -> Delivery:
        """The delivery that `to_json` wrote; raises DeliveryInvalid for anything else."""
        try:
            names = [field.name for field in fields(cls)]
            if not isinstance(data, Mapping) or set(data) != set(names):
                raise ValueError("fields")
            return cls.from_abi([_parsed(data[name], name in _POINTS) for name in names])
        except ValueError as error:
            raise DeliveryInvalid("This is no delivery: its fields are malformed.") from error


_POINTS = {"r", "d", "t3", "u", "v"}


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


def _hex(value: int) -> str:
    return f"0x{value:064x}"


def _point(value: Sequence[Any]) -> Any:
    x, y = value
    return Point(_number(x), _number(y))


def _number(value: Any) -> Any:
    if not isinstance(value, int) or not 0 <= value < 2**256:
        raise ValueError("not a 256-bit number")
    return value


def _parsed(value: object, point: bool) -> Any:
    if point:
        if not isinstance(value, Mapping) or set(value) != {"x", "y"}:
            raise ValueError("not a point")
        return _parsed(value["x"], False), _parsed(value["y"], False)
    if not isinstance(value, str) or not re.fullmatch(r"0x[0-9a-fA-F]{64}", value):
        raise ValueError("not a number")
    return int(value, 16)
