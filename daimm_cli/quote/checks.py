"""What is asked of an offer, and the three answers that each question has.

>>> signature = Check("signature", lambda it: verify(it), "{seller} signed the manifest.")
>>> signature.made(facts)
Finding(check='signature', result=<Result.OK: 'ok'>, says='0x7099... signed the manifest.')
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from daimm_cli.base.errors import DaimmError, OutsideFailed

_Facts = TypeVar("_Facts")


class Result(enum.Enum):
    """FALSE is known to be wrong; UNKNOWN could not be found out, and proves nothing."""

    OK = "ok"
    FALSE = "false"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Finding:
    """What a check came to. says: one sentence or two, for people."""

    check: str
    result: Result
    says: str


@dataclass(frozen=True)
class Check(Generic[_Facts]):
    """A question. asks: gives False where it is wrong, or raises.

    holds, otherwise: the sentence for either answer, with attributes of the facts in braces.
    """

    name: str
    asks: Callable[[_Facts], object]
    holds: str
    otherwise: str = ""

    def made(self, facts: _Facts) -> Finding:
        """UNKNOWN where the outside fails."""
        try:
            right = self.asks(facts) is not False
        except OutsideFailed as error:
            return Finding(self.name, Result.UNKNOWN, error.message)
        except DaimmError as error:
            return Finding(self.name, Result.FALSE, error.message)
        says = (self.holds if right else self.otherwise).format_map(_Named(facts))
        return Finding(self.name, Result.OK if right else Result.FALSE, says)


class _Named(dict[str, object]):
    """An object's attributes by name; several are listed."""

    def __init__(self, facts: object) -> None:
        super().__init__()
        self._facts = facts

    def __missing__(self, name: str) -> object:
        value = getattr(self._facts, name)
        return " and ".join(value) if isinstance(value, tuple) else value
