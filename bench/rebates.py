"""What honest and wash traders get of the rebates, in a simulated year.

    python -m bench.rebates                           # the table of docs/rebates.md
    python -m bench.rebates --seed 7 --settings 5000  # others, and more of them

Every trader claims at once and pays no gas, which favours who trades much for little. First come
rates as a network may have them; then others, drawn at random from all that governance can set,
with another draw in the middle of the year. A trader's gain is what rebates bring them less the
fees of the sales that they made with themselves: what they have more than if there were no rebates.
"""

from __future__ import annotations

import argparse
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from daimm_cli.bindings.structs import Bps, RebateRates

AIM = 10**18
YEAR = 365
WHOLE = 10_000
CAP = 8_000
"""The contract's MAX_SHARE."""

MODERATE = RebateRates(Bps(1_000), Bps(1_000), Bps(10_000), Bps(1_500), 50 * AIM, 0, YEAR // 2)


class Trade(NamedTuple):
    """A sale: on which day, by and from whom, and its protocol fee in wei of AIM."""

    day: int
    buyer: str
    payee: str
    fee: int


class Result(NamedTuple):
    """Of one trader, in wei of AIM: fees paid, those of them to themselves, and rebates."""

    paid: int
    washed: int
    back: int

    @property
    def gain(self) -> int:
        return self.back - self.washed


def rebate(rates: RebateRates, now: int, paid: int, fee: int) -> tuple[int, int]:
    """What a claim credits to buyer and payee, as the contract reckons.

    paid: the buyer's fees in this season before. now: in the rates' unit of time.
    """
    if now >= rates.early_until:
        early = 0
    elif now <= rates.early_from:
        early = rates.early
    else:
        left, length = rates.early_until - now, rates.early_until - rates.early_from
        early = rates.early * left // length
    raised = fee * (WHOLE + early)
    to_buyer, to_payee = (raised * share // WHOLE**2 for share in (rates.buyer, rates.payee))
    whole = rates.frequent_at
    if paid >= whole:
        return to_buyer + fee * rates.frequent // WHOLE, to_payee
    end = min(paid + fee, whole)
    area = end**2 - paid**2 + 2 * whole * (paid + fee - end)
    return to_buyer + area * rates.frequent // (2 * whole * WHOLE), to_payee


def any_rates(draw: random.Random, begin: int) -> RebateRates:
    """Rates within the cap, from all corners of what can be set."""
    frequent = draw.choice((0, CAP, draw.randint(0, CAP)))
    early = draw.choice((0, 10_000, draw.randint(0, 65_535)))
    shared = (CAP - frequent) * WHOLE // (WHOLE + early)
    buyer = draw.choice((0, shared, draw.randint(0, shared)))
    full = draw.choice((0, 1, 50, 2_000)) * AIM
    until = begin + draw.choice((1, 30, YEAR))
    return RebateRates(
        Bps(buyer), Bps(shared - buyer), Bps(early), Bps(frequent), full, begin, until
    )


def trades(draw: random.Random) -> list[Trade]:
    """A year of everybody's sales, by day."""

    def fee() -> int:
        return draw.randint(AIM // 100, AIM)

    def days(count: int) -> Iterator[int]:
        yield from (draw.randrange(YEAR) for _ in range(count))

    made = [Trade(day, "buys sometimes", "provider", fee()) for day in days(6)]
    often = [(day, fee()) for day in days(150)]
    for name in ("buys often", "washes first, then buys often"):
        made += [Trade(day, name, "provider", fee_) for day, fee_ in often]
    made += [Trade(0, name, name, fee()) for _ in range(30)]
    made += [Trade(day, "washes", "washes", fee()) for day in days(150)]
    made += [
        Trade(day, "washes tiny sales", "washes tiny sales", fee() // 100) for day in days(1_500)
    ]
    made += [
        Trade(day, f"ring of two, {who}", f"ring of two, {3 - who}", fee())
        for day in days(75)
        for who in (1, 2)
    ]
    return sorted(made, key=lambda trade: trade.day)


def run(seasons: Sequence[RebateRates], made: Sequence[Trade]) -> dict[str, Result]:
    """Everybody's result of a year that has one set of rates after the other."""
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    volume: dict[tuple[int, str], int] = defaultdict(int)
    for trade in made:
        season = trade.day * len(seasons) // YEAR
        paid = volume[season, trade.buyer]
        to_buyer, to_payee = rebate(seasons[season], trade.day, paid, trade.fee)
        if to_buyer + to_payee:
            volume[season, trade.buyer] += trade.fee
        buyer, payee = (_party(name) for name in (trade.buyer, trade.payee))
        sums[buyer][0] += trade.fee
        sums[buyer][1] += trade.fee if buyer == payee else 0
        sums[buyer][2] += to_buyer
        sums[payee][2] += to_payee
    return {name: Result(*found) for name, found in sums.items()}


def _party(name: str) -> str:
    """Who is behind an account."""
    return name.partition(",")[0] if name.startswith("ring") else name


def years(seed: int, settings: int) -> Iterator[dict[str, Result]]:
    """The year at moderate rates, then the same sales at each pair of drawn ones."""
    draw = random.Random(seed)  # noqa: S311 - repeatable on purpose
    made = trades(draw)
    yield run([MODERATE], made)
    for _ in range(settings):
        yield run([any_rates(draw, 0), any_rates(draw, YEAR // 2)], made)


def table(seed: int, settings: int) -> list[str]:
    """Everybody's year as Markdown, as docs/rebates.md has it."""
    found = list(years(seed, settings))
    head = ("trader", "fees", "came back", "gain", f"gain, best of {settings:,} drawn rates")
    rows: list[Sequence[str]] = [head, ("---", *("---:" for _ in head[1:]))]
    for name, result in sorted(found[0].items(), key=lambda it: it[1].gain, reverse=True):
        share = f"{100 * result.back / result.paid:.1f}%" if result.paid else "-"
        best = max((year[name] for year in found[1:]), key=lambda it: it.gain).gain
        figures = (result.paid, result.gain, best)
        paid, gain, most = (f"{figure / AIM:,.2f}" for figure in figures)
        rows.append((name, paid, share, gain, most))
    return ["| " + " | ".join(row) + " |" for row in rows]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.rebates", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--settings", type=int, default=500)
    given = parser.parse_args()
    print(*table(given.seed, given.settings), sep="\n")


if __name__ == "__main__":
    main()
