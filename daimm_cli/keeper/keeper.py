"""The keeper's loop: look at the chain, keep at what was sent, send what is due.

>>> keeper = Keeper(duties, outbox, finality=12)
>>> keeper.once()
>>> keeper.run(stop)          # until `stop` is set

A tick can be cut off anywhere. What must not be done twice is on disk before it leaves (the outbox,
and `deliveries/`), and everything else follows from the chain at the next tick. So an error of the
node ends a tick and nothing else, and whatever is no DaimmError ends the process. Each part of a
tick has `PART_SECONDS`, after which it begins nothing more: a node may be slow, and there may be
much to do. It does one thing at least, and the next tick goes on with the others.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

from daimm_cli.base.errors import ChainRefused, DaimmError, OutsideFailed
from daimm_cli.chain.node import Call
from daimm_cli.chain.reader import Header
from daimm_cli.keeper.duties import DELIVER, Duties, Duty, NotFinal
from daimm_cli.keeper.entries import Entry
from daimm_cli.keeper.outbox import Outbox, Outcome
from daimm_cli.market import deliver

if TYPE_CHECKING:
    from daimm_cli.chain.node import Fees

REST = 30
"""Seconds that a duty rests after it was refused."""

MAX_PAUSE = 30.0
"""Seconds between ticks at most, while the node fails."""

PART_SECONDS = 30.0
"""For each part of a tick: reading events, looking at what was sent, sending it again, more."""


class Behind(OutsideFailed):
    """There are more events than could be read in a tick's time."""


class Observer:
    """Told what happens; `daimm_cli.keeper.health.Health` counts and logs it."""

    def sent(self, entry: Entry) -> None:
        """A transaction left for the first time."""

    def replaced(self, entry: Entry) -> None:
        """Another transaction went out for the same nonce."""

    def outcome(self, outcome: Outcome) -> None:
        """Something became of a transaction."""

    def held(self, subject: str, error: DaimmError) -> None:
        """A duty is not done for now."""

    def failed(self, error: DaimmError) -> None:
        """A tick ended early."""

    def ticked(self, keeper: Keeper, head: Header, now: int) -> None:
        """A tick ended well."""


class Keeper:
    """One seller's keeper on one chain.

    finality: how many blocks a purchase must have, its own included, or the node's word for it
    ("safe", "finalized"). batch: duties in one transaction. in_flight: transactions that wait to be
    mined at most.
    """

    def __init__(
        self,
        duties: Duties,
        outbox: Outbox,
        *,
        finality: int | str,
        batch: int = 20,
        in_flight: int = 4,
        observer: Observer | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.duties = duties
        self.outbox = outbox
        self.chain = duties.chain
        self.node = duties.chain.node
        self.finality = finality
        self.batch = batch
        self.in_flight = in_flight
        self.observer = observer or Observer()
        self._clock = clock
        self._resting: dict[str, int] = {}
        self._alone: set[str] = set()
        self._blamed: Counter[str] = Counter()
        self._now = 0

    def run(self, stop: threading.Event, *, poll: float = 2.0) -> None:
        """Tick every `poll` seconds until `stop` is set; less often while the node fails."""
        pause = poll
        while not stop.is_set():
            try:
                self.tick()
                pause = poll
            except DaimmError as error:
                self.observer.failed(error)
                pause = poll if isinstance(error, Behind) else min(pause * 2, max(MAX_PAUSE, poll))
            stop.wait(pause)

    def once(self) -> None:
        """One tick, and before it as many as it takes to read the chain's events."""
        while True:
            try:
                return self.tick()
            except Behind as error:
                self.observer.failed(error)

    def tick(self) -> None:
        """One look at the chain; raises DaimmError where the node fails."""
        head = self.node.latest()
        final = self.final(head)
        now = self._now = max(head.time, int(time.time()))
        try:
            try:
                if left := self.duties.index.sync(in_time=self._timer()):
                    raise Behind(f"{left} blocks are still to be read: going on.")
            finally:  # after it, or what it saw mined would seem to wait for something past
                self._look(head, final)
            self._mend(final, now)
        finally:  # what may have been seen goes out again whatever else fails
            for outcome in self.outbox.send_again(now, self._timer()):
                self.observer.outcome(outcome)
        self._take(head, final, now)
        self._blamed.clear()
        self.duties.tidy(final)
        self.observer.ticked(self, head, now)

    def final(self, head: Header) -> Header:
        """The newest block that counts as final."""
        wanted = self.finality
        if isinstance(wanted, int):
            wanted = max(head.number - wanted + 1, 0)
        found = self.node.header(wanted)
        if found is None:
            raise OutsideFailed(
                f"{self.node.shown} does not tell its {wanted} block: wait until it has caught up, "
                "or set finality to a number of blocks."
            )
        return found

    def _timer(self) -> Callable[[], bool]:
        """Whether a part of a tick that begins now has time left."""
        until = self._clock() + PART_SECONDS
        return lambda: self._clock() < until

    # What was sent

    def _look(self, head: Header, final: Header) -> None:
        """See what became of it."""
        for outcome in self.outbox.advance(head, final=final.number, in_time=self._timer()):
            if outcome.what == "reverted":
                self._alone.update(outcome.attempt.subjects)
            self.observer.outcome(self._told(outcome))

    def _told(self, outcome: Outcome) -> Outcome:
        """With the orders that a batch passed over: they had been delivered, or had ended."""
        if outcome.what != "final" or outcome.receipt is None or not outcome.receipt.succeeded:
            return outcome
        done = {
            f"{DELIVER} 0x{order.hex()}" for order in self.chain.delivered(outcome.receipt.logs)
        }
        missed = [s for s in outcome.attempt.subjects if _is_delivery(s) and s not in done]
        return replace(outcome, passed_over={s: self.duties.deliverer(s) for s in missed})

    def _mend(self, final: Header, now: int) -> None:
        """Replace what is stuck, and what waits for something that is past."""
        in_time = self._timer()
        stuck = self.outbox.stuck(now)
        if stuck is not None and (gap := self.outbox.gap()) is not None:
            self._fill(gap)
            stuck = None
        for entry in self.outbox.waiting:
            wanted = entry.latest.subjects
            standing = tuple(s for s in wanted if self.duties.stands(s, now))
            good = standing == wanted or (
                bool(standing) and self._passes_over(entry, standing, now)
            )
            if (good and entry is not stuck) or self.outbox.is_mined(entry):
                continue
            if not in_time():
                return
            try:
                duties = self._remade(standing, final, now, in_time)
                call, subjects, deadline = self._call(duties)
                self.outbox.replace(entry, call, subjects, deadline=deadline)
                self.observer.replaced(entry)
            except OutsideFailed:
                raise
            except DaimmError as error:
                self.observer.held(f"nonce {entry.nonce}", error)

    def _passes_over(self, entry: Entry, standing: Sequence[str], now: int) -> bool:
        """Whether it does what still stands, as it is: a batch of deliveries of which others made
        the rest. What was declined or is late is another matter: its bytes must not go out again.
        """
        past = [s for s in entry.latest.subjects if s not in standing]
        if entry.latest.deadline and now > entry.latest.deadline:
            return False
        return all(_is_delivery(s) and self.duties.deliverer(s) is not None for s in past)

    def _fill(self, nonce: int) -> None:
        """Use up a nonce that others wait for and of which there is no record."""
        call, subjects, deadline = self._call([])
        try:
            fees = self.outbox.price()
            entry = self.outbox.add(call, subjects, fees, deadline=deadline, nonce=nonce)
            self.observer.sent(entry)
        except ChainRefused as error:
            self.observer.held(f"nonce {nonce}", error)

    def _remade(
        self, subjects: Sequence[str], final: Header, now: int, in_time: Callable[[], bool]
    ) -> list[Duty]:
        """The duties once more; out of time, the first ones. The others come after them."""
        duties: list[Duty] = []
        for subject in subjects:
            if duties and not in_time():
                break
            if (duty := self._again(subject, final, now)) is not None:
                duties.append(duty)
        return duties

    def _again(self, subject: str, final: Header, now: int) -> Duty | None:
        """The duty once more, None where the chain has no use for it any more."""
        try:
            return self.duties.make(subject, final, now)
        except NotFinal:
            raise
        except ChainRefused as error:
            self.observer.held(subject, error)
            return None

    # What is due

    def _take(self, head: Header, final: Header, now: int) -> None:
        room = self.in_flight - len(self.outbox.waiting)
        if room <= 0:
            return
        busy = self.outbox.busy
        due = list(self.duties.due(final, head))
        self._alone.intersection_update(due)
        self._resting = {s: self._resting[s] for s in due if s in self._resting}
        due = [s for s in due if s not in busy and self._resting.get(s, 0) <= now]
        # What cut ticks short comes last, what was refused after what was not.
        due.sort(key=lambda s: (self._blamed[s], self._resting.get(s, 0)))
        fees: Fees | None = None
        in_time = self._timer()
        for duties in self._batches(due, final, now, in_time):
            try:
                fees = fees or self.outbox.price()
            except ChainRefused as error:
                self.observer.held("sending", error)
                return
            room -= self._send(duties, fees, room, in_time)
            if room <= 0:
                return

    def _batches(
        self, due: Sequence[str], final: Header, now: int, in_time: Callable[[], bool]
    ) -> Iterator[list[Duty]]:
        """Duties of a kind together; those alone that made others fail. Out of time, no more."""
        gas_price = max(self.node.base_fee(), 1)
        for _, subjects in groupby(due, key=lambda s: (s.split()[0], self._blamed[s])):
            batch: list[Duty] = []
            for subject in subjects:
                if subject is not due[0] and not in_time():
                    break
                try:
                    duty = self.duties.make(subject, final, now, gas_price)
                except NotFinal:
                    continue
                except OutsideFailed:
                    self._blamed[subject] += 1
                    raise
                except DaimmError as error:
                    self._rest(subject, error)
                    continue
                if subject in self._alone or self._blamed[subject] > 1:
                    yield [duty]
                    continue
                batch.append(duty)
                if len(batch) == self.batch:
                    yield batch
                    batch = []
            if batch:
                yield batch

    def _send(
        self, duties: Sequence[Duty], fees: Fees, room: int, in_time: Callable[[], bool]
    ) -> int:
        """Send duties together, or each alone where that is refused; how many transactions left.

        room: so many at most.
        """
        deliveries = [duty.delivery for duty in duties if duty.delivery]
        call, subjects, deadline = self._call(duties)
        try:
            entry = self.outbox.add(
                call,
                subjects,
                fees,
                deadline=deadline,
                before=lambda: deliver.mark_sent(deliveries, deliver.now(self.chain)),
            )
        except OutsideFailed:
            self._blamed.update(subjects)
            raise
        except DaimmError as error:
            if len(duties) == 1:
                self._rest(duties[0].subject, error)
                return 0
            self._alone.update(subjects)
            left = 0
            for duty in duties:
                if left < room and (not left or in_time()):
                    left += self._send([duty], fees, room - left, in_time)
            return left
        self._alone.difference_update(subjects)
        self.observer.sent(entry)
        return 1

    def _call(self, duties: Sequence[Duty]) -> tuple[Call, tuple[str, ...], int]:
        """The call for these duties; for none, one that does nothing but use up its nonce."""
        if not duties:
            return Call(self.outbox.account.address, b"", "free a nonce"), (), 0
        deadline = min((duty.deadline for duty in duties if duty.deadline), default=0)
        return self.duties.call(duties), tuple(duty.subject for duty in duties), deadline

    def _rest(self, subject: str, error: DaimmError) -> None:
        self._resting[subject] = self._now + REST
        self.observer.held(subject, error)


def _is_delivery(subject: str) -> bool:
    return subject.startswith(f"{DELIVER} ")
