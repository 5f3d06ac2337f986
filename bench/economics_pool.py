"""What a cover pool earns and loses, under stated ways in which promises break.

>>> outcome(Model(thieves=0.02, pools=100))["losing"]
0.36

A pool has one curator, who gives every bond the same limit. Weeks are simulated, of many pools side
by side; a bond that broke or ended gives its place to a new one. Depositors neither come nor go.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bench.economics_court import percent

WHOLE = 10**18
YEAR = 365 * 86_400

WEEKS = 52
"""A year, as it is simulated."""

TAIL = 15
"""Weeks for which covers go on once a bond is over: 14 days for which it stands, 90 in which it
pays."""

ORDER = 0.0025
"""Of the assets at the beginning: what an honest order has covered."""

FEE = 0.01
"""The protocol's, of a sale."""

BURNED = 0.2
"""Of a stake, once it is broken."""


def surcharge(used: Any) -> Any:
    """How much dearer a cover is where so much of the assets is locked, itself included."""
    return 1 + 4 * used**2


def premium(amount: int, rate: int, seconds: int, assets: int, locked: int) -> int:
    """Of a cover, in units of the asset, by the contract's integers; rate: basis points a year.
    tests/vectors/premiums.json holds both to them."""
    used = -(-(locked + amount) * WHOLE // max(assets, 1))
    dearer = WHOLE + 4 * used * used // WHOLE
    return -(-amount * rate * seconds * dearer // (WHOLE * 10_000 * YEAR))


@dataclass(frozen=True)
class Model:
    """Parts of 1 and of a year. Bonds of one seller break together; in a collapse half of all do.

    break_: how likely a bond breaks in a year, by itself. sellers: the same of all of a seller's.
    collapse: that half of all do. thieves: of new bonds, those that break on purpose once all
    that can be covered is. forewarned: of other breaks, those before which holders insure all that
    can be, at a premium that is not counted. severity: of a cover, what an honest bond's break
    costs. rate: yearly premium of an unused pool. limit: of the assets, for a bond. wanted: what
    buyers want covered of a bond in a year, of the assets at the beginning, if nobody minds the
    surcharge; spread: how much that differs, as the deviation of its logarithm.
    """

    break_: float = 0.04
    sellers: float = 0
    collapse: float = 0
    thieves: float = 0
    forewarned: float = 0
    severity: float = 0.6
    rate: float = 0.036
    limit: float = 0.05
    wanted: float = 0.05
    spread: float = 1
    bonds: int = 40
    of_seller: int = 4
    years: int = 3
    pools: int = 2_000
    seed: int = 1


@dataclass(frozen=True)
class Paths:
    """A row of figures for each pool. value: assets at the end and premium still to be earned, of
    1 at the beginning; used: mean share of assets that was locked."""

    value: Any
    used: Any
    earned: Any
    paid: Any


def simulate(model: Model) -> Paths:
    """Many pools."""
    draws = np.random.RandomState(model.seed)  # its stream is the same in every version
    shape = (model.pools, model.bonds)
    assets = np.ones(model.pools)
    used, earned, paid = np.zeros(model.pools), np.zeros(model.pools), np.zeros(model.pools)
    covered, unearned = np.zeros(shape), np.zeros(shape)
    age, term = np.zeros(shape, int), np.zeros(shape, int)
    thief, new, popular = np.zeros(shape, bool), np.ones(shape, bool), np.zeros(shape)
    for week in range(model.years * WEEKS):
        age += 1
        new |= age >= term + TAIL
        terms = draws.randint(26, 79, shape)
        first = terms * draws.random_sample(shape) * (week == 0)  # the first are of all ages
        thieves = draws.random_sample(shape) < model.thieves
        popularity = np.exp(model.spread * draws.standard_normal(shape) - model.spread**2 / 2)
        term, age = np.where(new, terms, term), np.where(new, first.astype(int), age)
        thief, popular = np.where(new, thieves, thief), np.where(new, popularity, popular)
        assets += (unearned * new).sum(1)
        covered, unearned = covered * ~new, unearned * ~new

        broken = _broken(model, draws, shape) & ~thief & (age < term) | (thief & (age == 4))
        warned = np.zeros(shape, bool)
        if model.forewarned:
            warned = broken & ~thief & (draws.random_sample(shape) < model.forewarned)
            covered = covered + _sold(model, assets, covered, warned * 1.0)
        loss = (covered * broken * np.where(thief | warned, 1, model.severity)).sum(1)
        assets -= loss
        paid += loss
        covered = covered * ~broken

        # One buyer in so many pays a surcharge: all do none, nobody the highest.
        share = covered.sum(1) / np.maximum(assets, 1e-9)
        mean = model.wanted / WEEKS * popular * np.maximum(1 - share**2, 0)[:, None]
        honest = draws.poisson(np.maximum(mean, 0) / ORDER) * ORDER * (age < term)
        sold = _sold(model, assets, covered, np.where(thief, (age == 0) * 1.0, honest))
        covered = covered + sold
        share = covered.sum(1) / np.maximum(assets, 1e-9)
        left = np.maximum(term + TAIL - age, 1)
        price = sold * model.rate * surcharge(share)[:, None] * left / WEEKS
        earned += price.sum(1)
        unearned += price
        due = unearned / left
        assets += due.sum(1)
        unearned = unearned - due
        new = broken
        used += share
    return Paths(assets + unearned.sum(1), used / (model.years * WEEKS), earned, paid)


def _broken(model: Model, draws: Any, shape: tuple[int, int]) -> Any:
    pools, bonds = shape
    alone = draws.random_sample(shape) < model.break_ / WEEKS
    of_sellers = draws.random_sample((pools, bonds // model.of_seller)) < model.sellers / WEEKS
    together = np.repeat(of_sellers, model.of_seller, axis=1)
    collapse = draws.random_sample((pools, 1)) < model.collapse / WEEKS
    return alone | together | (collapse & (draws.random_sample(shape) < 0.5))


def _sold(model: Model, assets: Any, covered: Any, wanted: Any) -> Any:
    """What is covered this week of each bond, up to its limit and to what is not locked."""
    limits = model.limit * np.maximum(assets, 0)[:, None]
    sold = np.clip(limits - covered, 0, wanted)
    free = np.maximum(assets - covered.sum(1), 0)
    return sold * np.minimum(1, free / np.maximum(sold.sum(1), 1e-12))[:, None]


def theft(limit: float, used: float = 0, rate: int = 360) -> float:
    """What a seller gains who covers orders of their own up to a limit, and breaks their own bond
    as soon as covers count; limit and gain in stakes. used: of the pool, that cover included.

    All of the stake but the burned fifth comes back to them, a fifth as who showed it and three as
    who bought first.
    """
    stake, assets = WHOLE, 1_000 * WHOLE
    cover = int(limit * stake)
    time = (TAIL + 1) * YEAR // WEEKS
    paid = premium(cover, rate, time, assets, int(used * assets) - cover) / stake
    return limit - paid - FEE * (limit + 1 - 2 * BURNED) - BURNED


SCENARIOS = {
    "as priced: each bond breaks by itself": Model(),
    "three times as often": Model(break_=0.12),
    "all of a seller's break together": Model(break_=0, sellers=0.04),
    "half as often, and half of all at once": Model(break_=0.02, collapse=0.04),
    "as priced, holders are forewarned of 1 break in 4": Model(forewarned=0.25),
    "as priced, they are of each break": Model(forewarned=1),
    "as priced, and 1 of 100 bonds is a thief's": Model(thieves=0.01),
    "2 of 100": Model(thieves=0.02),
    "5 of 100": Model(thieves=0.05),
}
LIMITS = (0.02, 0.05, 0.1, 0.2)


def outcome(model: Model) -> dict[str, float]:
    """What is told of many pools."""
    found = simulate(model)
    yearly = found.value.clip(1e-9) ** (1 / model.years) - 1
    return {
        "used": round(float(found.used.mean()), 3),
        "paid": round(float(found.paid.sum() / found.earned.sum()), 3),
        "yearly": round(float(np.median(yearly)), 4),
        "worst": round(float(np.quantile(found.value, 0.01)), 3),
        "losing": round(float((found.value < 1).mean()), 4),
        "ruined": round(float((found.value < 0.5).mean()), 4),
    }


def figures() -> dict[str, Any]:
    """What economics.json holds of pools."""
    pools = [
        {"losses": name, "limit": limit, **outcome(replace(model, limit=limit))}
        for name, model in SCENARIOS.items()
        for limit in LIMITS
    ]
    thefts = [
        {"limit": limit, "gain": [round(theft(limit, used), 3) for used in (0.01, 0.5, 1)]}
        for limit in (0.1, 0.2, 0.25, 0.5, 1, 3)
    ]
    return {"pools": pools, "thefts": thefts}


def tables(found: dict[str, Any]) -> dict[str, list[list[str]]]:
    """The same, as docs/economics.md has it."""
    pools = [["how bonds break", "limit of a bond", "locked", "paid of the premium", "a year",
              "worst of 100, after three", "lose", "lose half"]]  # fmt: skip
    for row in found["pools"]:
        parts = [row[name] for name in ("limit", "used", "paid")]
        told = [f"{100 * row['yearly']:+z.1f}%", f"{100 * (row['worst'] - 1):+z.0f}%"]
        told += [percent(row["losing"]), percent(row["ruined"])]
        pools.append([row["losses"], *(f"{100 * part:.0f}%" for part in parts), *told])
    thefts = [["cover, in stakes", "gain in an unused pool", "half used", "full"]]
    thefts += [
        [f"{row['limit']:g}", *(f"{gain:+.2f}" for gain in row["gain"])] for row in found["thefts"]
    ]
    return {"pools": pools, "thefts": thefts}
