"""What an outbox holds, and its files: one for each nonce, written before anything leaves.

>>> records = Records(home / "keeper" / "31337", account.address)
>>> records.keep(Entry(41, [attempt]))
>>> [entry.nonce for entry in records.load()]
[41]
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from daimm_cli.base.errors import DaimmError, VerificationFailed
from daimm_cli.base.files import write_atomic
from daimm_cli.protocol.curve import keccak

if TYPE_CHECKING:
    from daimm_cli.chain.node import Fees
    from daimm_cli.chain.reader import Receipt

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


class Records:
    """The files of one account's entries on one chain."""

    def __init__(self, folder: Path, account: str) -> None:
        self.folder = folder
        self.account = account

    def keep(self, entry: Entry) -> None:
        """Write an entry whole, in the place of what was there."""
        data = {
            "format": FORMAT,
            "account": self.account,
            "nonce": entry.nonce,
            "attempts": [attempt.to_json() for attempt in entry.attempts],
        }
        if entry.usurped:
            data["usurped"] = [entry.usurped[0], entry.usurped[1].hex()]
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_atomic(self._file(entry.nonce), json.dumps(data).encode() + b"\n", mode=0o600)

    def forget(self, nonce: int) -> None:
        """Remove an entry."""
        self._file(nonce).unlink(missing_ok=True)

    def load(self) -> Iterator[Entry]:
        """All entries; raises DaimmError for one that is damaged or another account's."""
        for file in sorted(self.folder.glob("[0-9]*.json")):
            try:
                with file.open("rb") as stream:
                    data = json.loads(stream.read(MAX_RECORD_BYTES + 1))
                if data["format"] != FORMAT or int(data["nonce"]) != int(file.stem):
                    raise ValueError
                attempts = [Attempt.from_json(one) for one in data["attempts"]]
                account = data["account"]
                entry = Entry(int(data["nonce"]), attempts)
                _ = entry.latest
                if used := data.get("usurped"):
                    entry.usurped = int(used[0]), bytes.fromhex(used[1])
            except (ValueError, KeyError, TypeError, AttributeError, IndexError):
                raise VerificationFailed(
                    f"The record {file} is damaged: restore it, or remove it once nothing of this "
                    "account waits to be mined."
                ) from None
            if account != self.account:
                raise DaimmError(
                    f"{file} is a transaction of {account} that may still be mined: run the keeper "
                    "with that account until it is, or remove the file."
                )
            yield entry

    def _file(self, nonce: int) -> Path:
        return self.folder / f"{nonce}.json"
