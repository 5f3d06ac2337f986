"""Moving prices: the vectors that the contract has too, and exact numbers beside them."""

from __future__ import annotations

import decimal
import json
from collections.abc import Iterator
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daimm_cli.bindings.structs import Bps, MovingTerms
from daimm_cli.market import moving
from tools import price_vectors

VECTORS: dict[str, list[str]] = json.loads(price_vectors.PATH.read_text())
YEAR = 365 * 86_400


@pytest.fixture(autouse=True)
def exact() -> Iterator[None]:
    """As many digits as tell a price from its neighbour after a hundred half-lives."""
    with decimal.localcontext(prec=150, Emin=-(10**15), Emax=10**15):
        yield


def halved(amount: int, elapsed: int, half_life: int) -> Decimal:
    """amount / 2^(elapsed / half_life), to 150 digits; `decimal` rounds powers of two right."""
    return Decimal(amount) * (-Decimal(elapsed) / Decimal(half_life) * Decimal(2).ln()).exp()


def require_close(amount: int, elapsed: int, half_life: int) -> None:
    """What contracts/libraries/Decay.sol promises."""
    found, wanted = moving.left(amount, elapsed, half_life), halved(amount, elapsed, half_life)
    if amount >> elapsed // half_life == 0:
        assert found == 0
        assert wanted < 1
    else:
        assert wanted - Decimal("1e-100") <= found < wanted + 1 + Decimal(amount) / 2**125


def test_the_vectors_are_what_their_tool_writes() -> None:
    assert price_vectors.generate() == VECTORS


def test_the_vectors_are_close_to_the_exact_numbers() -> None:
    rows = [dict(zip(VECTORS, row, strict=True)) for row in zip(*VECTORS.values(), strict=True)]
    for row in rows:
        terms, listed = moving.unpack(bytes.fromhex(row["rule_data"][2:])), int(row["listed"])
        sold, price = int(row["last_time"]), int(row["price"])
        start, since = int(row["last_price"]) if sold else listed, max(sold, terms.start_at)
        floor = -(-listed * terms.floor // 10**6)
        if terms.half_life and int(row["time"]) > since:
            elapsed = int(row["time"]) - since
            wanted = floor + halved(start - floor, elapsed, terms.half_life)
            assert wanted - 1 < price < wanted + 1 + Decimal(start) / 2**125
            require_close(start - floor, elapsed, terms.half_life)
        else:
            assert price == start


@given(
    st.integers(0, 2**128 - 1) | st.integers(0, 128).map(lambda bits: (1 << bits) - 1),
    st.integers(0, 2**40 - 1) | st.integers(0, 1000 * YEAR),
    st.integers(1, 2**32 - 1) | st.integers(1, 100),
)
def test_what_is_left_is_exact_to_a_unit(amount: int, elapsed: int, half_life: int) -> None:
    require_close(amount, elapsed, half_life)


@given(st.integers(0, 2**96), st.integers(0, 127), st.integers(1, 2**32 - 1), st.data())
def test_the_edges_of_half_lives_are_exact(
    amount: int, lives: int, half_life: int, data: st.DataObject
) -> None:
    edge = lives * half_life
    assert moving.left(amount, edge, half_life) == (-(-amount >> lives) if amount >> lives else 0)
    before = data.draw(st.integers(0, edge))
    assert moving.left(amount, before, half_life) >= moving.left(amount, edge, half_life)
    require_close(amount, max(edge - 1, 0), half_life)
    require_close(amount, edge + 1, half_life)


@given(st.integers(0, 2**128 - 1), st.integers(0, 2**40 - 2), st.integers(1, 2**32 - 1))
def test_a_second_never_adds(amount: int, elapsed: int, half_life: int) -> None:
    assert moving.left(amount, elapsed + 1, half_life) <= moving.left(amount, elapsed, half_life)


def test_rule_data_are_read_in_their_order() -> None:
    data = bytes.fromhex("00000000010000000200000003000000040000000500060000")
    expected = MovingTerms(1, 2, 3, 4, 5, Bps(6))
    assert moving.unpack(data.ljust(32, b"\0")) == expected
