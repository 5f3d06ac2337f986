"""Every forgery of docs/protocol.md, "Why a wrong key does not pass", found in a small group.

Points are their logarithms modulo a small prime, addresses a few bits of a hash. A cheat here knows
all logarithms, as the argument allows. Each test counts how many challenges they ask for until the
verifier takes a false statement, and compares with what the page says: 2^bits stands for 2^160,
the order for n.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

A, X, Z = 3, 5, 16
"""Z is not A * X = 15: e is not 0."""


def hashed(*parts: object) -> int:
    return int.from_bytes(hashlib.sha256(repr(parts).encode()).digest(), "big")


@dataclass(frozen=True)
class Proof:
    t2: int
    c: int
    w: int
    u: int


@dataclass(frozen=True)
class Group:
    """A group of a small prime order, and addresses of so many bits."""

    order: int
    bits: int

    def address(self, point: int) -> int:
        return int(hashed("address", point % self.order) % 2**self.bits)

    def challenge(self, t1: int, t2: int, salt: object) -> int:
        """salt: another request, for another try with the same commitments."""
        return 1 + hashed("challenge", t1, t2, salt) % (self.order - 1)

    def takes(self, proof: Proof, salt: object, z: int = Z) -> bool:
        """The contract's checks."""
        t1 = self.address(proof.w - proof.c * A)
        if self.address(proof.u) != self.address(proof.w * X):
            return False
        if self.address(proof.u - proof.t2) != self.address(proof.c * z):
            return False
        return proof.c == self.challenge(t1, proof.t2 % self.order, salt)

    def fitting(self, c: int, t2: int) -> int:
        """The one w with w*X = T2 + c*Z."""
        return (t2 + c * Z) * pow(X, -1, self.order) % self.order


def mean(tries: Iterator[bool], forgeries: int = 200) -> float:
    """How many challenges a forgery took."""
    left = forgeries
    for count, found in enumerate(tries, 1):
        left -= found
        if not left:
            return count / forgeries
    raise AssertionError("the tries ended")


def near(measured: float, told: float) -> bool:
    return 0.75 * told < measured < 1.33 * told


def test_an_honest_proof_is_taken_and_only_for_its_own_point() -> None:
    group = Group(1_000_003, 32)
    for k in range(1, 100):
        c = group.challenge(group.address(k), k * X, k)
        w = k + c * A
        honest = Proof(k * X, c, w, w * X)
        assert group.takes(honest, k, z=A * X)
        assert not group.takes(honest, k)


def test_with_points_alone_one_challenge_in_n_fits() -> None:
    """T1 = k1*G, T2 = k2*X: c must be (k1 - k2) / e."""
    group = Group(211, 64)

    def tries() -> Iterator[bool]:
        for salt in itertools.count():
            k1, k2 = hashed("k1", salt) % 211, hashed("k2", salt) % 211
            c = group.challenge(group.address(k1), k2 * X % 211, salt)
            w = k1 + c * A
            yield group.takes(Proof(k2 * X, c, w, w * X), salt)

    assert near(mean(tries()), 211)


def test_dropping_the_first_commitment_costs_an_address() -> None:
    group = Group(1_000_003, 7)

    def tries() -> Iterator[bool]:
        for salt in itertools.count():
            t1, t2 = hashed("t1", salt) % 2**7, hashed("t2", salt) % group.order
            c = group.challenge(t1, t2, salt)
            w = group.fitting(c, t2)
            yield group.takes(Proof(t2, c, w, w * X), salt)

    assert near(mean(tries()), 2**7)


@pytest.mark.parametrize("preimages", [2, 4])
def test_known_preimages_of_the_first_commitment_divide_the_cost(preimages: int) -> None:
    """A t1 that is the address of m points known before: w may be the one for any of them, but each
    has its own challenge to fit, so it is the address of the other comparisons that must be met."""
    group = Group(1_000_003, 7)
    points = [k for k in range(20_000) if group.address(k) == 0][:preimages]

    def tries() -> Iterator[bool]:
        for salt in itertools.count():
            t2 = hashed("t2", salt) % group.order
            c = group.challenge(0, t2, salt)
            responses = [k + c * A for k in points]
            yield any(group.takes(Proof(t2, c, w, t2 + c * Z), salt) for w in responses)

    assert near(mean(tries()), 2**7 / preimages)


def test_a_term_made_to_fit_costs_an_address() -> None:
    """U = T2 + c*Z must have the address of w*X."""
    group = Group(1_000_003, 7)

    def tries() -> Iterator[bool]:
        for salt in itertools.count():
            k = hashed("k", salt) % group.order
            c = group.challenge(group.address(k), k * X % group.order, salt)
            yield group.takes(Proof(k * X, c, k + c * A, k * X + c * Z), salt)

    assert near(mean(tries()), 2**7)


def test_a_difference_that_is_another_point_costs_an_address() -> None:
    """With U = w*X, U - T2 must have the address of c*Z."""
    group = Group(1_000_003, 7)

    def tries() -> Iterator[bool]:
        for salt in itertools.count():
            k = hashed("k", salt) % group.order
            c = group.challenge(group.address(k), k * X % group.order, salt)
            w = k + c * A
            yield group.takes(Proof(k * X, c, w, w * X), salt)

    assert near(mean(tries()), 2**7)


def test_other_points_on_both_sides_cost_two_addresses_for_every_point_at_hand() -> None:
    """U from a table of L points: 2^(2 * BITS) / L challenges."""
    group, at_hand = Group(1_000_003, 8), 4096
    table: dict[int, list[int]] = {}
    for number in range(at_hand):
        point = hashed("table", number) % group.order
        table.setdefault(group.address(point), []).append(point)

    def tries() -> Iterator[bool]:
        for salt in itertools.count():
            k = hashed("k", salt) % group.order
            c = group.challenge(group.address(k), k * X % group.order, salt)
            w = k + c * A
            us = table.get(group.address(w * X), [])
            yield any(group.takes(Proof(k * X, c, w, u), salt) for u in us)

    assert near(mean(tries()), 2**16 / at_hand)


def test_where_one_party_chooses_both_sides_half_the_bits_are_enough() -> None:
    """What no check may be: two points of one's own with one address."""
    group = Group(1_000_000_007, 16)
    tried = []
    for run in range(200):
        seen: set[int] = set()
        for number in itertools.count(1):
            address = group.address(hashed(run, number))
            if address in seen:
                tried.append(number)
                break
            seen.add(address)
    assert near(sum(tried) / len(tried), 1.25 * 2**8)
