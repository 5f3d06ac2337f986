"""Transcripts to judge: honest ones, and forgeries that differ from them in one way each.

A transcript is what the contract is called with: request id, A, X and the ten words of a delivery.
"""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.python.protocol import reference
from tests.python.protocol.reference import Affine, Calldata, G, N, P

H = reference.h()
POINTS = ("z", "t2", "u")


@dataclass(frozen=True)
class Transcript:
    """kind: how it was made. true: whether it is to be taken."""

    kind: str
    true: bool
    request_id: bytes
    a: Affine
    x: Affine
    delivery: Calldata

    @property
    def words(self) -> list[int]:
        """As calldata."""
        d = self.delivery
        flat = [*self.a, *self.x, d.receiver, *d.z, d.c, d.w, *d.t2, *d.u, d.slope]
        return [int.from_bytes(self.request_id), *flat]


def times(scalar: int, point: Affine) -> Affine:
    return reference.plain(reference.times(scalar % N, point))


def minus(one: Affine, two: Affine) -> Affine:
    return reference.plain(reference.minus(reference.lift(one), reference.lift(two)))


def plus(one: Affine, two: Affine) -> Affine:
    return minus(one, neg(two))


def neg(point: Affine) -> Affine:
    return (point[0], P - point[1])


def slope(one: Affine, two: Affine) -> int:
    """Of the line through them; anything where there is none."""
    return (two[1] - one[1]) * pow(two[0] - one[0], -1, P) % P if one[0] != two[0] else 7


def beyond_n(draw: random.Random) -> Affine:
    """A point whose x is in [n, p): on the curve, and out of `ecrecover`'s reach."""
    while True:
        x = draw.randrange(N, N + 1000)
        y = pow(x**3 + 7, (P + 1) // 4, P)
        if (y * y - x**3 - 7) % P == 0:
            return (x, draw.choice([y, P - y]))


def changed(delivery: Calldata, name: str, value: Any) -> Calldata:
    return dataclasses.replace(delivery, **{name: value})


@dataclass(frozen=True)
class Prover:
    """Whoever knows a, or says so."""

    a: int
    k: int
    request_id: bytes
    receiver: int
    line: Affine
    x: Affine

    def answer(self, z: Affine, **chosen: Any) -> Calldata:
        """Honest work for any Z. chosen: what to commit to (t1, t2), or to put in instead."""
        t1 = chosen.pop("t1", None) or times(self.k, G)
        t2 = chosen.pop("t2", None) or times(self.k, self.x)
        c = chosen.pop("c", None) or reference.challenge(
            self.request_id, self.receiver, self.line, self.x, z, t1, t2
        )
        w = chosen.pop("w", None) or (self.k + c * self.a) % N
        u = chosen.pop("u", None) or times(w, self.x)
        return Calldata(self.receiver, z, c, w, t2, u, slope(u, neg(t2)))


def transcripts(seed: int, count: int) -> Iterator[Transcript]:
    """So many rounds of one transcript of each kind."""
    draw = random.Random(seed)
    for _ in range(count):
        yield from _round(draw)


def _scalar(draw: random.Random) -> int:
    """Any, also small and large ones."""
    small = draw.randrange(1, 9)
    return draw.choice([small, N - small, 1 << draw.randrange(1, 255), draw.randrange(1, N)])


def _round(draw: random.Random) -> Iterator[Transcript]:
    a, request_id = _scalar(draw), draw.randbytes(32)
    line = times(a, G)
    x = draw.choice(
        [times(_scalar(draw), H), G, neg(G), H, neg(H), line, neg(line), times(a * a, G)]
    )
    receiver = draw.choice([0, draw.getrandbits(160), 1, 2**160 - 1])
    prover = Prover(a, draw.randrange(1, N), request_id, receiver, line, x)
    z = times(a, x)
    honest = prover.answer(z)

    def made(kind: str, delivery: Calldata, *, true: bool = False, **other: Any) -> Transcript:
        return dataclasses.replace(Transcript(kind, true, request_id, line, x, delivery), **other)

    yield made("honest", honest, true=True)
    yield from _wrong_points(draw, prover, z, made)
    yield from _other_statements(draw, prover, z, made)
    yield from _altered(draw, honest, made)


def _wrong_points(
    draw: random.Random, prover: Prover, z: Affine, made: Any
) -> Iterator[Transcript]:
    line, x, a = prover.line, prover.x, prover.a
    wrong = times(draw.randrange(1, N), H)
    answered = prover.answer(wrong)
    yield made("wrong Z", answered)
    fitted = plus(answered.t2, times(answered.c, wrong))
    yield made("wrong Z, U fitted", prover.answer(wrong, u=fitted))
    t2 = minus(answered.u, times(answered.c, wrong))
    yield made("wrong Z, T2 fitted", prover.answer(wrong, t2=t2, c=answered.c))
    yield made(
        "wrong Z, U and T2 swapped", dataclasses.replace(answered, u=answered.t2, t2=answered.u)
    )
    for kind, point in (("-Z", neg(z)), ("A", line), ("X", x), ("S", times(a, H)), ("G", G)):
        if point != z:
            yield made(f"{kind} for Z", prover.answer(point))
    c, w = draw.randrange(1, N), draw.randrange(1, N)
    for kind, point in (("Z", z), ("a wrong Z", wrong)):
        t2 = minus(times(w, x), times(c, point))
        yield made(f"simulated for {kind}", prover.answer(point, t2=t2, c=c, w=w))
    other = times(draw.randrange(1, N), x)
    yield made("commitments that differ", prover.answer(wrong, t2=other))
    fitting = prover.answer(wrong, t2=other)
    term = plus(other, times(fitting.c, wrong))
    yield made("commitments that differ, U fitted", prover.answer(wrong, t2=other, u=term))
    nobody = (0, 0)
    c = reference.challenge(
        prover.request_id, prover.receiver, line, x, z, nobody, times(prover.k, x)
    )
    yield made("no first commitment", prover.answer(z, c=c, w=c * a % N))


def _other_statements(
    draw: random.Random, prover: Prover, z: Affine, made: Any
) -> Iterator[Transcript]:
    honest = prover.answer(z)
    yield made("another request", honest, request_id=draw.randbytes(32))
    yield made("another receiver", dataclasses.replace(honest, receiver=prover.receiver ^ 1 << 80))
    other = draw.randrange(1, N)
    imposter = dataclasses.replace(prover, a=other)
    yield made("another a, its own Z", imposter.answer(times(other, prover.x)))
    yield made("another a, the right Z", imposter.answer(z))
    point = times(draw.randrange(1, N), G)
    yield made("another A", honest, a=point)
    yield made("-A", honest, a=neg(prover.line))
    yield made("another X", honest, x=point)
    yield made("-X", honest, x=neg(prover.x))
    if prover.line != prover.x:
        yield made("A and X swapped", honest, a=prover.x, x=prover.line)
    elsewhere = dataclasses.replace(prover, x=point)
    yield made("a proof for another X", elsewhere.answer(times(prover.a, point)))


def _altered(draw: random.Random, honest: Calldata, made: Any) -> Iterator[Transcript]:
    for name in POINTS:
        x, y = point = getattr(honest, name)
        yield made(f"-{name}", changed(honest, name, neg(point)))
        for kind, other in (
            ("off the curve", (x, (y + draw.randrange(1, P)) % P)),
            ("beyond n", beyond_n(draw)),
            ("nothing", (0, 0)),
        ):
            yield made(f"{name} {kind}", changed(honest, name, other))
    yield made("A beyond n", honest, a=beyond_n(draw))
    yield made("X beyond n", honest, x=beyond_n(draw))
    yield made("T2 is U", dataclasses.replace(honest, t2=honest.u))
    yield made("T2 is -U", dataclasses.replace(honest, t2=neg(honest.u)))
    for name in ("c", "w"):
        value = getattr(honest, name)
        for kind, scalar in (
            ("0", 0), ("n", N), ("negated", N - value), ("next", value % N + 1),
            ("a bit flipped", value ^ 1 << draw.randrange(256)), ("n more", value + N),
        ):  # fmt: skip
            if scalar < 2**256:
                yield made(f"{name} {kind}", changed(honest, name, scalar))
    yield made("slope", dataclasses.replace(honest, slope=draw.randrange(P)))
    yield made("slope negated", dataclasses.replace(honest, slope=P - honest.slope))
    whole = made("", honest).words
    at = draw.randrange(len(whole))
    bit = draw.randrange(160 if at == 5 else 256)
    whole[at] ^= 1 << bit
    yield made(
        "a bit of the calldata flipped",
        Calldata.of(whole[5:]),
        request_id=whole[0].to_bytes(32),
        a=(whole[1], whole[2]),
        x=(whole[3], whole[4]),
    )
