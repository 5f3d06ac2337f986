"""Whoever trades with themselves loses by rebates, at rates drawn from all that can be set."""

from __future__ import annotations

import random

import pytest

from bench import rebates
from tools.chain import ROOT


def test_the_page_shows_the_simulated_year() -> None:
    page = (ROOT / "docs" / "rebates.md").read_text()
    assert "\n".join(rebates.table(1, 500)) in page


@pytest.mark.parametrize("seed", range(2, 6))
def test_only_who_trades_with_others_gains(seed: int) -> None:
    for year in rebates.years(seed, 25):
        for name in ("washes", "washes tiny sales", "ring of two"):
            trader = year[name]
            assert trader.back <= trader.paid * 4 // 5
            assert trader.gain < 0
        honest, gamed = year["buys often"], year["washes first, then buys often"]
        washed = gamed.paid - honest.paid
        assert washed > 0
        assert gamed.gain <= honest.gain - washed // 5 + 150  # a unit each purchase, of rounding
        assert honest.gain >= 0


def test_rates_are_drawn_up_to_the_cap() -> None:
    draw = random.Random(3)
    for _ in range(200):
        rates = rebates.any_rates(draw, 0)
        most = (rates.buyer + rates.payee) * (10_000 + rates.early) + rates.frequent * 10_000
        assert 78_000_000 < most <= 80_000_000
