"""Deliveries: what is proved is accepted, opens, and is refused as soon as anything is altered."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daimm_cli.base.errors import DaimmError
from daimm_cli.bindings.structs import Delivery
from daimm_cli.protocol import delivery, keys
from daimm_cli.protocol.curve import CurveError, G, H, N, P, Point, SecretScalar, mul, neg
from daimm_cli.protocol.delivery import (
    NOBODY,
    DeliveryInvalid,
    KeyProof,
    KeyRequest,
    open_delivery,
    prove,
    verify,
    verify_proof,
)
from daimm_cli.protocol.keys import order_key
from tests.python.protocol import reference

A, X = SecretScalar(0xA11CE), SecretScalar(0xB0B)
REQUEST = KeyRequest(b"r" * 32, line=A.point, key=order_key(X))
RECEIVER, STRANGER = "0x" + "ab" * 20, "0x" + "cd" * 20
MADE = prove(A, REQUEST, RECEIVER)
OTHER = SecretScalar(0x0DD).point


def accepted(request: KeyRequest, made: Delivery) -> bool:
    """What both verifiers say; they must say the same."""
    words = [int(made.receiver, 16), made.z.x, made.z.y, made.c, made.w]
    words += [made.t2.x, made.t2.y, made.u.x, made.u.y, made.slope]
    line, key = ((p.x, p.y) for p in (request.line, request.key))
    try:
        reference.verify(request.request_id, line, key, reference.Calldata.of(words))
        by_reference = True
    except reference.RefusedError:
        by_reference = False
    try:
        verify(request, made)
        by_library = True
    except DeliveryInvalid:
        by_library = False
    assert by_library == by_reference
    return by_library


@settings(max_examples=20, deadline=None)
@given(st.integers(1, N - 1), st.integers(1, N - 1), st.binary(min_size=32, max_size=32))
def test_every_delivery_is_accepted_and_opens(a: int, x: int, request_id: bytes) -> None:
    seller, buyer = SecretScalar(a), SecretScalar(x)
    request = KeyRequest(request_id, seller.point, order_key(buyer))
    made = prove(seller, request, RECEIVER)
    assert accepted(request, made)
    assert open_delivery(buyer, made.z) == keys.line_key(seller)
    assert prove(seller, request, RECEIVER) == made, "a second delivery would be another one"


@pytest.mark.parametrize("a", [1, 2, N - 1])
@pytest.mark.parametrize("x", [1, 2, N - 1])
def test_border_secrets(a: int, x: int) -> None:
    seller, buyer = SecretScalar(a), SecretScalar(x)
    request = KeyRequest(bytes(32), seller.point, order_key(buyer))
    made = prove(seller, request)
    assert accepted(request, made)
    assert open_delivery(buyer, made.z) == keys.line_key(seller)


@pytest.mark.parametrize("key", [G, neg(G), H, neg(H), A.point, neg(A.point), MADE.z, OTHER])
def test_whatever_a_buyer_names_is_answered(key: Point) -> None:
    request = KeyRequest(bytes(32), A.point, key)
    made = prove(A, request)
    assert accepted(request, made)
    assert made.z == mul(A, key)


def test_another_lines_secret_is_refused() -> None:
    with pytest.raises(DaimmError):
        prove(X, REQUEST)


def test_another_buyer_opens_something_else() -> None:
    assert open_delivery(SecretScalar(X.value + 1), MADE.z) != keys.line_key(A)


def test_another_request_is_refused() -> None:
    assert accepted(REQUEST, MADE)
    assert not accepted(replace(REQUEST, request_id=b"s" * 32), MADE)
    for point in (OTHER, neg(REQUEST.line)):
        assert not accepted(replace(REQUEST, line=point), MADE)
    for point in (OTHER, neg(REQUEST.key)):
        assert not accepted(replace(REQUEST, key=point), MADE)
    assert not accepted(KeyRequest(REQUEST.request_id, REQUEST.key, REQUEST.line), MADE)


@pytest.mark.parametrize("name", [field.name for field in fields(Delivery)])
def test_every_altered_field_is_refused(name: str) -> None:
    value = getattr(MADE, name)
    others: list[Any]
    if isinstance(value, Point):
        others = [OTHER, neg(value), MADE.t2 if name == "z" else MADE.z]
    elif name == "receiver":
        others = [NOBODY, STRANGER]
    else:
        others = [0, value + 1, value ^ 1, N - value, value + N, N, P, 2**256 - 1]
    for other in others:
        altered: dict[str, Any] = {name: other}
        if isinstance(other, int) and other >= 2**256:
            with pytest.raises(DaimmError, match="whole number"):
                replace(MADE, **altered)
        else:
            assert not accepted(REQUEST, replace(MADE, **altered))


def test_what_the_event_keeps_is_a_whole_proof() -> None:
    proof = KeyProof.of(MADE)
    verify_proof(REQUEST, proof)
    altered = [
        replace(proof, receiver=STRANGER),
        replace(proof, receiver=NOBODY),
        replace(proof, z=OTHER),
        replace(proof, z=neg(proof.z)),
        *(replace(proof, c=c) for c in (0, N, N - proof.c, proof.c ^ 1)),
        *(replace(proof, w=w) for w in (0, N, N - proof.w, proof.w ^ 1)),
    ]
    for other in altered:
        with pytest.raises(DeliveryInvalid):
            verify_proof(REQUEST, other)


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from([field.name for field in fields(Delivery)]),
    st.sampled_from([field.name for field in fields(Delivery)]),
    st.integers(1, N - 1),
)
def test_altered_pairs_of_fields_are_refused(one: str, two: str, scalar: int) -> None:
    changes: dict[str, Any] = {}
    for name in (one, two):
        if name == "receiver":
            changes[name] = f"0x{scalar % 2**160:040x}"
        else:
            is_point = isinstance(getattr(MADE, name), Point)
            changes[name] = mul(scalar, H) if is_point else scalar
    assert not accepted(REQUEST, replace(MADE, **changes))


def test_a_slope_counts_modulo_p() -> None:
    larger = replace(MADE)
    object.__setattr__(larger, "slope", MADE.slope + P)  # only small ones fit a word then
    assert accepted(REQUEST, larger)


def test_nobody_else_can_take_the_fee() -> None:
    assert accepted(REQUEST, MADE)
    assert not accepted(REQUEST, replace(MADE, receiver=STRANGER))
    assert not accepted(REQUEST, replace(prove(A, REQUEST), receiver=STRANGER))


class Draws:
    """Nonces that a test chooses first, and what was asked of them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *chosen: int) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self.drawn: list[int] = []
        real = keys.derive_scalar

        def derive(key: bytes, domain: str, *parts: bytes) -> SecretScalar:
            number = len(self.asked)
            self.asked.append((domain, *parts))
            found = real(key, domain, *parts)
            made = SecretScalar(chosen[number]) if number < len(chosen) else found
            self.drawn.append(made.value)
            return made

        monkeypatch.setattr(delivery, "derive_scalar", derive)


def test_an_answer_without_a_slope_is_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """w = k makes U and T2 one point, which the contract cannot add."""
    real, draws = delivery.challenge, Draws(monkeypatch)
    first = [N]  # c = 0 modulo n: w is k then

    def unlucky(*given: Any) -> int:
        return first.pop() if first else real(*given)

    monkeypatch.setattr(delivery, "challenge", unlucky)
    made = prove(A, REQUEST)
    assert [asked[-1] for asked in draws.asked] == [bytes(4), (1).to_bytes(4, "big")]
    assert draws.drawn[0] != draws.drawn[1]
    assert accepted(REQUEST, made)


def test_a_request_that_no_draw_can_answer_ends_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    draws = Draws(monkeypatch)
    monkeypatch.setattr(delivery, "slope", _no_slope)
    with pytest.raises(DaimmError, match="decline it"):
        prove(A, REQUEST)
    assert [asked[-1] for asked in draws.asked] == [n.to_bytes(4, "big") for n in range(16)]
    assert len(set(draws.drawn)) == 16


def _no_slope(*_points: Point) -> int:
    raise CurveError("none")


def test_nonces_depend_on_the_whole_statement(monkeypatch: pytest.MonkeyPatch) -> None:
    draws = Draws(monkeypatch)
    prove(A, REQUEST, RECEIVER)
    prove(A, REQUEST, STRANGER)
    prove(A, replace(REQUEST, request_id=b"s" * 32), RECEIVER)
    prove(A, replace(REQUEST, key=OTHER), RECEIVER)
    prove(X, replace(REQUEST, line=X.point), RECEIVER)
    assert len(set(draws.drawn)) == len(draws.drawn) == 5


def test_a_fault_in_z_changes_the_nonce(monkeypatch: pytest.MonkeyPatch) -> None:
    draws = Draws(monkeypatch)
    prove(A, REQUEST)
    monkeypatch.setattr(delivery, "mul", lambda s, p: OTHER if s is A else mul(s, p))
    faulty = prove(A, REQUEST)
    assert draws.drawn[0] != draws.drawn[1]
    assert not accepted(REQUEST, faulty)


def test_secrets_meet_a_strangers_point_in_constant_time_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By the library's ECDH; its ordinary multiplication takes a time that tells the scalar."""
    import coincurve

    def variable(*_given: Any, **_named: Any) -> Any:
        raise AssertionError("in variable time")

    monkeypatch.setattr(coincurve.PublicKey, "multiply", variable)
    monkeypatch.setattr(coincurve.PublicKey, "add", variable)
    made = prove(A, REQUEST)
    assert open_delivery(X, made.z) == keys.line_key(A)


@pytest.mark.parametrize("coordinates", [(1, 1), (0, 0), (REQUEST.key.x, REQUEST.key.y ^ 1)])
def test_a_point_of_another_curve_never_meets_the_secret(coordinates: tuple[int, int]) -> None:
    with pytest.raises(DaimmError):
        prove(A, KeyRequest(bytes(32), A.point, Point(*coordinates)))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=70),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["x", "y", "z"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(JSON, st.sampled_from([field.name for field in fields(Delivery)]))
def test_malformed_json_is_refused(junk: object, name: str) -> None:
    for data in (junk, MADE.to_json() | {name: junk}, MADE.to_json() | {"more": junk}):
        with pytest.raises(DaimmError):
            Delivery.from_json(data)


def test_a_request_id_has_32_bytes() -> None:
    for size in (0, 31, 33):
        with pytest.raises(DaimmError):
            KeyRequest(bytes(size), A.point, OTHER)


def test_nothing_secret_shows() -> None:
    s = open_delivery(X, MADE.z)
    shown = repr((A, X, REQUEST, MADE, s))
    for secret in (A.value, X.value, s.x, s.y):
        assert str(secret) not in shown
        assert f"{secret:x}" not in shown
