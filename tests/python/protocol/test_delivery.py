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
from daimm_cli.protocol.curve import H, N, P, Point, SecretScalar, add, mul, neg, slope, sub
from daimm_cli.protocol.delivery import (
    DeliveryInvalid,
    KeyRequest,
    open_delivery,
    prove,
    verify,
)
from tests.python.protocol import reference

A, B = SecretScalar(0xA11CE), SecretScalar(0xB0B)
REQUEST = KeyRequest(b"r" * 32, line=A.point, recipient=B.point)
MADE = prove(A, REQUEST)
OTHER = SecretScalar(0x0DD).point


def accepted(request: KeyRequest, made: Delivery) -> bool:
    """What both verifiers say; they must say the same."""
    line, recipient = ((p.x, p.y) for p in (request.line, request.recipient))
    try:
        reference.verify(request.request_id, line, recipient, made.to_abi())
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
def test_every_delivery_is_accepted_and_opens(a: int, b: int, request_id: bytes) -> None:
    seller, buyer = SecretScalar(a), SecretScalar(b)
    request = KeyRequest(request_id, seller.point, buyer.point)
    made = prove(seller, request)
    assert accepted(request, made)
    assert open_delivery(buyer, made.r, made.d) == keys.line_key(seller)
    assert prove(seller, request) == made, "a second delivery would be another one"


@pytest.mark.parametrize("a", [1, 2, N - 1])
@pytest.mark.parametrize("b", [1, 2, N - 1])
def test_border_secrets(a: int, b: int) -> None:
    seller, buyer = SecretScalar(a), SecretScalar(b)
    request = KeyRequest(bytes(32), seller.point, buyer.point)
    made = prove(seller, request)
    assert accepted(request, made)
    assert open_delivery(buyer, made.r, made.d) == keys.line_key(seller)


def test_another_lines_secret_is_refused() -> None:
    with pytest.raises(DaimmError):
        prove(B, REQUEST)


def test_another_recipient_opens_something_else() -> None:
    assert open_delivery(SecretScalar(B.value + 1), MADE.r, MADE.d) != keys.line_key(A)


def test_a_pair_that_opens_to_nothing_is_refused() -> None:
    with pytest.raises(DeliveryInvalid):
        open_delivery(B, MADE.r, mul(B, MADE.r))


def test_another_request_is_refused() -> None:
    assert accepted(REQUEST, MADE)
    assert not accepted(replace(REQUEST, request_id=b"s" * 32), MADE)
    for point in (OTHER, neg(REQUEST.line)):
        assert not accepted(replace(REQUEST, line=point), MADE)
    for point in (OTHER, neg(REQUEST.recipient)):
        assert not accepted(replace(REQUEST, recipient=point), MADE)
    assert not accepted(KeyRequest(REQUEST.request_id, B.point, A.point), MADE)


@pytest.mark.parametrize("name", [field.name for field in fields(Delivery)])
def test_every_altered_field_is_refused(name: str) -> None:
    value = getattr(MADE, name)
    others: list[Any] = (
        [OTHER, neg(value), MADE.d if name == "r" else MADE.r]
        if isinstance(value, Point)
        else [0, value + 1, value ^ 1, N - value, value + N, N, P, 2**256 - 1]
    )
    for other in others:
        altered: dict[str, Any] = {name: other}
        if isinstance(other, int) and other >= 2**256:
            with pytest.raises(DaimmError, match="whole number"):
                replace(MADE, **altered)
        else:
            assert not accepted(REQUEST, replace(MADE, **altered))


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from([field.name for field in fields(Delivery)]),
    st.sampled_from([field.name for field in fields(Delivery)]),
    st.integers(1, N - 1),
)
def test_altered_pairs_of_fields_are_refused(one: str, two: str, scalar: int) -> None:
    changes: dict[str, Any] = {}
    for name in (one, two):
        is_point = isinstance(getattr(MADE, name), Point)
        changes[name] = mul(scalar, H) if is_point else scalar
    assert not accepted(REQUEST, replace(MADE, **changes))


def test_a_slope_counts_modulo_p() -> None:
    larger = replace(MADE)
    object.__setattr__(larger, "slope_sum", MADE.slope_sum + P)  # only small ones fit a word then
    assert accepted(REQUEST, larger)


def forge(d: Point, **chosen: Any) -> Delivery:
    """A delivery of any D with honest responses and hints."""
    k1, k2 = SecretScalar(11), SecretScalar(13)
    r = SecretScalar(17)
    t3 = add(mul(k1, H), mul(k2, REQUEST.recipient))
    c = delivery.challenge(REQUEST, r.point, d, k1.point, k2.point, t3)
    za, zr = (k1.value + c * A.value) % N, (k2.value + c * r.value) % N
    return with_slopes(
        Delivery(r.point, d, t3, c, za, zr, mul(za, H), mul(zr, REQUEST.recipient), 0, 0),
        **chosen,
    )


def with_slopes(made: Delivery, **chosen: Any) -> Delivery:
    made = replace(made, **chosen)
    total = add(made.u, made.v)
    return replace(made, slope_sum=slope(made.u, made.v), slope_rest=slope(total, neg(made.t3)))


def test_forgeries_that_fit_all_checks_but_one_are_refused() -> None:
    mask = mul(17, REQUEST.recipient)
    assert accepted(REQUEST, forge(add(keys.line_key(A), mask))), "the forger's honest work passes"
    wrong = add(mul(12345, H), mask)
    made = forge(wrong)
    assert not accepted(REQUEST, made)
    rest = add(made.t3, mul(made.c, wrong))
    assert not accepted(REQUEST, forge(wrong, u=sub(rest, made.v)))
    assert not accepted(REQUEST, forge(wrong, v=sub(rest, made.u)))
    t3 = sub(add(made.u, made.v), mul(made.c, wrong))
    assert not accepted(REQUEST, forge(wrong, t3=t3))
    assert not accepted(REQUEST, forge(mask)), "D = r*B, a key of zero"
    assert not accepted(REQUEST, forge(keys.line_key(A))), "D = a*H, encrypted to nobody"


def test_equal_x_is_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """B = H with r = a and k1 = k2 makes u and v one point, which the contract can't add."""
    request = KeyRequest(bytes(32), A.point, H)
    real = keys.derive_scalar
    drawn: list[str] = []

    def unlucky(key: bytes, domain: str, *parts: bytes) -> SecretScalar:
        drawn.append(domain)
        if len(drawn) > 3:
            return real(key, domain, *parts)
        return A if domain.endswith("/r") else SecretScalar(99)

    monkeypatch.setattr(delivery, "derive_scalar", unlucky)
    made = prove(A, request)
    assert len(drawn) == 6
    assert accepted(request, made)


def test_a_request_that_no_draw_can_answer_ends_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn: list[bytes] = []

    def unlucky(key: bytes, domain: str, *parts: bytes) -> SecretScalar:
        drawn.append(parts[-1])
        return A if domain.endswith("/r") else SecretScalar(99)

    monkeypatch.setattr(delivery, "derive_scalar", unlucky)
    with pytest.raises(DaimmError, match="decline it"):
        prove(A, KeyRequest(bytes(32), A.point, H))
    assert drawn == [count.to_bytes(4, "big") for count in range(16) for _ in range(3)]


def test_nonces_depend_on_the_whole_request(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[tuple[str, int]] = []
    real = keys.derive_scalar

    def recorded(key: bytes, domain: str, *parts: bytes) -> SecretScalar:
        scalar = real(key, domain, *parts)
        drawn.append((domain, scalar.value))
        return scalar

    monkeypatch.setattr(delivery, "derive_scalar", recorded)
    requests = [
        REQUEST,
        replace(REQUEST, request_id=b"s" * 32),
        replace(REQUEST, recipient=OTHER),
    ]
    for request in requests:
        prove(A, request)
    prove(B, replace(REQUEST, line=B.point))
    assert len({value for _, value in drawn}) == len(drawn) == 12


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=70),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["x", "y", "r"]), inner, max_size=3)
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
            KeyRequest(bytes(size), A.point, B.point)


def test_nothing_secret_shows() -> None:
    s = open_delivery(B, MADE.r, MADE.d)
    shown = repr((A, B, REQUEST, MADE, s))
    for secret in (A.value, B.value, s.x, s.y):
        assert str(secret) not in shown
        assert f"{secret:x}" not in shown
