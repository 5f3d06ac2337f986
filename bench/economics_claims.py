"""Who gains by a false claim, and what opposing one costs: exact, in jurors' fees.

>>> heard(10, Jurors(wrong=0.05)).claimant < 0
True

A claimant deposits what the arbitration costs (three fees) and wins a prize unless the claim is
rejected. Whoever opposes pays as much and has the deposit for it if they win. Then each of two
rounds can be appealed, by whoever lost it and is better off for trying: a further round's fees,
which nobody gives back. Both know that the claim is false, not how it reads to jurors, and play as
well as can be.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from bench.economics_court import JURORS, percent, prevails

GAS = 0.1
"""Fees: what filing, or opposing, takes beside the deposit."""

HOW = {"nobody opposes": "silent", "opposed": "heard", "opposed, no jurors": "unheard"}

PRICES = [10 ** (step / 40) for step in range(-40, 161)]
"""From a tenth of a fee to ten thousand."""


class Jurors(NamedTuple):
    """wrong: how likely one of them votes wrongly by themselves; silent: not at all. owned: the
    claimant's share of the seats. misled: how likely the others are all wrong in every round, for
    what they were shown."""

    wrong: float
    owned: float = 0
    misled: float = 0
    silent: float = 0

    def errs(self, jurors: int) -> float:
        """How likely a round of them is wrong or comes to nothing, if they are not misled."""
        voting = (1 - self.owned) * (1 - self.silent)
        return prevails(self.owned + voting * self.wrong, voting * (1 - self.wrong), jurors)


KINDS = {
    "1 in 20 errs": Jurors(0.05),
    "1 in 5 errs": Jurors(0.2),
    "1 in 20 errs, all are misled in 1 case of 20": Jurors(0.05, misled=0.05),
    "1 in 20 errs, 1 in 4 says nothing": Jurors(0.05, silent=0.25),
    "1 in 20 errs, the claimant has a tenth of the seats": Jurors(0.05, owned=0.1),
    "the claimant has a fifth": Jurors(0.05, owned=0.2),
    "the claimant has a third": Jurors(0.05, owned=1 / 3),
}


class Outcome(NamedTuple):
    """What claimant and opposer have more than before, on average; how likely the claim is upheld
    in the end."""

    claimant: float
    opposer: float
    upheld: float


def silent(prize: float) -> Outcome:
    """Nobody opposes: the claim stands."""
    return Outcome(prize - GAS, -prize, 1)


def unheard(prize: float) -> Outcome:
    """Somebody opposes, and no jurors can be drawn: nothing is ruled, which refunds a buyer."""
    return Outcome(prize - GAS, -prize - JURORS[0] - GAS, 1)


def heard(prize: float, jurors: Jurors, *, appeals: bool = True) -> Outcome:
    """Somebody opposes a false claim."""
    last = len(JURORS) - 1 if appeals else 0
    upheld = Outcome(prize, -prize - JURORS[0], 1)
    rejected = Outcome(-JURORS[0], 0, 0)

    def ruled(count: int, stands: Outcome, misled: float) -> Outcome:
        """What comes of a round's ruling, which its loser may appeal."""
        if count == last:
            return stands
        later, cost = trial(count + 1, misled), JURORS[count + 1]
        if stands.upheld:
            tried = later._replace(opposer=later.opposer - cost)
            return tried if tried.opposer > stands.opposer else stands
        tried = later._replace(claimant=later.claimant - cost)
        return tried if tried.claimant > stands.claimant else stands

    def trial(count: int, misled: float) -> Outcome:
        """A wrong ruling makes it likelier that jurors are misled, a right one shows they are
        not."""
        chance = misled + (1 - misled) * jurors.errs(JURORS[count])
        won, lost = ruled(count, upheld, misled / chance), ruled(count, rejected, 0)
        return Outcome(*(chance * a + (1 - chance) * b for a, b in zip(won, lost, strict=True)))

    found = trial(0, jurors.misled)
    return found._replace(claimant=found.claimant - GAS, opposer=found.opposer - GAS)


def mixed(prize: float, opposed: float, jurors: Jurors) -> float:
    """What a false claim brings where so many are opposed."""
    won, tried = silent(prize).claimant, heard(prize, jurors).claimant
    return opposed * tried + (1 - opposed) * won


def deterring(prize: float, jurors: Jurors) -> float:
    """How many false claims have to be opposed so that one does not pay; over 1: it pays always."""
    won, tried = silent(prize).claimant, heard(prize, jurors).claimant
    return max(0.0, won / (won - tried))


def first(holds: Callable[[float], bool]) -> float | None:
    """From which prize on something holds."""
    return next((float(f"{price:.2g}") for price in PRICES if holds(price)), None)


def _kind(name: str, jurors: Jurors) -> dict[str, Any]:
    misled = jurors.misled
    return {
        "jurors": name,
        "errs": [round(misled + (1 - misled) * jurors.errs(count), 6) for count in JURORS],
        "opposing": first(lambda prize: heard(prize, jurors).opposer > -prize),
        "one_round": first(lambda prize: heard(prize, jurors, appeals=False).claimant > 0),
        "pays": first(lambda prize: heard(prize, jurors).claimant > 0),
    }


def figures() -> dict[str, Any]:
    """What economics.json holds of claims."""
    kinds = [_kind(name, jurors) for name, jurors in KINDS.items()]
    usual = KINDS["1 in 20 errs"]
    prizes = [
        {
            "prize": prize,
            "silent": [round(part, 3) for part in silent(prize)],
            "heard": [round(part, 3) for part in heard(prize, usual)],
            "unheard": [round(part, 3) for part in unheard(prize)],
            "deterring": round(deterring(prize, usual), 4),
        }
        for prize in (0.1, 1, 10, 100, 1_000)
    ]
    return {"kinds": kinds, "prizes": prizes}


def tables(found: dict[str, Any]) -> dict[str, list[list[str]]]:
    """The same, as docs/economics.md has it."""
    kinds = [
        [
            "jurors",
            *(f"{jurors} are wrong" for jurors in JURORS),
            "opposing is better from",
            "false claim pays from, without appeals",
            "with appeals",
        ]
    ]
    for row in found["kinds"]:
        froms = [row["opposing"], row["one_round"], row["pays"]]
        told = ["never" if price is None else f"{price:,g}" for price in froms]
        kinds.append([row["jurors"], *map(percent, row["errs"]), *told])
    prizes = [
        [
            "prize",
            *(f"{who}, {how}" for how in HOW for who in ("claimant", "seller")),
            "opposed so that none pays",
        ]
    ]
    for row in found["prizes"]:
        parts = [f"{part:+,.2f}" for how in HOW.values() for part in row[how][:2]]
        prizes.append([f"{row['prize']:g}", *parts, percent(row["deterring"])])
    return {"kinds": kinds, "prizes": prizes}
