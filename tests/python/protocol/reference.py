"""A second opinion: the verifier as the contract has it, on py_ecc's arithmetic alone.

It sees plain numbers, and knows ecrecover only by the definition of signature recovery.
"""

from __future__ import annotations

import hashlib
from typing import Any

from eth_hash.auto import keccak
from py_ecc.secp256k1 import secp256k1 as ecc

N, P = ecc.N, ecc.P
Pair = tuple[int, int]


class RefusedError(Exception):
    """The contract would revert."""


def h() -> Pair:
    x = int.from_bytes(hashlib.sha256(b"DAIMM/H/v1" + bytes(4)).digest(), "big")
    y = pow(x**3 + 7, (P + 1) // 4, P)
    return (x, P - y if y % 2 else y)


def word(value: int) -> bytes:
    return value.to_bytes(32, "big")


def address(point: Pair) -> bytes:
    return keccak(word(point[0]) + word(point[1]))[12:]


def ecrecover(z: int, v: int, r: int, s: int) -> bytes:
    """The precompile: 20 bytes, zero for whatever is no signature."""
    if not (0 < r < N and 0 < s < N and v in (27, 28)):
        return bytes(20)
    try:
        point = ecc.ecdsa_raw_recover(word(z), (v, r, s))
    except ValueError:
        return bytes(20)
    return bytes(20) if point == (0, 0) else address(point)


def mul_add(point: Pair, scalar: int, t: int) -> bytes:
    x, y = point
    result = ecrecover(-t * x % N, 27 + y % 2, x, scalar * x % N)
    require(result != bytes(20))
    return result


def add(one: Pair, two: Pair, slope: int) -> Pair:
    require(one[0] != two[0])
    require((slope * (two[0] - one[0]) - (two[1] - one[1])) % P == 0)
    x = (slope * slope - one[0] - two[0]) % P
    return (x, (slope * (one[0] - x) - one[1]) % P)


def require(right: bool) -> None:
    if not right:
        raise RefusedError


def verify(request_id: bytes, line: Pair, recipient: Pair, delivery: tuple[Any, ...]) -> None:
    r, d, t3, c, za, zr, u, v, slope_sum, slope_rest = delivery
    for x, y in (line, recipient, r, d, t3, u, v):
        require(0 < x < N and 0 < y < P and (y * y - x**3 - 7) % P == 0)
    for scalar in (c, za, zr):
        require(0 < scalar < N)
    t1 = mul_add(line, N - c, za)
    t2 = mul_add(r, N - c, zr)
    require(address(u) == mul_add(h(), za, 0))
    require(address(v) == mul_add(recipient, zr, 0))
    rest = add(add(u, v, slope_sum), (t3[0], P - t3[1]), slope_rest)
    require(address(rest) == mul_add(d, c, 0))
    tag = keccak(b"DAIMM/delivery/v1/secp256k1/H=" + word(h()[0]).hex().encode())
    points = b"".join(word(x) + word(y) for x, y in (line, recipient, r, d))
    hashed = keccak(tag + request_id + points + t1 + t2 + word(t3[0]) + word(t3[1]))
    require(c == int.from_bytes(hashed, "big") % N)
