"""Derivations from the seed, and the proof that a line's opener knows its key."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daimm_cli.base.errors import DaimmError, VerificationFailed
from daimm_cli.protocol import keys
from daimm_cli.protocol.curve import H, N, Point, SecretScalar, encode, mul, neg
from daimm_cli.protocol.keys import LineProof, prove_line, verify_line
from tools.chain import ROOT

SEED = bytes(range(32))
LABEL = b"L" * 32
ORDER: dict[str, Any] = {
    "chain_id": 1,
    "market": b"m" * 20,
    "offer_id": b"o" * 32,
    "buyer": b"b" * 20,
    "salt": b"s" * 32,
}


def test_the_same_terms_give_the_same_secret() -> None:
    assert keys.line_secret(SEED, LABEL) == keys.line_secret(SEED, LABEL)
    assert keys.order_secret(SEED, **ORDER) == keys.order_secret(SEED, **ORDER)
    spelled = ORDER | {"market": "0x" + b"m".hex() * 20, "buyer": "0x" + b"b".hex() * 20}
    assert keys.order_secret(SEED, **spelled) == keys.order_secret(SEED, **ORDER)


def test_every_term_counts() -> None:
    secrets = {keys.line_secret(SEED, LABEL).value, keys.line_secret(SEED, b"M" * 32).value}
    secrets |= {keys.line_secret(bytes(32), LABEL).value, keys.order_secret(SEED, **ORDER).value}
    for name, value in {
        "chain_id": 2,
        "market": b"M" * 20,
        "offer_id": b"O" * 32,
        "buyer": b"B" * 20,
        "salt": b"S" * 32,
    }.items():
        secrets.add(keys.order_secret(SEED, **(ORDER | {name: value})).value)
    assert len(secrets) == 9


def test_no_two_lists_of_fields_are_one_message() -> None:
    messages = [(b"ab", b"c"), (b"a", b"bc"), (b"abc",), (b"abc", b""), (b"", b"abc")]
    assert len({keys.derive_scalar(SEED, "d", *fields).value for fields in messages}) == 5
    assert keys.derive_scalar(SEED, "da", b"b") != keys.derive_scalar(SEED, "d", b"ab")


def test_a_result_out_of_range_is_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    counters: list[int] = []
    real = hmac.digest

    def out_of_range(key: bytes, message: bytes, name: str) -> bytes:
        counters.append(int.from_bytes(message[-4:], "big"))
        first = [bytes(32), N.to_bytes(32, "big"), b"\xff" * 32]
        return first[len(counters) - 1] if len(counters) <= 3 else real(key, message, name)

    monkeypatch.setattr(hmac, "digest", out_of_range)
    assert 0 < keys.line_secret(SEED, LABEL).value < N
    assert counters == [0, 1, 2, 3]


@pytest.mark.parametrize(
    "wrong",
    [
        {"market": "0x12"},
        {"market": "0x" + "zz" * 20},
        {"market": "0x" + "11" * 20 + "\n"},
        {"market": "11" * 21},
        {"buyer": b"x" * 21},
        {"offer_id": b""},
        {"salt": b"x" * 31},
    ],
)
def test_malformed_terms_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(DaimmError):
        keys.order_secret(SEED, **(ORDER | wrong))


def test_the_page_has_the_label_that_follows_from_a_seed() -> None:
    page = (ROOT / "docs" / "protocol.md").read_text()
    assert keys.line_label(bytes(32), 7).hex() in page
    assert f"2^{keys.LABELS.bit_length() - 1} that no line" in page
    assert f'"{keys.LABEL_TAG.decode()}"' in page


def test_a_seed_or_label_of_another_size_is_refused() -> None:
    for seed, label in ((SEED[1:], LABEL), (SEED, LABEL[1:]), (b"", b"")):
        with pytest.raises(DaimmError) as refused:
            keys.line_secret(seed, label)
        assert repr(seed) not in str(refused.value)


def test_the_file_key_is_what_the_protocol_says() -> None:
    a = keys.line_secret(SEED, LABEL)
    s = mul(a, H)
    assert keys.line_key(a) == s
    assert keys.file_key(s) == hashlib.sha256(b"DAIMM/K/v2" + encode(s)).digest()[:16]


@settings(max_examples=25, deadline=None)
@given(st.integers(1, N - 1), st.binary(max_size=100))
def test_a_line_proof_holds_for_its_line_and_context_only(secret: int, context: bytes) -> None:
    a = SecretScalar(secret)
    proof = prove_line(a, context)
    verify_line(a.point, context, proof)
    assert proof == prove_line(a, context)
    altered = [
        (a.point, context + b"x", proof),
        (a.point, b"x" + context, proof),
        (neg(a.point), context, proof),
        (H, context, proof),
        (a.point, context, LineProof(neg(proof.commitment), proof.response)),
        (a.point, context, LineProof(H, proof.response)),
        (a.point, context, LineProof(proof.commitment, proof.response ^ 1)),
        (a.point, context, LineProof(proof.commitment, proof.response + N)),
        (a.point, context, LineProof(proof.commitment, 0)),
        (a.point, context, LineProof(proof.commitment, N - proof.response)),
    ]
    for line, asked, shown in altered:
        with pytest.raises(VerificationFailed):
            verify_line(line, asked, shown)


def test_one_context_never_shares_its_nonce_with_another() -> None:
    a = keys.line_secret(SEED, LABEL)
    commitments = [prove_line(a, context).commitment for context in (b"", b"a", b"b", b"ab")]
    assert len(set(commitments)) == 4


def test_a_proof_whose_line_follows_from_it_is_refused() -> None:
    """A = (z*G - T) / c for a hash c that leaves A out: nobody need know a."""
    context, z, t = b"context", SecretScalar(5).point, SecretScalar(7).point
    hashed = hashlib.sha256(keys.LINE_PROOF_TAG + encode(t) + context).digest()
    c = int.from_bytes(hashed, "big") % N
    line = mul(pow(c, -1, N), Point(*_difference(z, t)))
    with pytest.raises(VerificationFailed):
        verify_line(line, context, LineProof(t, 5))


def _difference(one: Point, two: Point) -> tuple[int, int]:
    from daimm_cli.protocol.curve import sub

    result = sub(one, two)
    return result.x, result.y
