"""Following up what was sent: what became of it, and other transactions for what got stuck.

>>> followed = Followed(duties, outbox, Observer(), set())
>>> followed.look(head, final, lambda: True)
>>> followed.mend(final, now, lambda: True)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from daimm_cli.base.errors import ChainRefused, DaimmError
from daimm_cli.bindings.market import OrderSettled
from daimm_cli.chain.answers import Header
from daimm_cli.keeper.duties import DELIVER, SETTLE, Duties, Duty, NotFinal
from daimm_cli.keeper.entries import Entry, Observer, Outcome
from daimm_cli.keeper.outbox import Outbox
from daimm_cli.market.deliver import ClocksDiffer, Moment

InTime = Callable[[], bool]
"""Once it says no, nothing more is begun."""


@dataclass(frozen=True)
class Followed:
    """What a keeper sent. alone: gets the subjects of what reverted: they go alone then."""

    duties: Duties
    outbox: Outbox
    observer: Observer
    alone: set[str]

    def look(self, head: Header, final: Header, in_time: InTime) -> None:
        """See what became of it."""
        for outcome in self.outbox.advance(head, final=final.number, in_time=in_time):
            if outcome.what == "reverted":
                self.alone.update(outcome.attempt.subjects)
            self.observer.outcome(self._told(outcome))

    def _told(self, outcome: Outcome) -> Outcome:
        """With the orders that a batch passed over: they had been delivered, had ended, or were no
        longer due."""
        if outcome.what != "final" or outcome.receipt is None or not outcome.receipt.succeeded:
            return outcome
        chain, logs = self.duties.chain, outcome.receipt.logs
        done = {f"{DELIVER} 0x{order.hex()}" for order in chain.delivered(logs)}
        done |= {f"{SETTLE} 0x{event.order.hex()}" for event in chain.events(logs, OrderSettled)}
        passed = {s: s.split()[0] for s in outcome.attempt.subjects if s not in done}
        missed = {s: kind for s, kind in passed.items() if kind in (DELIVER, SETTLE)}
        return replace(
            outcome,
            passed_over={
                s: self.duties.deliverer(s) if kind == DELIVER else None
                for s, kind in missed.items()
            },
        )

    def mend(self, final: Header, now: Moment, in_time: InTime) -> None:
        """Replace what is stuck, and what waits for something that is past."""
        stuck = self.outbox.stuck()
        if stuck is not None and (gap := self.outbox.gap()) is not None:
            self._fill(gap)
            stuck = None
        for entry in self.outbox.waiting:
            wanted = entry.latest.subjects
            standing = self._standing(wanted, now.chain)
            if standing != wanted:  # a time that one answer was wrong about gives nothing up
                again = self.duties.chain.node.latest().time
                standing = self._standing(wanted, min(now.chain, again))
            good = standing == wanted or (
                bool(standing) and self._passes_over(entry, standing, now.chain)
            )
            if good and entry is not stuck:
                continue
            if not in_time():
                return
            try:
                if self.outbox.is_mined(entry):
                    continue
                duties = self._remade(standing, final, now, in_time)
                self.outbox.replace(entry, self.duties.batch(duties))
                self.observer.replaced(entry)
            except DaimmError as error:
                self.observer.held(f"nonce {entry.nonce}", error)

    def _standing(self, subjects: Sequence[str], now: int) -> tuple[str, ...]:
        return tuple(s for s in subjects if self.duties.stands(s, now))

    def _passes_over(self, entry: Entry, standing: Sequence[str], now: int) -> bool:
        """Whether it does what still stands, as it is: a batch of deliveries of which others made
        the rest. What was declined or is late is another matter: its bytes must not go out again.
        """
        past = [s for s in entry.latest.subjects if s not in standing]
        if entry.latest.deadline and now > entry.latest.deadline:
            return False
        return all(_delivers(s) and self.duties.deliverer(s) is not None for s in past)

    def _fill(self, nonce: int) -> None:
        """Use up a nonce that others wait for and of which there is no record."""
        try:
            fees = self.outbox.price()
            self.observer.sent(self.outbox.add(self.duties.batch([]), fees, nonce=nonce))
        except ChainRefused as error:
            self.observer.held(f"nonce {nonce}", error)

    def _remade(
        self, subjects: Sequence[str], final: Header, now: Moment, in_time: InTime
    ) -> list[Duty]:
        """The duties once more; out of time, the first ones. The others come after them."""
        duties: list[Duty] = []
        for subject in subjects:
            if duties and not in_time():
                break
            try:
                duties.append(self.duties.make(subject, final, now))
            except (NotFinal, ClocksDiffer):
                raise
            except ChainRefused as error:  # the chain has no use for it any more
                self.observer.held(subject, error)
        return duties


def _delivers(subject: str) -> bool:
    return subject.startswith(f"{DELIVER} ")
