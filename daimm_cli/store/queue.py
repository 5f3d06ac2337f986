"""What waits to be pushed to the IPFS daemon: publishing never waits for one.

>>> queue = Queue(store)
>>> queue.add(cid)
>>> queue.push(Kubo("/ip4/127.0.0.1/tcp/5001"))
[Push(cid='bafy...', size=1048576, pushed='/ip4/127.0.0.1/tcp/5001', problem=None)]

    queue/<cid>     of the store's folder: JSON, {"pushed": where or null, "problem": why not}

An entry changes only when the daemon has confirmed the push, so a crash costs a push made twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from daimm_cli.base import records
from daimm_cli.base.errors import DaimmError, OutsideFailed
from daimm_cli.base.text import sanitise
from daimm_cli.store.fetcher import Stage, silent
from daimm_cli.store.local import LocalStore

if TYPE_CHECKING:
    from daimm_cli.store.kubo import Kubo

_KEPT = ("pushed", "problem")


@dataclass(frozen=True)
class Push:
    """A file of the store. size: bytes; pushed: the daemon that has it; problem: the last try's."""

    cid: str
    size: int
    pushed: str | None = None
    problem: str | None = None


class Queue:
    """The pushes of one local store."""

    def __init__(self, store: LocalStore) -> None:
        self._store = store
        self._folder = store.directory / "queue"

    def add(self, *cids: str) -> None:
        """Have files of the store pushed; what is queued or pushed already stays so."""
        for cid in cids:
            self._store.size(cid)
            if self._read(cid) is None:
                self._write(Push(cid, 0))

    def entries(self) -> list[Push]:
        """Queued and pushed files, by CID; those that the store no longer holds are left out."""
        names = sorted(path.name for path in self._folder.glob("b*"))
        return [entry for name in names if (entry := self._read(name)) is not None]

    def waiting(self) -> list[Push]:
        return [entry for entry in self.entries() if entry.pushed is None]

    def push(
        self, kubo: Kubo, cids: Iterable[str] | None = None, *, stage: Stage = silent
    ) -> list[Push]:
        """Push the named files, or all that wait or that another daemon has; how each ended.

        Raises OutsideFailed at once where no daemon answers, NotStored for a name that is not here.
        """
        if cids is None:
            wanted = [entry.cid for entry in self.entries() if entry.pushed != kubo.address]
        else:
            wanted = list(dict.fromkeys(cids))
            self.add(*wanted)
        if wanted:
            kubo.version()
        done = []
        for cid in wanted:
            entry = Push(cid, self._store.size(cid), kubo.address)
            try:
                with stage(f"pushing {cid[:16]}") as report:
                    kubo.push(self._store, cid, progress=report)
            except DaimmError as error:
                entry = replace(entry, pushed=None, problem=error.message)
            self._write(entry)
            done.append(entry)
        return done

    def forget(self) -> None:
        """Drop the entries of files that the store no longer holds."""
        held = {entry.cid for entry in self.entries()}
        for path in self._folder.glob("b*"):
            if path.name not in held:
                path.unlink(missing_ok=True)

    def _write(self, entry: Push) -> None:
        records.keep(self._folder / entry.cid, {key: getattr(entry, key) for key in _KEPT})

    def _read(self, cid: str) -> Push | None:
        try:
            size = self._store.size(cid)
            return records.read(
                self._folder / cid,
                lambda data: Push(cid, size, *(data[key] and sanitise(data[key]) for key in _KEPT)),
            )
        except records.Damaged:
            return Push(cid, size)  # pushed once more
        except DaimmError:
            return None


def require_all(pushes: list[Push]) -> None:
    failed = [push for push in pushes if push.pushed is None]
    if failed:
        raise OutsideFailed(
            f"{len(failed)} of {len(pushes)} files were not pushed: {failed[0].problem}",
            hint="daimm store push, once that is put right: they stay in the queue",
        )
