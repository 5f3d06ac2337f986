"""Items, and what they come to."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from daimm_cli.base.errors import VerificationFailed
from daimm_cli.ethics import items
from daimm_cli.ethics.items import ASPECTS, POINTS, THRESHOLDS, Aspect, Item, item, rate

DATA = {"rows": "ab" * 32}


KINDS = {it.aspect: kind for kind, it in reversed(list(THRESHOLDS.items()))}
"""The first kind of each aspect."""


def made(
    aspect: Aspect = "fairness", name: str = "sex", value: float | None = None, **parts: Any
) -> Item:
    """value: as by the limits of fairness."""
    kind, said = KINDS[aspect], value
    if value is not None and aspect != "fairness":
        met, missed = float(THRESHOLDS[kind].met), float(THRESHOLDS[kind].missed)
        said = met + (value - 0.05) / 0.05 * (missed - met)
    return item(aspect, kind, name, "as told", DATA, value=said, **parts)


@pytest.mark.parametrize(
    ("value", "interval", "caveat", "outcome"),
    [
        (0.05, None, None, "met"),
        (0.05, (0.01, 0.1), None, "met"),
        (0.05, (0.01, 0.100000001), None, "partly"),
        (0.050000001, None, None, "partly"),
        (0.1, (0.05, 0.9), None, "partly"),
        (0.100000001, None, None, "missed"),
        (0.05, None, "one group is too small", "partly"),
        (0.2, None, "one group is too small", "missed"),
        (None, None, "nobody said who is who", "unknown"),
    ],
)
def test_an_outcome_follows_from_value_interval_and_caveat(
    value: float | None, interval: tuple[float, float] | None, caveat: str | None, outcome: str
) -> None:
    assert made(value=value, interval=interval, caveat=caveat).outcome == outcome


def test_where_more_is_better_it_is_the_lower_end_that_counts() -> None:
    threshold = items.Threshold("card", "more", "0.8", "0.5")
    assert threshold.judge("0.8", "0.5") == "met"
    assert threshold.judge("0.8", "0.49") == "partly"
    assert threshold.judge("0.79", "0.79") == "partly"
    assert threshold.judge("0.49", "0.49") == "missed"
    assert items.judge("card_completeness", "0.9", ["0.4", "1"], None) == "partly"
    assert items.judge("card_completeness", "0.9", ["0.5", "1"], None) == "met"


@pytest.mark.parametrize(
    "changed",
    [
        {"outcome": "met"},
        {"value": "0.01"},
        {"interval": ["0.5"]},
        {"kind": "goodness"},
        {"data": {"rows": "here"}},
        {"value": "NaN"},
        {"more": "yes"},
        {"aspect": "beauty"},
        {"aspect": "privacy"},
    ],
)
def test_a_report_whose_items_do_not_follow_is_refused(changed: dict[str, Any]) -> None:
    told = made(value=0.2).told()
    assert items.load([told]) == [made(value=0.2)]
    with pytest.raises(VerificationFailed, match="items"):
        items.load([told | changed])


def test_an_item_counts_once() -> None:
    with pytest.raises(VerificationFailed, match="twice"):
        items.load([made(value=0.2).told()] * 2)


def test_a_rating_says_what_it_rests_on() -> None:
    assert rate([]).shown == "0 of 1, resting on 0 of 8 items"
    assert rate([made(value=0.01)]).shown == "0.125 of 1, resting on 1 of 8 items"
    both = [made(value=0.01), made(name="age", caveat="too few")]
    assert rate(both).shown == "0 of 1, resting on 1 of 9 items"
    assert rate(both).aspects["fairness"] == "unknown"
    full = rate([made(aspect, value=0) for aspect in ASPECTS])
    assert (full.value, full.shown) == ("1.000000000", "1 of 1, resting on 8 of 8 items")


VALUES = (None, 0.2, 0.07, 0.01)
some_items = some.lists(
    some.tuples(some.sampled_from(ASPECTS), some.sampled_from(VALUES)), max_size=12
)


@settings(deadline=None)
@given(some_items)
def test_no_better_item_lowers_a_rating_and_no_item_added_makes_up_for_another(
    told: list[tuple[Aspect, float | None]],
) -> None:
    found = [
        made(aspect, f"n{at}", value=value, caveat=None if value else "why")
        for at, (aspect, value) in enumerate(told)
    ]
    before = float(rate(found).value)
    for at, it in enumerate(found):
        better = made(it.aspect, it.name, value=0.001)
        assert float(rate([*found[:at], better, *found[at + 1 :]]).value) >= before
    for it, value in itertools.product(found, VALUES):
        more = made(it.aspect, "more", value=value, caveat=None if value else "why")
        assert float(rate([*found, more]).value) <= before


def test_what_nobody_knows_is_no_better_than_what_is_bad() -> None:
    assert POINTS["unknown"] == POINTS["missed"] == 0
    for it in THRESHOLDS.values():
        assert (float(it.met) < float(it.missed)) == (it.better == "less")
