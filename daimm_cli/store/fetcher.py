"""Bringing files into the local store, from wherever they are: the sources that the settings name.

>>> fetcher = Fetcher(store, [LocalStore(Path("/mnt/shared/store"))])
>>> fetcher.path(cid, "manifest", max_size=1 << 20)
PosixPath('~/.daimm/store/...')
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeVar

from daimm_cli.artifact.unixfs import Cid
from daimm_cli.base.errors import DaimmError, OutsideFailed, VerificationFailed
from daimm_cli.base.files import Progress
from daimm_cli.base.http import READ_SECONDS
from daimm_cli.base.text import origin
from daimm_cli.store.base import BlockSource, NotStored, fetch_block
from daimm_cli.store.folder import StoreFolder
from daimm_cli.store.local import LocalStore

if TYPE_CHECKING:
    from daimm_cli.accounts.labels import Labels
    from daimm_cli.base.config import Config
    from daimm_cli.store.kubo import Kubo
    from daimm_cli.store.pinning import PinningService

T = TypeVar("T")

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

        def receive(source: BlockSource) -> Path:
            with stage(f"fetching the {what}") as report:
                return self.store.receive(source, cid, max_size=max_size, progress=report)

        return self._from(self.sources, receive, cid, what)

    def block(self, cid: Cid, what: str, *, max_size: int) -> bytes:
        """A file of one block, which the local store does not keep; fails as `path`."""

        def read(source: BlockSource) -> bytes:
            if isinstance(source, StoreFolder) and not source.has(str(cid)):
                raise NotStored(cid)  # before it is looked for in every file
            return fetch_block(source, cid, max_size=max_size)

        return self._from([self.store, *self.sources], read, str(cid), what)

    def _from(
        self, sources: Sequence[BlockSource], take: Callable[[BlockSource], T], cid: str, what: str
    ) -> T:
        """What `take` gets of the first source that has the file and does not lie."""
        problem: DaimmError | None = None
        for source in sources:
            try:
                return take(source)
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


@dataclass(frozen=True)
class Named:
    """A source, what it is ("folder", "daemon" or "gateway") and how to call it."""

    kind: str
    name: str
    source: BlockSource


def named_sources(config: Config, *, read: float = READ_SECONDS) -> list[Named]:
    """Where files are fetched from, in turn: other stores, the daemon, the gateways.

    read: seconds for an answer.
    """
    found = [Named("folder", str(folder), StoreFolder(folder)) for folder in config.storage.sources]
    kubo = daemon(config, read=read)
    if kubo is not None:
        found.append(Named("daemon", kubo.address, kubo))
    if config.storage.gateways:
        from daimm_cli.store.gateway import Gateway

        for url in config.storage.gateways:
            gateway = Gateway(url, read=read)
            found.append(Named("gateway", origin(url), gateway))
    return found


def daemon(config: Config, *, read: float = READ_SECONDS) -> Kubo | None:
    """The IPFS daemon, if one is named; nobody asked it anything yet."""
    if config.storage.kubo is None:
        return None
    from daimm_cli.store.kubo import Kubo

    file = config.storage.kubo_auth_file
    secret = read_secret(file) if file else None
    return Kubo(config.storage.kubo, secret=secret, read=read)


def require_daemon(config: Config, *, read: float = READ_SECONDS) -> Kubo:
    """The IPFS daemon; raises DaimmError where none is named."""
    found = daemon(config, read=read)
    if found is None:
        raise DaimmError(
            "No IPFS daemon is named, and the local store serves alone: set DAIMM_KUBO, or `kubo` "
            'under [storage] in config.toml, like "/ip4/127.0.0.1/tcp/5001".'
        )
    return found


def pinning(config: Config, *, read: float = READ_SECONDS) -> PinningService | None:
    if config.storage.pinning is None:
        return None
    from daimm_cli.store.pinning import PinningService

    file = config.storage.pinning_token_file
    token = read_secret(file) if file else None
    return PinningService(config.storage.pinning, token, read=read)


def read_secret(path: Path) -> str:
    """The one line of a token's file, fit for a header. Raises DaimmError where others read it."""
    from daimm_cli.accounts import keystore

    text = keystore.read_secret(path, "the secret").strip()
    if not text or not (text.isascii() and text.isprintable()):
        raise DaimmError(f"{path} must hold one line of plain characters and nothing else.")
    return text
