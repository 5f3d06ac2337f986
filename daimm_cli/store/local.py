"""The local store: files by CID come in, each held once, and go (`folder` reads them).

>>> store = LocalStore(Path("store"))
>>> cid = store.put_bytes(b"manifest")
>>> store.open(cid).read()
b'manifest'

    incoming/<cid>   downloads under way, resumed block by block
    lock             shared while files come in, exclusive while some go

A file counts as held once it stands in files/; its nodes were written before that, so a crash
leaves at most leftovers for `gc`.
"""

import contextlib
import errno
import fcntl
import io
import os
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from daimm_cli.artifact.unixfs import DAG_PB, MAX_BLOCK, Cid, Dag, Node, dag_of_file
from daimm_cli.base.errors import DaimmError, VerificationFailed
from daimm_cli.base.files import (
    Progress,
    no_progress,
    open_regular,
    private_folder,
    sync_folder,
    write_atomic,
)
from daimm_cli.store.base import BlockSource, fetch_block, fetch_leaf, walk
from daimm_cli.store.folder import StoreFolder

_PARTIAL_AGE = 7 * 86400
_CANNOT_LINK = (errno.EXDEV, errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK)


class LocalStore(StoreFolder):
    """A store in a directory of the caller's choice, made when first written to."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self._incoming = directory / "incoming"

    def put_bytes(self, data: bytes) -> str:
        """Keep `data`; returns its CID."""
        return self._keep(io.BytesIO(data)).cid

    def adopt(self, path: Path, dag: Dag) -> Path:
        """Move a file whose DAG is known (from `artifact.pipeline`) into the store.

        Nothing is copied where the file system can link, and the old name goes last, so that a
        crash loses nothing. Returns where the file stands now.
        """
        final = self._path(dag.root)
        changed = DaimmError(f"'{path}' changed after its CID was computed: make it again.")
        with open_regular(path) as source:
            opened = os.fstat(source.fileno())
            if opened.st_size != dag.size:
                raise changed
            if final.exists() and final.samefile(path):
                return final
            os.fsync(source.fileno())
            with self._writing("adopt") as pending:
                try:
                    os.link(path, pending, follow_symlinks=False)
                except OSError as error:
                    if error.errno not in _CANNOT_LINK:
                        raise
                    if self._keep(source) != dag:
                        raise changed from None
                else:
                    if not os.path.samestat(opened, pending.lstat()):
                        raise changed
                    self._commit(pending, dag)
        path.unlink()
        return final

    def _keep(self, source: BinaryIO) -> Dag:
        with self._writing("copy") as pending:
            with pending.open("xb") as copy:
                dag = dag_of_file(source, copy_to=copy)
                copy.flush()
                os.fsync(copy.fileno())
            self._commit(pending, dag)
        return dag

    def receive(
        self, source: BlockSource, cid: str, *, max_size: int, progress: Progress = no_progress
    ) -> Path:
        """Fetch a file from an untrusted source, every block checked; resumes where it stopped.

        Blocks of an earlier attempt are checked again, not fetched. Raises VerificationFailed on
        the first wrong block: what was right before it stays for the next source.
        """
        root = Cid.parse(cid)
        final = self._path(root)
        if final.exists():
            return final
        with self._locked(fcntl.LOCK_SH):
            pending = self._incoming / cid
            descriptor = os.open(pending, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
            with os.fdopen(descriptor, "r+b") as partial:
                _lock(partial, fcntl.LOCK_EX, f"{cid} is being fetched by another process already.")
                dag = _receive_blocks(source, root, partial, max_size, progress)
                partial.truncate(dag.size)
                partial.flush()
                os.fsync(partial.fileno())
                self._commit(pending, dag)
        return final

    def remove(self, cid: str) -> None:
        """Drop a file; nodes that no other file needs go with it."""
        path = self.path(cid)
        with self._locked(fcntl.LOCK_EX):
            path.unlink(missing_ok=True)
            self._sweep()

    def gc(self) -> int:
        """Drop what no file needs, and downloads idle for a week; returns bytes freed."""
        with self._locked(fcntl.LOCK_EX):
            freed = self._sweep()
            oldest = time.time() - _PARTIAL_AGE
            for path in [*self._incoming.iterdir(), *self._files.glob(".*")]:
                resumable = path.parent == self._incoming and path.name.startswith("b")
                if not resumable or path.stat().st_mtime <= oldest:
                    freed += _remove(path)
        return freed

    def _sweep(self) -> int:
        needed = set()
        for stored in self.contents():
            pending = [Cid.parse(stored.cid)]
            while pending:
                cid = pending.pop()
                if cid.codec == DAG_PB and cid not in needed:
                    needed.add(cid)
                    with contextlib.suppress(DaimmError):
                        pending += [link.cid for link in Node(cid, self._read_node(cid)).links]
        names = {str(cid) for cid in needed}
        return sum(_remove(path) for path in self._nodes.iterdir() if path.name not in names)

    def _damaged(self, cid: Cid) -> VerificationFailed:
        return VerificationFailed(
            f"{cid} was damaged in the local store: remove the file (`daimm store rm`) and fetch "
            "it again."
        )

    def _commit(self, pending: Path, dag: Dag) -> None:
        """Nodes first: a file that stands in files/ has all of them."""
        for node in dag.nodes:
            path = self._nodes / str(node.cid)
            if not (path.is_file() and path.read_bytes() == node.block):
                write_atomic(path, node.block)
        pending.replace(self._path(dag.root))
        sync_folder(self._files)

    @contextlib.contextmanager
    def _writing(self, kind: str) -> Iterator[Path]:
        """A fresh name below incoming/, gone at the end unless it was renamed."""
        with self._locked(fcntl.LOCK_SH), private_folder(self._incoming / kind) as folder:
            yield folder / kind

    @contextlib.contextmanager
    def _locked(self, how: int) -> Iterator[None]:
        for directory in (self._files, self._nodes, self._incoming):
            directory.mkdir(parents=True, exist_ok=True)
        with (self.directory / "lock").open("ab") as lock:
            _lock(lock, how, "The store is in use: try again when the other command has finished.")
            yield


def _receive_blocks(
    source: BlockSource, root: Cid, partial: BinaryIO, max_size: int, progress: Progress
) -> Dag:
    """Write what `partial` lacks of the file into it."""
    if root.codec != DAG_PB:
        data = fetch_block(source, root, max_size=min(max_size, MAX_BLOCK))
        partial.write(data)
        progress(len(data), len(data))
        return Dag(root, len(data), ())
    nodes: list[Node] = []
    size = total = 0
    for block in walk(source, root, max_size=max_size):
        if isinstance(block, Node):
            total = total or sum(link.size for link in block.links)
            nodes.append(block)
            continue
        partial.seek(block.offset)
        if sha256(partial.read(block.size)).digest() != block.cid.digest:
            data = fetch_leaf(source, block)
            partial.seek(block.offset)
            partial.write(data)
        size = block.offset + block.size
        progress(size, total)
    return Dag(root, size, tuple(nodes))


def _lock(file: BinaryIO, how: int, otherwise: str) -> None:
    try:
        fcntl.flock(file, how | fcntl.LOCK_NB)
    except BlockingIOError:
        raise DaimmError(otherwise) from None


def _remove(path: Path) -> int:
    if path.is_dir() and not path.is_symlink():
        freed = sum(_remove(below) for below in path.iterdir())
        path.rmdir()
        return freed
    size = path.lstat().st_size
    path.unlink()
    return size
