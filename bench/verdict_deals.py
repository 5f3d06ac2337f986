"""What became of a soak's deals and key requests, counted from events.

>>> judged = judge_deals(told, rival=address, excused=set(), convicted=set())
>>> judged.counts["rented"], judged.lost, judged.doubled
(41, 0, 0)
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daimm_cli.bindings import key_requests as asking
from daimm_cli.bindings import secondary as dealing
from daimm_cli.bindings.calls import Event
from daimm_cli.bindings.model_license import Transfer, UpdateUser
from daimm_cli.bindings.structs import Deal, KeyRequest, Listing

if TYPE_CHECKING:
    from daimm_cli.chain.answers import Log

Told = Sequence[tuple["Log", Event]]
"""All events of these and of licences, in the order of the chain."""

_KEYS = (dealing.KeyDelivered, dealing.KeyPassed, asking.KeyDelivered, asking.KeyPassed)
_BACK = (dealing.DealRefunded, asking.KeyRequestRefunded)


@dataclass(frozen=True)
class Judged:
    """counts: for the report. undelivered, missed: ids of what was refunded, undelivered; missed:
    although the keeper could have delivered."""

    counts: dict[str, int]
    lost: int
    doubled: int
    copied: int
    undelivered: set[bytes]
    missed: set[bytes]


def judge_deals(
    told: Told, *, rival: str, excused: set[bytes], convicted: set[tuple[int, int]]
) -> Judged:
    """rival: who copies. excused: what may be refunded. convicted: models and versions."""
    book = Book(told)
    number = Counter(type(event) for _, event in told)
    rents = {ident for ident, (listing, _) in book.deals.items() if listing.max_time}
    keys: Counter[bytes] = Counter(event.request for _, event in told if isinstance(event, _KEYS))
    ends: Counter[bytes] = Counter(
        event.deal
        for _, event in told
        if isinstance(event, dealing.LicenseSold | dealing.RentalClosed | dealing.DealRefunded)
    )
    backs = {_ident(event): log.block for log, event in told if isinstance(event, _BACK)}
    ends += Counter(asked for asked in book.asked if asked in keys or asked in backs)
    taken = {*book.deals, *book.asked}
    undelivered = backs.keys() - keys.keys()
    wrong = {ident for ident in undelivered if book.version(ident) in convicted}
    unfit = {ident for ident in undelivered if book.changed(ident, backs[ident])}
    return Judged(
        {
            "rented": number[dealing.RentalStarted],
            "extended": number[dealing.RentalExtended],
            "ended": number[dealing.RentalEnded],
            "collected": number[dealing.RentCollected],
            "closed": number[dealing.RentalClosed],
            "claimed": number[dealing.DepositHeld],
            "sold_on": number[dealing.LicenseSold],
            "passed_on": number[dealing.KeyPassed] + number[asking.KeyPassed],
            "taken_back": number[dealing.DealRefunded],
            "asked": len(book.asked),
            "answered": sum(ident in keys for ident in book.asked),
            "unanswered": number[asking.KeyRequestRefunded],
        },
        lost=len(taken - ends.keys()) + len(keys.keys() & rents - ends.keys()),
        doubled=sum(ends[ident] > 1 or keys[ident] > 1 for ident in taken)
        + len(keys.keys() & backs.keys()),
        copied=sum(isinstance(event, _KEYS) and event.deliverer == rival for _, event in told),
        undelivered=undelivered - wrong,
        missed=undelivered - wrong - unfit - excused - book.mean - book.declined,
    )


def _ident(event: dealing.DealRefunded | asking.KeyRequestRefunded) -> bytes:
    return event.deal if isinstance(event, dealing.DealRefunded) else event.request


class Book:
    """What was taken and asked for, by its id."""

    def __init__(self, told: Told) -> None:
        self.told = told
        listed = {e.listing: e.terms for _, e in told if isinstance(e, dealing.Listed)}
        taken = [(log, e) for log, e in told if isinstance(e, dealing.Taken)]
        self.deals: dict[bytes, tuple[Listing, Deal]] = {
            e.deal: (listed[e.listing], e.terms) for _, e in taken
        }
        self.asked: dict[bytes, KeyRequest] = {
            e.request: e.terms for _, e in told if isinstance(e, asking.KeyRequested)
        }
        self.rates: dict[bytes, int] = {e.deal: e.protocol_rate for _, e in taken}
        self._since: dict[bytes, int] = {e.deal: log.block for log, e in taken}
        self.declined: set[bytes] = {
            e.deal for _, e in told if isinstance(e, dealing.DealRefunded) and e.declined
        }
        self.mean: set[bytes] = {
            i for i, (listing, _) in self.deals.items() if not listing.delivery_fee
        }
        self.mean |= {ident for ident, request in self.asked.items() if not request.fee}
        self._moved: dict[int, list[int]] = defaultdict(list)
        for log, event in told:
            if isinstance(event, Transfer):
                self._moved[event.id_].append(log.block)
            elif isinstance(event, UpdateUser):
                self._moved[event.token_id].append(log.block)

    def version(self, ident: bytes) -> tuple[int, int]:
        terms = self.asked[ident] if ident in self.asked else self.deals[ident][0]
        return terms.model, terms.version

    def changed(self, ident: bytes, until: int) -> bool:
        """Whether its licence changed owner or user from its taking until that block."""
        if ident not in self.deals:
            return False
        moved = self._moved[self.deals[ident][0].license]
        return any(self._since[ident] <= block <= until for block in moved)
