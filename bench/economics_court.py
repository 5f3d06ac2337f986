"""What it takes to have the jurors that one wants: exact, in jurors' fees.

>>> f"{majority(0.2, 3):.3f}"
'0.104'

Somebody holds a share of the seats and votes wrongly wherever they have the majority; whoever is
drawn knows it before the votes, so elsewhere they vote rightly and lose nothing. Draws are taken
with replacement, which favours the attacker by little as long as seats are many.
"""

from __future__ import annotations

from math import comb, prod
from typing import Any

JURORS = (3, 7, 15)
"""Of the court's rounds."""

SHARES = (0.1, 0.2, 0.33, 0.5)
OWNED = (0.0, 0.1, 0.3)
"""Shares of the proposers who drop their block for the attacker."""

LOSSES = (1, 5, 8, 10, 20, 50)
"""Fees: what a wrong vote loses of a seat."""

SEATS, DAYS = (15, 50, 200), (1, 10, 30)
HEARING = 6
"""Days: to commit, to reveal, to appeal."""


def majority(share: float, jurors: int) -> float:
    """How likely more than half of these jurors are one's own, or wrong."""
    needed = range(jurors // 2 + 1, jurors + 1)
    return sum(comb(jurors, n) * share**n * (1 - share) ** (jurors - n) for n in needed)


def prevails(wrong: float, right: float, jurors: int) -> float:
    """How likely wrong votes are as many as right ones, or more: the others say nothing, and of a
    tie comes no ruling."""
    silent = max(0.0, 1 - wrong - right)
    return sum(
        comb(jurors, n) * comb(jurors - n, m) * wrong**n * right**m * silent ** (jurors - n - m)
        for n in range(jurors + 1)
        for m in range(min(n, jurors - n) + 1)
    )


def redrawn(chance: float, owned: float) -> float:
    """The same where a proposer who is the attacker's drops a block that draws others. The next
    slot draws anew, and may be theirs again: x = owned (chance + (1 - chance) x) + (1 - owned)
    chance."""
    return chance / (1 - owned * (1 - chance))


def dropped(chance: float) -> float:
    """How many blocks are dropped until a draw is the attacker's, if every proposer can be
    bought."""
    return 1 / chance - 1


def rounds(share: float, owned: float = 0) -> list[float]:
    """How likely the attacker has the first round, the first two, all three."""
    each = [redrawn(majority(share, jurors), owned) for jurors in JURORS]
    return [prod(each[: count + 1]) for count in range(len(each))]


def bribe(jurors: int, loss: float) -> float:
    """What a majority of drawn jurors has to be sure of to vote wrongly: what each would lose, and
    the fee that each would have had."""
    return (jurors // 2 + 1) * (loss + 1)


def robbing(loss: float) -> float:
    """From which share of the seats on disputes with oneself pay: nobody else can appeal them, and
    who has two jurors of three votes against the third."""
    return float((1 / (loss + 1)) ** 0.5)


def occupied(seats: int, days: float) -> float:
    """Fees that it takes to keep all seats in disputes with oneself for some days: a fee a seat
    and hearing."""
    return seats * max(1.0, days / HEARING)


def figures() -> dict[str, Any]:
    """What economics.json holds of the court."""
    draws = [
        {
            "share": share,
            "majority": [round(majority(share, jurors), 6) for jurors in JURORS],
            "dropped": [round(dropped(majority(share, jurors)), 1) for jurors in JURORS],
            "rounds": [[round(one, 6) for one in rounds(share, owned)] for owned in OWNED],
        }
        for share in SHARES
    ]
    losses = [
        {
            "loss": loss,
            "bribes": [bribe(jurors, loss) for jurors in JURORS],
            "robbing": round(robbing(loss), 4),
        }
        for loss in LOSSES
    ]
    empty = [
        {"seats": seats, "fees": [round(occupied(seats, days)) for days in DAYS]} for seats in SEATS
    ]
    return {"draws": draws, "losses": losses, "occupied": empty}


def tables(found: dict[str, Any]) -> dict[str, list[list[str]]]:
    """The same, as docs/economics.md has it."""
    heads = [f"{jurors} jurors" for jurors in JURORS]
    draws = [["share of the seats", *heads, *(f"blocks dropped for {head}" for head in heads)]]
    won = [["share of the seats", "proposers for sale", "first round", "first two", "all three"]]
    for row in found["draws"]:
        share = f"{row['share']:.0%}"
        dropped_ = [f"{count:,.1f}" for count in row["dropped"]]
        draws.append([share, *map(percent, row["majority"]), *dropped_])
        for owned, chances in zip(OWNED, row["rounds"], strict=True):
            won.append([share, f"{owned:.0%}", *map(percent, chances)])
    losses = [["a wrong vote loses", *(f"to bribe {head}" for head in heads), "robbing pays from"]]
    for row in found["losses"]:
        robs = f"{row['robbing']:.0%} of the seats"
        losses.append([str(row["loss"]), *map(str, row["bribes"]), robs])
    occupied_ = [["seats", *(f"{days} day{'s' * (days > 1)}" for days in DAYS)]]
    occupied_ += [[str(row["seats"]), *map(str, row["fees"])] for row in found["occupied"]]
    return {"draws": draws, "rounds": won, "losses": losses, "occupied": occupied_}


def percent(chance: float) -> str:
    """As short as it can be told."""
    return "below 0.01%" if 0 < chance < 1e-4 else f"{100 * chance:.3g}%"
