"""No ring moves a rating by more for a coin than the fees that it burns are worth."""

from __future__ import annotations

import pytest

from bench import reviews
from tools.chain import ROOT


def test_the_page_shows_the_rings() -> None:
    page = (ROOT / "docs" / "reputation.md").read_text()
    assert "\n".join(reviews.table(1)) in page
    assert "\n".join(reviews.costs(1)) in page


@pytest.mark.parametrize("seed", range(2, 5))
def test_a_burned_coin_weighs_no_more_than_an_honest_one(seed: int) -> None:
    before, weight = reviews.outcome(seed, None)
    for ring in reviews.RINGS:
        after, total = reviews.outcome(seed, ring)
        assert total - weight <= 10 * ring.burned + 1e-6
        # All stars are five: the ring's share of the way up is its share of all that weighs.
        assert after <= before + (5 - before) * ring.burned / (1 + weight / 10 + ring.burned) + 1e-6


@pytest.mark.parametrize("count", [1, 7, 100])
def test_a_purchase_cut_into_parts_weighs_the_same(count: int) -> None:
    world = reviews.World()
    for number in range(count):
        world.buy_and_say(0, f"{number}", 70 / count, 4)
    assert world.rating() == pytest.approx(((30 + 7 * 4) / 17, 7))


def test_one_dear_review_of_a_fresh_model_does_not_rule() -> None:
    world = reviews.World()
    world.buy_and_say(0, "buyer", 10, 5)
    assert world.rating()[0] == pytest.approx(3.2, abs=0.02)


def test_what_a_word_weighs_grows_for_a_month() -> None:
    for day, weight in [(reviews.END, 0), (reviews.END - 15, 5), (reviews.END - 30, 10)]:
        world = reviews.World()
        world.buy_and_say(day, "buyer", 100, 1)
        assert world.rating()[1] == pytest.approx(weight)
    assert world.rating()[1] == pytest.approx(10)


def test_the_last_word_of_a_holder_counts_alone() -> None:
    world = reviews.World()
    order = world.sell(0, "buyer", 100)
    for stars in (1, 5, 2):
        world.say(1, order, "buyer", stars)
    assert world.rating() == pytest.approx(((30 + 20) / 20, 10))
    world.say(2, order, "buyer", 0)
    assert world.rating() == (3.0, 0.0)


def test_who_buys_a_licence_back_does_not_silence_its_holder() -> None:
    world = reviews.World()
    order = world.sell(0, "buyer", 100)
    world.say(1, order, "buyer", 1)
    ident = str(int.from_bytes(order, "big"))
    world.give(60, ident, "buyer", "friend of the seller")
    world.say(61, order, "friend of the seller", 5)
    assert world.rating() == pytest.approx(((30 + 10) / 20, 10))
