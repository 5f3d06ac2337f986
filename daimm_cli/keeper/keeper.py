"""The keeper's loop: look at the chain, keep at what was sent, send what is due.

>>> keeper = Keeper(duties, outbox, finality=12)
>>> keeper.once()
>>> keeper.run(stop)          # until `stop` is set

A tick can be cut off anywhere. What must not be done twice is on disk before it leaves (the outbox,
and `deliveries/`), and everything else follows from the chain at the next tick. So an answer that
fails is the trouble of one order, or of one part of a tick: the others go on, and it is tried again
soon. Whatever is no DaimmError ends the process. Each part has `PART_SECONDS`, after which it
begins nothing more: a node may be slow, and there may be much to do. It does one thing at least,
and the next tick goes on with the others.

What is sent has to be in time by the chain's clock and by this machine's; what is given up is late
by the chain's alone. Rests and patience count by a clock that nobody sets.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import KW_ONLY, dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

from daimm_cli.base.errors import ChainRefused, DaimmError, OutsideFailed
from daimm_cli.chain.answers import Header
from daimm_cli.keeper.duties import Duties, Duty, NotFinal
from daimm_cli.keeper.entries import Observer
from daimm_cli.keeper.mend import Followed
from daimm_cli.keeper.outbox import Outbox
from daimm_cli.market import deliver
from daimm_cli.market.deliver import ClocksDiffer, Moment

if TYPE_CHECKING:
    from daimm_cli.chain.transactions import Fees

MAX_PAUSE = 30.0
"""Seconds between ticks at most, while the node does not answer."""

PART_SECONDS = 10.0
"""For each part of a tick: reading events, looking at what was sent, sending it again, more."""

REST = 30.0
"""Seconds that a duty rests after it was refused."""

RETRY, RETRY_MOST = 1.0, 4.0
"""Seconds after the node gave no good answer for it, one more each time up to the second; five
times what that took, up to REST, if it is more: an order at which the node hangs keeps no other
waiting."""


class Behind(OutsideFailed):
    """There are more events than could be read in a tick's time."""


@contextlib.contextmanager
def _kept(failures: list[DaimmError]) -> Iterator[None]:
    """What fails in a part of a tick joins the others, and the next part goes on."""
    try:
        yield
    except DaimmError as error:
        failures.append(error)


@dataclass
class _Rest:
    """A duty that was tried in vain: until when it is left alone, by a clock that nobody sets, and
    how often it failed."""

    until: float = 0.0
    failures: int = 0


@dataclass
class Keeper:
    """One seller's keeper on one chain.

    finality: how many blocks a purchase must have, its own included, or the node's word for it
    ("safe", "finalized"). batch: duties in one transaction. in_flight: transactions that wait to be
    mined at most.
    """

    duties: Duties
    outbox: Outbox
    _: KW_ONLY
    finality: int | str
    batch: int = 20
    in_flight: int = 4
    observer: Observer = field(default_factory=Observer)
    clock: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        self.chain = self.duties.chain
        self.node = self.duties.chain.node
        self._rests: dict[str, _Rest] = {}
        self._alone: set[str] = set()
        self._followed = Followed(self.duties, self.outbox, self.observer, self._alone)
        self._reached = self._begins = False
        self._served: dict[str, int] = {}

    def run(self, stop: threading.Event, *, poll: float = 2.0) -> None:
        """Tick every `poll` seconds until `stop` is set; less often while the node is away."""
        pause = poll
        while not stop.is_set():
            try:
                self.tick()
            except DaimmError as error:
                self.observer.failed(error)
            pause = poll if self._reached else min(pause * 2, max(MAX_PAUSE, poll))
            stop.wait(pause)

    def once(self) -> None:
        """One tick, and before it as many as it takes to read the chain's events."""
        while True:
            try:
                return self.tick()
            except Behind as error:
                self.observer.failed(error)

    def tick(self) -> None:
        """One look at the chain; raises DaimmError where the node fails, after what else is due."""
        self._reached = False
        head = self.node.latest()
        final = self.final(head)
        now = Moment(head.time, int(time.time()))
        self._reached = True
        failures: list[DaimmError] = []
        with _kept(failures):
            if left := self.duties.index.sync(in_time=self._timer()):
                raise Behind(f"{left} blocks are still to be read: going on.")
        with _kept(failures):
            self.duties.read(None if failures else head)
        with _kept(failures):
            # After that, or what it saw mined would seem to wait for something past.
            self._followed.look(head, final, self._timer())
        if not failures:
            with _kept(failures):
                self._followed.mend(final, now, self._timer())
        with _kept(failures):  # what may have been seen goes out again whatever else fails
            for outcome in self.outbox.send_again(now.latest, self._timer()):
                self.observer.outcome(outcome)
        if not (failures and isinstance(failures[0], Behind)):
            with _kept(failures):
                self._take(head, final, now)
        if failures:
            raise failures[0]
        # What was kept of orders whose end is final.
        deliver.forget_ended(self.chain, self.duties.home, self.duties.index, final.time)
        self.observer.ticked(self, head, now)

    def final(self, head: Header) -> Header:
        """The newest block that counts as final."""
        wanted = self.finality
        if isinstance(wanted, int):
            wanted = max(head.number - wanted + 1, 0)
        found = self.node.header(wanted)
        if found is None:
            raise OutsideFailed(
                f"{self.node.who} does not tell its {wanted} block: wait until it has caught up, "
                "or set finality to a number of blocks."
            )
        return found

    def _timer(self) -> Callable[[], bool]:
        """Whether a part of a tick that begins now has time left."""
        until = self.clock() + PART_SECONDS
        return lambda: self.clock() < until

    # What is due

    def _take(self, head: Header, final: Header, now: Moment) -> None:
        room = self.in_flight - len(self.outbox.waiting)
        if room <= 0:
            return
        busy = self.outbox.busy
        due = dict.fromkeys(self.duties.due(final, head), _Rest())
        self._alone.intersection_update(due)
        self._rests = {s: rest for s, rest in self._rests.items() if s in due}
        due |= self._rests
        ready = [s for s, rest in due.items() if s not in busy and rest.until <= self.clock()]
        # Those that failed come last, those refused lately after the others.
        ready.sort(key=lambda s: (due[s].failures, due[s].until))
        fees: Fees | None = None
        in_time, self._begins = self._timer(), True
        for duties in self._batches(ready, final, now, in_time):
            try:
                fees = fees or self.outbox.price()
            except ChainRefused as error:
                self.observer.held("sending", error)
                return
            room -= self._send(duties, fees, room, in_time)
            if room <= 0:
                return

    def _batches(
        self, due: Sequence[str], final: Header, now: Moment, in_time: Callable[[], bool]
    ) -> Iterator[list[Duty]]:
        """Duties of a kind and contract together, a batch of each in turn, first of those that had
        none for the longest time: many of one keep no other waiting. Half as many for each time
        that they failed. Out of time, no more."""
        gas_price = max(self.node.base_fee(), 1) if due else 0
        grouped = groupby(due, key=lambda s: (self._failures(s), s.split(" 0x")[0]))
        groups = [(*key, list(subjects)) for key, subjects in grouped]
        groups.sort(key=lambda group: (group[0], self._served.get(group[1], 0)))

        def made(subject: str) -> Duty:
            return self.duties.make(subject, final, now, gas_price)

        queue = deque(
            (kind, self._of_kind(subjects, self.batch >> failures, made, in_time))
            for failures, kind, subjects in groups
        )
        while queue:
            kind, batches = queue.popleft()
            if batch := next(batches, None):
                self._served[kind] = max(self._served.values(), default=0) + 1
                queue.append((kind, batches))
                yield batch

    def _of_kind(
        self,
        due: Sequence[str],
        most: int,
        made: Callable[[str], Duty],
        in_time: Callable[[], bool],
    ) -> Iterator[list[Duty]]:
        """Alone, refunds, which whoever is first undoes, and those of what was refused or reverted;
        of the others at most so many."""
        batch: list[Duty] = []
        for subject in due:
            if not in_time() and not self._begins:
                break
            self._begins = False
            began = self.clock()
            try:
                duty = made(subject)
            except NotFinal:
                continue
            except DaimmError as error:
                self._rest(subject, error, began)
                continue
            if subject in self._alone or duty.alone:
                yield [duty]
                continue
            batch.append(duty)
            if len(batch) >= most:
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
        began = self.clock()
        batch = self.duties.batch(duties)
        try:
            entry = self.outbox.add(
                batch,
                fees,
                before=lambda: deliver.mark_sent(deliveries, deliver.moment(self.chain)),
            )
        except DaimmError as error:
            if len(duties) == 1 or isinstance(error, OutsideFailed):
                for subject in batch.subjects:
                    self._rest(subject, error, began)
                return 0
            self._alone.update(batch.subjects)
            left = 0
            for duty in duties:
                if left < room and (not left or in_time()):
                    left += self._send([duty], fees, room - left, in_time)
            return left
        self._alone.difference_update(batch.subjects)
        for subject in batch.subjects:
            self._rests.pop(subject, None)
        self.observer.sent(entry)
        return 1

    def _rest(self, subject: str, error: DaimmError, began: float) -> None:
        rest = self._rests.setdefault(subject, _Rest())
        pause = REST
        if isinstance(error, OutsideFailed | ClocksDiffer):
            rest.failures += 1
            again = min(RETRY * rest.failures, RETRY_MOST)
            pause = min(max(again, 5 * (self.clock() - began)), REST)
        rest.until = self.clock() + pause
        self.observer.held(subject, error)

    def _failures(self, subject: str) -> int:
        return self._rests[subject].failures if subject in self._rests else 0
