"""A verifier written from docs/protocol.md alone, on arithmetic of its own.

It imports nothing of daimm, sees plain numbers, and compares points where the contract compares
addresses: where both agree, no address was mistaken for another's.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from eth_hash.auto import keccak

P = 2**256 - 2**32 - 977
N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
G = (
    0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
    0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8,
)

Affine = tuple[int, int]
Jacobian = tuple[int, int, int]
NOTHING: Jacobian = (0, 1, 0)


class RefusedError(Exception):
    """The contract would revert."""


@dataclass(frozen=True)
class Calldata:
    """A delivery as a transaction carries it: ten words."""

    receiver: int
    z: Affine
    c: int
    w: int
    t2: Affine
    u: Affine
    slope: int

    @classmethod
    def of(cls, words: list[int]) -> Calldata:
        receiver, zx, zy, c, w, tx, ty, ux, uy, slope = words
        return cls(receiver, (zx, zy), c, w, (tx, ty), (ux, uy), slope)


def verify(request_id: bytes, a: Affine, x: Affine, delivery: Calldata) -> None:
    """Raises RefusedError for what the contract must refuse."""
    points = (a, x, delivery.z, delivery.t2, delivery.u)
    require(all(is_valid(point) for point in points), "points")
    require(0 < delivery.c < N and 0 < delivery.w < N, "scalars")
    t1 = plain(minus(times(delivery.w, G), times(delivery.c, a)))
    require(plain(times(delivery.w, x)) == delivery.u, "U")
    (ux, uy), (tx, ty) = delivery.u, delivery.t2
    require(ux != tx, "equal x")
    require((delivery.slope * (tx - ux) - (-ty - uy)) % P == 0, "slope")
    difference = plain(minus(lift(delivery.u), lift(delivery.t2)))
    require(difference == plain(times(delivery.c, delivery.z)), "U - T2")
    hashed = challenge(request_id, delivery.receiver, a, x, delivery.z, t1, delivery.t2)
    require(delivery.c == hashed, "challenge")


def challenge(
    request_id: bytes, receiver: int, a: Affine, x: Affine, z: Affine, t1: Affine, t2: Affine
) -> int:
    """c, as the page has it."""
    name = "DAIMM/delivery/v2/secp256k1/H=" + word(h()[0]).hex()
    data = keccak(name.encode()) + request_id + receiver.to_bytes(20, "big")
    data += b"".join(encoded(point) for point in (a, x, z))
    data += keccak(encoded(t1))[12:] + encoded(t2)
    assert len(data) == 360
    return int.from_bytes(keccak(data), "big") % N


def h() -> Affine:
    """The second generator."""
    x = int.from_bytes(hashlib.sha256(b"DAIMM/H/v1" + bytes(4)).digest(), "big")
    y = pow(x**3 + 7, (P + 1) // 4, P)
    return (x, P - y if y % 2 else y)


def word(value: int) -> bytes:
    return value.to_bytes(32, "big")


def encoded(point: Affine) -> bytes:
    return word(point[0]) + word(point[1])


def require(right: bool, what: str) -> None:
    if not right:
        raise RefusedError(what)


def is_valid(point: Affine) -> bool:
    x, y = point
    return 0 < x < N and y < P and (y * y - x**3 - 7) % P == 0


def lift(point: Affine) -> Jacobian:
    return (*point, 1)


def plain(point: Jacobian) -> Affine:
    """Affine coordinates; the identity has none, and x beyond n no address."""
    x, y, z = point
    require(z != 0, "identity")
    inverse = pow(z, -1, P)
    return (x * inverse**2 % P, y * inverse**3 % P)


def doubled(point: Jacobian) -> Jacobian:
    x, y, z = point
    if z == 0:
        return NOTHING
    s, m = 4 * x * y * y % P, 3 * x * x % P
    x3 = (m * m - 2 * s) % P
    return (x3, (m * (s - x3) - 8 * y**4) % P, 2 * y * z % P)


def plus(one: Jacobian, two: Jacobian) -> Jacobian:
    if one[2] == 0 or two[2] == 0:
        return two if one[2] == 0 else one
    x1, y1, z1 = one
    x2, y2, z2 = two
    u1, u2 = x1 * z2 * z2 % P, x2 * z1 * z1 % P
    s1, s2 = y1 * z2**3 % P, y2 * z1**3 % P
    if u1 == u2:
        return doubled(one) if s1 == s2 else NOTHING
    run, rise = (u2 - u1) % P, (s2 - s1) % P
    square = run * run % P
    cube = square * run % P
    x3 = (rise * rise - cube - 2 * u1 * square) % P
    return (x3, (rise * (u1 * square - x3) - s1 * cube) % P, run * z1 * z2 % P)


def minus(one: Jacobian, two: Jacobian) -> Jacobian:
    return plus(one, (two[0], -two[1] % P, two[2]))


def times(scalar: int, point: Affine) -> Jacobian:
    result, addend = NOTHING, lift(point)
    while scalar:
        if scalar & 1:
            result = plus(result, addend)
        addend = doubled(addend)
        scalar >>= 1
    return result
