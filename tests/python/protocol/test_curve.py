"""Points and scalars, against py_ecc's independent arithmetic."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from py_ecc.secp256k1 import secp256k1 as ecc

from daimm_cli.base.text import to_json
from daimm_cli.protocol import curve
from daimm_cli.protocol.curve import (
    NO_POINT,
    CurveError,
    G,
    H,
    N,
    P,
    Point,
    SecretPoint,
    SecretScalar,
    add,
    decode,
    encode,
    mul,
    neg,
    slope,
    sub,
)
from tests.python.protocol import reference
from tools import delivery_vectors

SCALARS = st.one_of(
    st.integers(1, N - 1), st.sampled_from([1, 2, 3, N // 2, N // 2 + 1, N - 2, N - 1])
)
Y_OF_N = 0x98F66641CB0AE1776B463EBDEE3D77FE2658F021DB48E2C8AC7AB4C92F83621E


def pair(point: Point) -> tuple[int, int]:
    return (point.x, point.y)


def ecrecover(z: int, v: int, r: int, s: int) -> bytes:
    """The precompile, by the definition of signature recovery: zero for what is no signature."""
    if not (0 < r < N and 0 < s < N and v in (27, 28)):
        return bytes(20)
    try:
        x, y = ecc.ecdsa_raw_recover(z.to_bytes(32, "big"), (v, r, s))
    except ValueError:
        return bytes(20)
    return bytes(20) if (x, y) == (0, 0) else curve.keccak(reference.encoded((x, y)))[12:]


def mul_add(point: tuple[int, int], scalar: int, t: int) -> bytes:
    """The address of scalar * point + t*G, as the contract asks for it."""
    x, y = point
    return ecrecover(-t * x % N, 27 + y % 2, x, scalar * x % N)


@settings(max_examples=40, deadline=None)
@given(SCALARS, SCALARS)
def test_multiplication_and_addition_agree_with_py_ecc(one: int, two: int) -> None:
    p, q = mul(one, G), mul(two, H)
    assert pair(p) == ecc.multiply(ecc.G, one)
    assert pair(q) == ecc.multiply(pair(H), two)
    assert pair(add(p, q)) == ecc.add(pair(p), pair(q))
    assert pair(sub(p, q)) == ecc.add(pair(p), pair(neg(q)))
    assert pair(add(p, p)) == ecc.multiply(ecc.G, 2 * one % N)
    assert (slope(p, q) * (q.x - p.x) - (q.y - p.y)) % P == 0


@settings(max_examples=40, deadline=None)
@given(SCALARS, SCALARS, st.integers(0, N - 1))
def test_ecrecover_multiplies_and_adds(p: int, scalar: int, t: int) -> None:
    point = mul(p, G)
    if (p * scalar + t) % N == 0:
        assert mul_add(pair(point), scalar, t) == bytes(20)
    else:
        total = mul((p * scalar + t) % N, G)
        assert mul_add(pair(point), scalar, t) == curve.address_bytes(total)


def test_ecrecover_fails_where_the_design_says() -> None:
    assert ecrecover(0, 27, N, 1) == bytes(20)
    assert ecrecover(0, 27, 0, 1) == bytes(20)
    assert ecrecover(0, 27, G.x, 0) == bytes(20)
    assert ecrecover(0, 27, G.x, N) == bytes(20)
    assert ecrecover(0, 27, 5, 1) == bytes(20), "5 is the x of no point"
    assert ecrecover(G.x, 27, G.x, G.x) == bytes(20), "G - G has no address"


def test_the_point_with_x_of_n_is_on_the_curve_and_refused() -> None:
    assert (Y_OF_N**2 - N**3 - 7) % P == 0
    for y in (Y_OF_N, P - Y_OF_N):
        with pytest.raises(CurveError):
            Point(N, y)


@pytest.mark.parametrize(
    ("x", "y"),
    [
        (0, 0),
        (0, 1),
        (G.x, 0),
        (G.x, G.y + 1),
        (G.x, G.y + P),
        (G.x + P, G.y),
        (-G.x, G.y),
        (G.x, -G.y),
        (5, 1),
        (2**256, 2**256),
    ],
)
def test_what_is_no_point_is_refused(x: int, y: int) -> None:
    with pytest.raises(CurveError):
        Point(x, y)


def test_a_y_beyond_the_field_is_no_second_spelling() -> None:
    point = delivery_vectors.low_y_point()
    with pytest.raises(CurveError):
        Point(point.x, point.y + P)


@pytest.mark.parametrize("scalar", [0, N, N + 1, -1, 2**256])
def test_scalars_out_of_range_are_refused(scalar: int) -> None:
    with pytest.raises(CurveError):
        mul(scalar, G)
    with pytest.raises(CurveError):
        mul(scalar, H)
    with pytest.raises(CurveError):
        SecretScalar(scalar)


def test_the_identity_is_refused() -> None:
    with pytest.raises(CurveError):
        add(G, neg(G))
    with pytest.raises(CurveError):
        sub(H, H)
    for other in (G, neg(G)):
        with pytest.raises(CurveError):
            slope(G, other)


@settings(max_examples=20, deadline=None)
@given(SCALARS)
def test_encoding_goes_there_and_back(scalar: int) -> None:
    point = mul(scalar, G)
    assert len(encode(point)) == 64
    assert decode(encode(point)) == point
    assert neg(neg(point)) == point


@given(st.binary(max_size=80))
def test_decoding_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(CurveError):
        decode(data)


def test_secrets_do_not_show() -> None:
    scalar = SecretScalar(0xDEADBEEF)
    shown = [repr(scalar), str(scalar), f"{scalar}", repr([scalar]), f"{scalar!r:>40}"]
    point = SecretPoint(H.x, H.y)
    shown += [repr(point), str(point), f"{point}", repr({"s": point}), to_json([point, scalar])]
    assert not [text for text in shown if "3735928559" in text or str(H.x) in text]
    assert point == H
    assert hash(point) == hash(H)


def test_errors_do_not_show_what_they_refuse() -> None:
    with pytest.raises(CurveError) as refused:
        SecretScalar(N + 12345)
    assert str(N + 12345) not in str(refused.value)


def test_multiplication_never_takes_the_variable_time_path(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import coincurve

    def forbidden(*_: object) -> None:
        raise AssertionError("variable time")

    monkeypatch.setattr(coincurve.PublicKey, "multiply", forbidden)
    monkeypatch.setattr(coincurve.PublicKey, "add", forbidden)
    assert mul(SecretScalar(5), mul(SecretScalar(7), H)) == mul(35, H)


def test_h_is_made_from_its_seed_and_the_command_says_so() -> None:
    assert curve.derive_h() == (0, H)
    assert pair(H) == reference.h()
    assert H.y % 2 == 0
    run = subprocess.run(
        [sys.executable, "-m", "daimm_cli.protocol.curve"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"{H.x:064x}" in run.stdout


def test_importing_needs_no_libraries() -> None:
    code = (
        "import sys, daimm_cli.protocol.delivery; "
        "sys.exit(any(m in sys.modules for m in ('coincurve', 'eth_hash', 'web3')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_blank_point_is_of_no_use() -> None:
    for one, two in ((NO_POINT, G), (G, NO_POINT)):
        with pytest.raises(CurveError):
            add(one, two)
    with pytest.raises(CurveError):
        mul(3, NO_POINT)
    assert encode(NO_POINT) == bytes(64)
