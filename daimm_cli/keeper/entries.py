"""What an outbox holds, who hears of it, and its files: one a nonce, written before it leaves.

>>> keep(folder / "41.json", account.address, Entry(41, [attempt]))
>>> [entry.nonce for entry in load(folder, account.address)]
[41]
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from pydantic import BeforeValidator, PlainSerializer, TypeAdapter

from daimm_cli.base import records
from daimm_cli.base.errors import DaimmError
from daimm_cli.bindings.calls import Call
from daimm_cli.chain.answers import Header, Receipt
from daimm_cli.chain.transactions import Fees
from daimm_cli.protocol.curve import keccak

if TYPE_CHECKING:
    from daimm_cli.keeper.keeper import Keeper
    from daimm_cli.market.deliver import Moment

FORMAT = "daimm/outbox/v1"
MAX_RECORD_BYTES = 8 << 20

Hex = Annotated[
    bytes,
    BeforeValidator(lambda value: bytes.fromhex(value) if isinstance(value, str) else value),
    PlainSerializer(bytes.hex),
]
"""Bytes that a record has as hexadecimal digits."""


@dataclass(frozen=True)
class Attempt:
    """One transaction of an entry.

    deadline: the last second in which it may be sent, since 1970; 0 for none. fees: wei per gas.
    raw: the signed bytes.
    """

    subjects: tuple[str, ...]
    doing: str
    deadline: int
    fees: Fees
    raw: Hex = field(repr=False)

    @property
    def hash(self) -> bytes:
        """The transaction's hash."""
        return keccak(self.raw)


@dataclass
class Entry:
    """One nonce.

    usurped: a block in which the nonce was used, by none of the attempts; None where there is none.
    mined, receipt: the attempt that is mined as far as the node knows, or None; not kept.
    """

    nonce: int
    attempts: list[Attempt]
    usurped: tuple[int, Hex] | None = None
    mined: Attempt | None = None
    receipt: Receipt | None = None

    @property
    def latest(self) -> Attempt:
        """The attempt that is to be mined."""
        return self.attempts[-1]

    @property
    def subjects(self) -> frozenset[str]:
        """What others must leave alone: nothing once the transaction was seen to revert."""
        if self.receipt is not None and not self.receipt.succeeded:
            return frozenset()
        return frozenset(subject for attempt in self.attempts for subject in attempt.subjects)


_KEPT = TypeAdapter(Entry)


class Batch(NamedTuple):
    """What goes out in one transaction. deadline: as an attempt's."""

    call: Call
    subjects: Sequence[str]
    deadline: int = 0


@dataclass(frozen=True)
class Outcome:
    """What the outbox found out about an attempt: "final", "reverted", "usurped" or "again".

    passed_over: its subjects that others did first, and who did, where that is known. The outbox
    cannot tell; whoever knows what the subjects mean fills it in.
    """

    what: str
    nonce: int
    attempt: Attempt
    receipt: Receipt | None = None
    passed_over: Mapping[str, str | None] = field(default_factory=dict)


class Observer:
    """Hears of everything, and does nothing about it."""

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

    def ticked(self, keeper: Keeper, head: Header, now: Moment) -> None:
        """A tick ended well."""


def keep(file: Path, account: str, entry: Entry) -> None:
    """Write an account's entry whole, in the place of what was there."""
    own = {"nonce", "attempts", *(("usurped",) if entry.usurped else ())}
    data = _KEPT.dump_python(entry, mode="json", include=own)
    records.keep(file, {"format": FORMAT, "account": account, **data})


def load(folder: Path, account: str) -> Iterator[Entry]:
    """All entries, damaged ones set aside; raises DaimmError for another account's."""
    found = records.take_all(folder, "[0-9]*.json", _parsed, limit=MAX_RECORD_BYTES)
    for file, (whose, entry) in found:
        if whose != account:
            raise DaimmError(
                f"{file} is a transaction of {whose} that may still be mined: run the keeper with "
                "that account until it is, or remove the file."
            )
        yield entry


def _parsed(data: dict[str, Any]) -> tuple[str, Entry]:
    """The account and the entry of a record."""
    if data["format"] != FORMAT or not data["attempts"]:
        raise ValueError
    kept = {name: data[name] for name in ("nonce", "attempts", "usurped") if name in data}
    return str(data["account"]), _KEPT.validate_python(kept)
