"""Which duties are left alone for now, and for how long: by a clock that nobody sets.

>>> rests = Rests(time.monotonic)
>>> rests.failed("deliver 0x3f9a...", took=0.2)
>>> rests.over("deliver 0x3f9a...")
False
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection

REST = 30.0
"""Seconds that a duty rests after it was refused."""

RETRY, RETRY_MOST = 1.0, 4.0
"""Seconds after the node gave no good answer for it, one more each time up to the second; five
times what that took, up to REST, if it is more: an order at which the node hangs keeps no other
waiting."""


class Rests:
    """What one keeper tried in vain. clock: seconds, of any beginning."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._until: dict[str, float] = {}
        self._failures: Counter[str] = Counter()

    def refused(self, subject: str) -> None:
        """It is not to be done now."""
        self._until[subject] = self._clock() + REST

    def failed(self, subject: str, took: float) -> None:
        """Nobody knows whether it can be done. took: seconds that it took to learn nothing."""
        self._failures[subject] += 1
        pause = min(RETRY * self._failures[subject], RETRY_MOST)
        self._until[subject] = self._clock() + min(max(pause, 5 * took), REST)

    def done(self, subject: str) -> None:
        """It was done, whatever comes of it."""
        self._until.pop(subject, None)
        self._failures.pop(subject, None)

    def retain(self, subjects: Collection[str]) -> None:
        """Forget all others."""
        for subject in self._until.keys() - subjects:
            self.done(subject)

    def over(self, subject: str) -> bool:
        """Whether it may be tried now."""
        return self._until.get(subject, 0.0) <= self._clock()

    def failures(self, subject: str) -> int:
        """How often it failed since it was done."""
        return self._failures[subject]

    def rank(self, subject: str) -> tuple[int, float]:
        """What to sort by: those that failed come last, those refused lately after the others."""
        return self._failures[subject], self._until.get(subject, 0.0)
