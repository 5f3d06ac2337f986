"""Bringing files into the local store, from wherever they are.

>>> fetcher = Fetcher(store, [LocalStore(Path("/mnt/shared/store"))])
>>> fetcher.path(cid, "manifest", max_size=1 << 20)
PosixPath('~/.daimm/store/...')
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from daimm_cli.base.errors import DaimmError, OutsideFailed, VerificationFailed
from daimm_cli.base.files import Progress
from daimm_cli.store.base import BlockSource, NotStored
from daimm_cli.store.local import LocalStore

if TYPE_CHECKING:
    from daimm_cli.accounts.labels import Labels

Stage = Callable[[str], contextlib.AbstractContextManager[Progress]]
"""Given a label, what shows the progress of one stage: `output.progress`, or `silent`."""


@contextlib.contextmanager
def silent(_label: str) -> Iterator[Progress]:
    """A stage that shows nothing."""
    yield lambda _done, _total: None


class Fetcher:
    """Brings files into the local store, from wherever they are.

    labels: of one's own lines, where the home has them: then their manifests need not be fetched.
    """

    def __init__(
        self, store: LocalStore, sources: Sequence[BlockSource] = (), labels: Labels | None = None
    ) -> None:
        self.store = store
        self.sources = sources
        self.labels = labels

    def open(
        self, cid: str, what: str, *, max_size: int
    ) -> contextlib.AbstractContextManager[BinaryIO]:
        """The file's content, fetched if need be; fails as `path`."""
        self.path(cid, what, max_size=max_size)
        return self.store.open(cid)

    def path(self, cid: str, what: str, *, max_size: int, stage: Stage = silent) -> Path:
        """Where the file stands in the local store, fetched if need be; its CID holds then.

        A file that was there before is not read here. what: names it in messages. max_size: bytes.
        Raises OutsideFailed where no source has it, VerificationFailed where all that have it lie.
        """
        if self.store.has(cid):
            return self.store.path(cid)
        problem: DaimmError | None = None
        for source in self.sources:
            try:
                with stage(f"fetching the {what}") as report:
                    return self.store.receive(source, cid, max_size=max_size, progress=report)
            except NotStored:
                continue
            except (VerificationFailed, OutsideFailed) as error:
                problem = error
            except OSError as error:
                problem = OutsideFailed(f"A source of the {what} cannot be read: {error.strerror}.")
        if problem is not None:
            raise problem
        others = ", nor in any source that is named" if self.sources else ""
        raise OutsideFailed(
            f"The {what} ({cid}) is not in the local store{others}: ask the seller where it is "
            "kept and add that store to `sources` (or a gateway to `gateways`) under [storage] in "
            "config.toml."
        )
