"""Points and scalars of secp256k1, on libsecp256k1.

>>> secret = SecretScalar(7)
>>> add(mul(secret, G), mul(3, G)) == mul(10, G)
True
>>> secret
SecretScalar(hidden)

`python -m daimm_cli.protocol.curve` makes the second generator H anew and prints how.

Multiplication takes the same time whatever the scalar (`secp256k1_ecdh` and key generation do; the
library's ordinary point multiplication does not). Arithmetic of scalars modulo n is Python's and
has no such promise: the seller's keeper should not share a machine with strangers.
"""

from __future__ import annotations

import functools
import hashlib
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from daimm_cli.base.errors import DaimmError

P = 2**256 - 2**32 - 977
"""The field's modulus."""

N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
"""The group's order, a prime below P."""


class CurveError(DaimmError):
    """Not a point or scalar of the protocol, or a result that has no affine coordinates."""


@dataclass(frozen=True, eq=False)
class Point:
    """A point in affine coordinates. Making one checks the equation, 0 < x < n and 0 < y < p.

    x is held below n, not p: `ecrecover` can't take the few points with a larger one.
    """

    x: int
    y: int

    def __post_init__(self) -> None:
        if not (0 < self.x < N and 0 < self.y < P and (self.y**2 - self.x**3 - 7) % P == 0):
            raise CurveError(
                "These coordinates are no usable point of secp256k1: check where they come from."
            )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Point) and (self.x, self.y) == (other.x, other.y)

    def __hash__(self) -> int:
        return hash((self.x, self.y))


@dataclass(frozen=True, eq=False)
class SecretPoint(Point):
    """A point that must not be shown, such as a line's S: its repr hides it."""

    x: int = field(repr=False)
    y: int = field(repr=False)

    def __repr__(self) -> str:
        return "SecretPoint(hidden)"


class _Blank(Point):
    def __post_init__(self) -> None:
        """No equation holds for it."""


NO_POINT = _Blank(0, 0)
"""Two zeros where a struct's point is left blank, for the market to fill in. It is on no curve, and
whatever is computed with it raises CurveError."""


@dataclass(frozen=True)
class SecretScalar:
    """A scalar in [1, n - 1] that must not be shown: its repr hides it."""

    value: int = field(repr=False)

    def __post_init__(self) -> None:
        require_scalar(self.value)

    def __repr__(self) -> str:
        return "SecretScalar(hidden)"

    def __bytes__(self) -> bytes:
        return self.value.to_bytes(32, "big")

    @functools.cached_property
    def point(self) -> Point:
        """The public point, this scalar times G."""
        return mul(self, G)


def require_scalar(value: int) -> int:
    """`value`, if it is in [1, n - 1]; raises CurveError, without the value, if it isn't."""
    if not 0 < value < N:
        raise CurveError("A scalar of secp256k1 must be in [1, n - 1].")
    return value


def mul(scalar: int | SecretScalar, point: Point) -> Point:
    """scalar * point, in time that does not depend on the scalar."""
    secret = (
        bytes(scalar)
        if isinstance(scalar, SecretScalar)
        else require_scalar(scalar).to_bytes(32, "big")
    )
    if point == G:
        return decode(_generate(secret))
    return decode(_multiplication()(secret, encode(point)))


def add(one: Point, two: Point) -> Point:
    """The sum; raises CurveError where it is the identity."""
    if one == neg(two):
        raise CurveError(
            "A point and its negative add up to the identity, which has no coordinates."
        )
    from coincurve import PublicKey

    total = PublicKey.combine_keys([_parsed(encode(one)), _parsed(encode(two))])
    return decode(total.format(compressed=False)[1:])


def neg(point: Point) -> Point:
    return Point(point.x, P - point.y)


def sub(one: Point, two: Point) -> Point:
    """The difference; raises CurveError where it is the identity."""
    return add(one, neg(two))


def slope(one: Point, two: Point) -> int:
    """Slope of the line through two points, modulo p; raises CurveError for equal x."""
    if one.x == two.x:
        raise CurveError("There is no such line through two points with one x.")
    return (two.y - one.y) * pow(two.x - one.x, -1, P) % P


def encode(point: Point) -> bytes:
    """64 bytes: x and y, big-endian."""
    return point.x.to_bytes(32, "big") + point.y.to_bytes(32, "big")


def compress(point: Point) -> bytes:
    """33 bytes: whether y is odd, and x (SEC 1)."""
    return bytes([2 + point.y % 2]) + point.x.to_bytes(32, "big")


def decode(data: bytes) -> Point:
    """The point that `encode` wrote; raises CurveError for anything else."""
    if len(data) != 64:
        raise CurveError(f"An encoded point has 64 bytes; these are {len(data)}.")
    return Point(int.from_bytes(data[:32], "big"), int.from_bytes(data[32:], "big"))


def address_bytes(point: Point) -> bytes:
    """The 20 bytes of the point's Ethereum address."""
    return keccak(encode(point))[12:]


def keccak(data: bytes) -> bytes:
    """Keccak-256, 32 bytes."""
    from sha3 import keccak_256

    return bytes(keccak_256(data).digest())


H_SEED = b"DAIMM/H/v1"


def derive_h() -> tuple[int, Point]:
    """H and the counter at which it was found.

    x is the first of sha256(H_SEED || uint32_be(counter)), counter = 0, 1, ..., that is in
    [1, n - 1] and on the curve; y is even.
    """
    counter = 0
    while True:
        x = int.from_bytes(hashlib.sha256(H_SEED + counter.to_bytes(4, "big")).digest(), "big")
        y = pow(x**3 + 7, (P + 1) // 4, P)
        if 0 < x < N and (y * y - x**3 - 7) % P == 0:
            return counter, Point(x, y if y % 2 == 0 else P - y)
        counter += 1


G = Point(
    0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
    0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8,
)
"""The curve's generator."""

H = Point(
    0xE0260A520A982811DEB5ED1854CE290618C3FBB9317B2E3959B169CE0C09D680,
    0x34493DB778C27A9C203939D01C8113ACC6DE82596A7B76B6F191A43082EBBBA0,
)
"""The second generator: `derive_h` makes it, and nobody knows its logarithm to base G."""


def _parsed(point: bytes) -> Any:
    from coincurve import PublicKey

    try:
        return PublicKey(b"\x04" + point)
    except ValueError:
        raise CurveError("A point was left blank: give the real one.") from None


def _generate(secret: bytes) -> bytes:
    from coincurve import PublicKey

    return PublicKey.from_valid_secret(secret).format(compressed=False)[1:]


@functools.cache
def _multiplication() -> Callable[[bytes, bytes], bytes]:
    """The library's constant-time one, which is ECDH: its "hash" here is the point itself."""
    from coincurve import GLOBAL_CONTEXT
    from coincurve._libsecp256k1 import ffi, lib

    @ffi.callback("int(unsigned char *, const unsigned char *, const unsigned char *, void *)")  # type: ignore[untyped-decorator]
    def whole_point(output: Any, x: Any, y: Any, _: Any) -> int:
        ffi.memmove(output, x, 32)
        ffi.memmove(output + 32, y, 32)
        return 1

    def multiply(secret: bytes, point: bytes) -> bytes:
        output = ffi.new("unsigned char[64]")
        done = lib.secp256k1_ecdh(
            GLOBAL_CONTEXT.ctx, output, _parsed(point).public_key, secret, whole_point, ffi.NULL
        )
        if not done:
            raise CurveError("The product has no coordinates: the scalar is out of range.")
        return bytes(output)

    return multiply


def _main() -> None:
    counter, point = derive_h()
    print(f"sha256({H_SEED!r} || uint32_be({counter})) is the x of H")  # noqa: T201
    print(f"x = {point.x:064x}\ny = {point.y:064x} (even)")  # noqa: T201
    print("This is the H of this release." if point == H else "This is NOT the H of this release!")  # noqa: T201
    sys.exit(0 if point == H else 1)


if __name__ == "__main__":
    _main()
