"""What is due of a juror's seats: all but to choose a ruling, which is theirs.

>>> list(Jury(session, juror).due())
['reveal dispute 7, seat 2', 'advance dispute 7']

Nothing is weighed: a juror took it on, and half a stake is at risk.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daimm_cli.base.errors import ChainRefused
from daimm_cli.bindings.values import encode
from daimm_cli.market import court
from daimm_cli.protocol.curve import keccak

if TYPE_CHECKING:
    from daimm_cli.market.court import Step
    from daimm_cli.session.session import Session

DRAW = "draw"
TURNS = 300
"""Seconds over which the keepers of all jurors spread their draws."""

_SEATS = """SELECT
    coalesce((SELECT sum(count) FROM court_seats_taken WHERE juror = :juror), 0)
    - coalesce((SELECT sum(count) FROM court_seats_left WHERE juror = :juror), 0)
    - (SELECT count(*) FROM court_seat_collected WHERE juror = :juror AND NOT returned)"""

KINDS = frozenset({DRAW, "reveal", "advance", "execute", "collect"})


@dataclass(frozen=True)
class Jury:
    """Of one juror, whose seed the session has."""

    session: Session
    juror: str

    def due(self) -> Iterator[str]:
        """The subjects that are due now; nothing is asked for who has no seat, drawn or not."""
        ((seats,),) = self.session.index.select(_SEATS, juror=self.juror)
        if seats < 1:
            return
        if number := court.waiting(self.session, self.turn):
            yield f"{DRAW} dispute {number}"
        steps = court.due(self.session, self.juror)
        yield from (_subject(step) for step in steps if step.what in KINDS)

    def make(self, subject: str) -> Step:
        """A subject's step; ChainRefused where it is not to be done any more."""
        what, where = subject.split(maxsplit=1)
        number = court.waiting(self.session, self.turn) if what == DRAW else None
        if number and subject == f"{DRAW} dispute {number}":
            return court.drawing(self.session, number)
        for step in court.due(self.session, self.juror):
            if _subject(step) == subject:
                return step
        raise ChainRefused(f"There is nothing to {what} in {where} any more.")

    def turn(self, dispute: int) -> int:
        """When to draw: one keeper is enough, and all the others' gas would be for nothing."""
        drawn = keccak(encode(["address", "uint256"], [self.juror, dispute]))
        return int.from_bytes(drawn) % TURNS


def _subject(step: Step) -> str:
    seat = "" if step.seat is None else f", seat {step.seat}"
    return f"{step.what} dispute {step.dispute}{seat}"
