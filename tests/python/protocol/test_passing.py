"""Passing keys on: the library, the contract, the page and the known answers give one verdict."""

from __future__ import annotations

import itertools
import json
import random
import subprocess
import urllib.request
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from daimm_cli.base.errors import DaimmError
from daimm_cli.bindings.structs import HeldKey, Passing, Term
from daimm_cli.protocol import curve, keys, passing
from daimm_cli.protocol.curve import N, Point, SecretScalar
from daimm_cli.protocol.delivery import KeyProof, KeyRequest, open_delivery, prove
from daimm_cli.protocol.passing import PassingInvalid, PassRequest
from tests.python.protocol import reference
from tests.python.protocol.reference import G, P
from tests.python.protocol.transcripts import H, beyond_n, minus, neg, plus, slope, times
from tools import passing_vectors
from tools.chain import ROOT, LocalChain, tool_path

VECTORS: dict[str, Any] = json.loads(passing_vectors.PATH.read_text())
HARNESS = "0x" + "fb" * 20
POINT, TERM = "(uint256,uint256)", "((uint256,uint256),(uint256,uint256),uint256)"
VERIFY = curve.keccak(
    f"verify(bytes32,{POINT},({POINT},{POINT},{POINT}),{POINT},"
    f"(address,{POINT},uint256,uint256,{TERM},{TERM}))".encode()
)[:4]
ERRORS = {
    curve.keccak(signature)[:4].hex(): what
    for signature, what in (
        (b"Secp256k1_PointInvalid(uint256,uint256)", "points"),
        (b"EqualLogs_ScalarOutOfRange()", "scalars"),
        (b"EqualLogs_WrongTerm()", "U"),
        (b"Secp256k1_EqualX(uint256)", "equal x"),
        (b"Secp256k1_SlopeWrong(uint256)", "slope"),
        (b"EqualLogs_WrongDifference()", "U - T"),
        (b"KeyPassing_WrongChallenge(uint256)", "challenge"),
    )
}
"""The contract's errors by selector, and what the page's verifier calls each."""

Affine = reference.Affine

# The words of verify's arguments: id, A, B, X, Z, X', receiver, Z', c, w, and two terms.
A_, B_, X_, Z_, KEY, RECEIVER, Z2, C, W, HELD, PASSED = 1, 3, 5, 7, 9, 11, 12, 14, 15, 16, 21


def at(words: list[int], place: int) -> Affine:
    return (words[place], words[place + 1])


def by_page(words: list[int]) -> str:
    """From docs/protocol.md alone: the table of checks, in its order."""
    try:
        _judge(words)
    except reference.RefusedError as refused:
        return str(refused)
    return "taken"


def _judge(words: list[int]) -> None:
    require = reference.require
    for place in (KEY, Z2):
        require(reference.is_valid(at(words, place)), "points")
    c, w = words[C], words[W]
    require(0 < c < N and 0 < w < N, "scalars")
    for base, image, place in ((B_, X_, HELD), (Z2, KEY, PASSED)):
        t, u = at(words, place), at(words, place + 2)
        require(reference.is_valid(t) and reference.is_valid(u), "points")
        require(reference.plain(reference.times(w, at(words, base))) == u, "U")
        require(u[0] != t[0], "equal x")
        require((words[place + 4] * (t[0] - u[0]) - (-t[1] - u[1])) % P == 0, "slope")
        difference = reference.minus(reference.lift(u), reference.lift(t))
        right = reference.plain(reference.times(c, at(words, image)))
        require(reference.plain(difference) == right, "U - T")
    require(c == page_challenge(words), "challenge")


def page_challenge(words: list[int]) -> int:
    name = "DAIMM/passing/v1/secp256k1/H=" + reference.word(reference.h()[0]).hex()
    ordered = [words[0], words[RECEIVER], *words[A_:RECEIVER], *at(words, Z2)]
    ordered += [*at(words, HELD), *at(words, PASSED)]
    data = curve.keccak(name.encode()) + b"".join(map(reference.word, ordered))
    assert len(data) == 19 * 32
    return int.from_bytes(curve.keccak(data), "big") % N


def by_library(words: list[int]) -> bool:
    try:
        p = [Point(*at(words, place)) for place in (A_, B_, X_, Z_, KEY, Z2)]
        held = HeldKey(p[1], p[2], p[3])
        terms = (
            Term(Point(*at(words, place)), Point(*at(words, place + 2)), words[place + 4])
            for place in (HELD, PASSED)
        )
        receiver = f"0x{words[RECEIVER]:040x}"
        made = Passing(receiver, p[5], words[C], words[W], *terms)
        asked = PassRequest(words[0].to_bytes(32, "big"), p[0], p[4])
        passing.verify_passing(held, asked, made)
    except DaimmError:
        return False
    return True


def answer(words: list[int], x: int, k: tuple[int, int], z: Affine) -> list[int]:
    """Honest work for any Z' and any two commitments."""
    made = [*words[:Z2], *z, 0, 0, *[0] * 10]
    made[HELD : HELD + 2] = times(k[0], at(words, B_))
    made[PASSED : PASSED + 2] = times(k[1], z)
    made[C] = page_challenge(made)
    made[W] = (k[0] + made[C] * x) % N
    return hinted(made)


def hinted(words: list[int]) -> list[int]:
    made = list(words)
    for base, place in ((B_, HELD), (Z2, PASSED)):
        made[place + 2 : place + 4] = times(made[W], at(made, base))
        made[place + 4] = slope(at(made, place + 2), neg(at(made, place)))
    return made


def transcripts(seed: int, rounds: int) -> Iterator[tuple[str, bool, list[int]]]:
    draw = random.Random(seed)
    for _ in range(rounds):
        yield from _round(draw)


def _scalar(draw: random.Random) -> int:
    small = draw.randrange(1, 9)
    return draw.choice([small, N - small, 1 << draw.randrange(1, 255), draw.randrange(1, N)])


def _round(draw: random.Random) -> Iterator[tuple[str, bool, list[int]]]:
    a, x, k = _scalar(draw), _scalar(draw), draw.randrange(1, N)
    base = draw.choice([H, times(_scalar(draw), H)])
    line, key, z = times(a, G), times(x, base), times(x, times(a, H))
    named = [times(_scalar(draw), z), G, neg(G), H, neg(H), line, neg(line), z, key, neg(z)]
    asked = draw.choice(named)
    receiver = draw.choice([0, 1, draw.getrandbits(160), 2**160 - 1])
    head = [draw.getrandbits(256), *line, *base, *key, *z, *asked, receiver, 0, 0, 0, 0]
    right = times(pow(x, -1, N), asked)
    honest = answer(head, x, (k, k), right)
    yield "honest", True, honest

    wrong = draw.choice([times(draw.randrange(1, N), H), neg(right), asked, z, times(a, H)])
    if wrong != right:
        yield from _wrong(draw, honest, x, k, wrong)
    for place in (A_, Z_):
        other = list(honest)
        other[place : place + 2] = neg(at(other, place))
        yield "another A or Z", False, other
    for place in (0, RECEIVER):
        other = list(honest)
        other[place] ^= 1 << draw.randrange(160)
        yield "another request or receiver", False, other
    for place in (B_, X_, KEY, Z2, HELD, HELD + 2, PASSED, PASSED + 2):
        turned, outside, nothing = list(honest), list(honest), list(honest)
        turned[place : place + 2] = neg(at(honest, place))
        yield f"negated {place}", False, turned
        if place >= KEY:  # what is held was checked when it was proven
            outside[place : place + 2] = beyond_n(draw)
            nothing[place : place + 2] = (0, 0)
            yield f"beyond n {place}", False, outside
            yield f"nothing {place}", False, nothing
    for place in (C, W):
        for value in (0, N, N - honest[place], honest[place] % N + 1):
            other = list(honest)
            other[place] = value
            yield f"scalar {place}", False, other
    for place in (HELD, PASSED):
        other = list(honest)
        other[place : place + 2] = other[place + 2 : place + 4]
        yield "T is U", False, other
    other = list(honest)
    where = draw.choice([0, *range(Z2, len(other))])
    other[where] ^= 1 << draw.randrange(256)
    yield "a bit flipped", False, other


def _wrong(
    draw: random.Random, honest: list[int], x: int, k: int, wrong: Affine
) -> Iterator[tuple[str, bool, list[int]]]:
    answered = answer(honest, x, (k, k), wrong)
    yield "wrong Z'", False, answered
    yield "two commitments", False, answer(honest, x, (k, draw.randrange(1, N)), wrong)
    fitted = list(answered)
    u = plus(at(fitted, PASSED), times(fitted[C], at(fitted, KEY)))
    fitted[PASSED + 2 : PASSED + 4] = u
    fitted[PASSED + 4] = slope(u, neg(at(fitted, PASSED)))
    yield "U fitted", False, fitted
    fitted = list(answered)
    t = minus(at(fitted, PASSED + 2), times(fitted[C], at(fitted, KEY)))
    fitted[PASSED : PASSED + 2] = t
    fitted[PASSED + 4] = slope(at(fitted, PASSED + 2), neg(t))
    yield "T fitted", False, fitted
    simulated = [*honest[:Z2], *wrong, draw.randrange(1, N), draw.randrange(1, N), *[0] * 10]
    for base, image, place in ((B_, X_, HELD), (Z2, KEY, PASSED)):
        u = times(simulated[W], at(simulated, base))
        t = minus(u, times(simulated[C], at(simulated, image)))
        simulated[place : place + 4] = [*t, *u]
    yield "simulated", False, hinted(simulated)


@pytest.fixture(scope="module")
def harness() -> Iterator[Any]:
    """The contract's verdict on calldata: "taken", or what it refuses."""
    source = "tests/foundry/mocks/KeyPassingHarness.sol"
    subprocess.run([tool_path("forge"), "build", source], cwd=ROOT, check=True)
    path = ROOT / "out" / "KeyPassingHarness.sol" / "KeyPassingHarness.json"
    code = json.loads(path.read_text())["deployedBytecode"]["object"]
    with LocalChain() as chain:
        chain.rpc("anvil_setCode", HARNESS, code)

        def verdict(words: list[int]) -> str:
            data = VERIFY + b"".join(word.to_bytes(32, "big") for word in words)
            call = {"to": HARNESS, "data": "0x" + data.hex()}
            body = {"jsonrpc": "2.0", "id": 1, "method": "eth_call", "params": [call, "latest"]}
            headers = {"Content-Type": "application/json"}
            request = urllib.request.Request(chain.url, json.dumps(body).encode(), headers)
            with urllib.request.urlopen(request, timeout=60) as response:
                answered = json.load(response)
            return ERRORS[answered["error"]["data"][2:10]] if "error" in answered else "taken"

        yield verdict


@pytest.mark.parametrize(
    ("seed", "rounds"), [(1, 12), pytest.param(2, 300, marks=pytest.mark.slow)]
)
def test_page_library_and_contract_give_one_verdict(harness: Any, seed: int, rounds: int) -> None:
    judged: Counter[str] = Counter()
    for kind, true, words in transcripts(seed, rounds):
        said = by_page(words)
        judged[said] += 1
        assert (said == "taken") == true, kind
        assert harness(words) == said, kind
        assert by_library(words) == true, kind
    assert sum(judged.values()) > 40 * rounds
    assert set(judged) == {"taken", *ERRORS.values()}, "every check refused something"


def words_of(abi: str) -> list[int]:
    data = bytes.fromhex(abi[2:])
    assert len(data) == 26 * 32
    return [int.from_bytes(data[place : place + 32], "big") for place in range(0, len(data), 32)]


def test_the_file_is_what_its_generator_writes() -> None:
    assert passing_vectors.PATH.read_text() == passing_vectors.text(), VECTORS["made_by"]


@pytest.mark.parametrize("row", VECTORS["accepted"], ids=lambda row: row["held"][:10])
def test_accepted(row: dict[str, Any]) -> None:
    words = words_of(row["abi"])
    assert by_page(words) == "taken"
    assert by_library(words)
    z = Point(*at(words, Z2))
    s = open_delivery(SecretScalar(int(row["next_x"], 16)), z)
    assert s == keys.line_key(SecretScalar(int(row["a"], 16)))
    assert "0x" + keys.file_key(s).hex() == row["file_key"]


@pytest.mark.parametrize("row", VECTORS["refused"], ids=lambda row: row["name"])
def test_refused(row: dict[str, Any]) -> None:
    words = words_of(row["abi"])
    assert by_page(words) == ERRORS[curve.keccak(row["error"].encode())[:4].hex()]
    assert not by_library(words)


def test_a_key_goes_from_the_seller_through_three_hands() -> None:
    a, x = SecretScalar(1234), SecretScalar(5678)
    request = KeyRequest(b"\1" * 32, a.point, keys.order_key(x))
    held = passing.delivered(request.key, prove(a, request).z)
    for number in range(2, 5):
        secret = SecretScalar(number * 1000 + 7)
        asked = PassRequest(bytes([number]) * 32, a.point, passing.ask(secret, held))
        made = passing.pass_on(x, held, asked)
        passing.verify_passing(held, asked, made)
        assert passing.pass_on(x, held, asked) == made, "always the same one"
        proof = KeyProof(made.receiver, made.z, made.c, made.w)
        assert passing.hinted(held, asked, proof) == made, "the event's four words are enough"
        assert open_delivery(secret, made.z) == keys.line_key(a)
        held, x = passing.passed(held, asked.key, made.z), secret


def test_somebody_elses_secret_passes_nothing_on() -> None:
    a, x = SecretScalar(1234), SecretScalar(5678)
    held = passing.delivered(keys.order_key(x), curve.mul(a, keys.order_key(x)))
    asked = PassRequest(bytes(32), a.point, passing.ask(SecretScalar(9), held))
    with pytest.raises(DaimmError, match="not the secret of the key"):
        passing.pass_on(SecretScalar(5679), held, asked)
    with pytest.raises(DaimmError, match="32 bytes"):
        PassRequest(bytes(31), a.point, asked.key)
    made = passing.pass_on(x, held, asked)
    with pytest.raises(PassingInvalid, match="another request"):
        passing.verify_passing(held, PassRequest(b"\2" * 32, a.point, asked.key), made)


@dataclass(frozen=True)
class Toy:
    """A group whose points are their logarithms, and addresses of so many bits.

    X = 5*B, and X' is not 5*Z': the statement is false.
    """

    order: int
    bits: int
    b, x, z2, key = 3, 15, 7, 36

    def address(self, point: int) -> int:
        return int(self.hashed("address", point % self.order) % 2**self.bits)

    def hashed(self, *parts: object) -> int:
        return int.from_bytes(curve.keccak(repr(parts).encode()), "big")

    def challenge(self, t1: int, t2: int, salt: int) -> int:
        return 1 + self.hashed(t1 % self.order, t2 % self.order, salt) % (self.order - 1)

    def takes(self, t: tuple[int, int], u: tuple[int, int], c: int, w: int) -> bool:
        """The contract's four comparisons; the challenge is the hash in every try below."""
        sides = ((self.b, self.x), (self.z2, self.key))
        return all(
            self.address(u[i]) == self.address(w * base)
            and self.address(u[i] - t[i]) == self.address(c * image)
            for i, (base, image) in enumerate(sides)
        )

    def tries(self, forge: str) -> float:
        """How many challenges a forgery takes, of 150."""
        found = 0
        for salt in itertools.count(1):
            k = self.hashed("k", salt) % self.order
            t = (k * self.b, k * self.z2)
            if forge == "two commitments":
                t = (k * self.b, self.hashed("k2", salt) % self.order * self.z2)
            c = self.challenge(*t, salt)
            w = k + c * 5
            if forge == "neither":
                w = self.hashed("w", salt) % self.order
            u = [w * self.b, w * self.z2]
            if forge in ("U fitted", "neither"):
                u[1] = t[1] + c * self.key
            if forge == "neither":
                u[0] = t[0] + c * self.x
            found += self.takes(t, (u[0], u[1]), c, w)
            if found == 150:
                return salt / found
        raise AssertionError("the tries ended")


@pytest.mark.parametrize(
    ("forge", "toy", "told"),
    [
        ("two commitments", Toy(211, 64), 211),
        ("wrong difference", Toy(1_000_003, 7), 2**7),
        ("U fitted", Toy(1_000_003, 7), 2**7),
        ("neither", Toy(1_000_003, 4), 2**8),
    ],
)
def test_a_false_key_costs_what_the_page_says(forge: str, toy: Toy, told: int) -> None:
    assert 0.7 * told < toy.tries(forge) < 1.4 * told
