"""What an outbox holds, and its files: one for each nonce, written before anything leaves.

>>> entries = Records(home / "keeper" / "31337", account.address)
>>> entries.keep(Entry(41, [attempt]))
>>> [entry.nonce for entry in entries.load()]
[41]
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from daimm_cli.base import records
from daimm_cli.base.errors import DaimmError
from daimm_cli.protocol.curve import keccak

if TYPE_CHECKING:
    from daimm_cli.chain.answers import Receipt
    from daimm_cli.chain.transactions import Fees

FORMAT = "daimm/outbox/v1"
MAX_RECORD_BYTES = 8 << 20


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
    raw: bytes = field(repr=False)

    @property
    def hash(self) -> bytes:
        """The transaction's hash."""
        return keccak(self.raw)

    def to_json(self) -> dict[str, Any]:
        return {
            "subjects": list(self.subjects),
            "doing": self.doing,
            "deadline": self.deadline,
            "fees": self.fees,
            "raw": self.raw.hex(),
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Attempt:
        return cls(
            subjects=tuple(map(str, data["subjects"])),
            doing=str(data["doing"]),
            deadline=int(data["deadline"]),
            fees={str(name): int(value) for name, value in data["fees"].items()},
            raw=bytes.fromhex(data["raw"]),
        )


@dataclass
class Entry:
    """One nonce.

    receipt: of the attempt that is mined as far as the node knows, or None. usurped: a block in
    which the nonce was used, by none of the attempts; None where there is none.
    """

    nonce: int
    attempts: list[Attempt]
    mined: Attempt | None = None
    receipt: Receipt | None = None
    usurped: tuple[int, bytes] | None = None

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


class Records:
    """The files of one account's entries on one chain."""

    def __init__(self, folder: Path, account: str) -> None:
        self.folder = folder
        self.account = account

    def keep(self, entry: Entry) -> None:
        """Write an entry whole, in the place of what was there."""
        data: dict[str, Any] = {
            "format": FORMAT,
            "account": self.account,
            "nonce": entry.nonce,
            "attempts": [attempt.to_json() for attempt in entry.attempts],
        }
        if entry.usurped:
            data["usurped"] = [entry.usurped[0], entry.usurped[1].hex()]
        records.keep(self._file(entry.nonce), data)

    def forget(self, nonce: int) -> None:
        """Remove an entry."""
        self._file(nonce).unlink(missing_ok=True)

    def load(self) -> Iterator[Entry]:
        """All entries, damaged ones set aside; raises DaimmError for another account's."""
        found = records.take_all(self.folder, "[0-9]*.json", _parsed, limit=MAX_RECORD_BYTES)
        for file, (account, entry) in found:
            if account != self.account:
                raise DaimmError(
                    f"{file} is a transaction of {account} that may still be mined: run the keeper "
                    "with that account until it is, or remove the file."
                )
            yield entry

    def damaged(self) -> list[Path]:
        """The records that were set aside."""
        return records.damaged(self.folder)

    def _file(self, nonce: int) -> Path:
        return self.folder / f"{nonce}.json"


def _parsed(data: dict[str, Any]) -> tuple[str, Entry]:
    """The account and the entry of a record."""
    if data["format"] != FORMAT or not data["attempts"]:
        raise ValueError
    entry = Entry(int(data["nonce"]), [Attempt.from_json(one) for one in data["attempts"]])
    if used := data.get("usurped"):
        entry.usurped = int(used[0]), bytes.fromhex(used[1])
    return str(data["account"]), entry
