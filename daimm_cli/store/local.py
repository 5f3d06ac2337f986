"""The local store: files by CID, each held once, its blocks read as ranges of it.

>>> store = LocalStore(Path("store"))
>>> cid = store.put_bytes(b"manifest")
>>> store.open(cid).read()
b'manifest'

    files/<cid>      the content, byte for byte
    nodes/<cid>      inner dag-pb blocks (50 bytes per MiB of a file)
    incoming/<cid>   downloads under way, resumed block by block
    lock             shared while files come in, exclusive while some go

A file counts as held once it stands in files/; its nodes were written before that, so a crash
leaves at most leftovers for `gc`. Every read is checked against the CID.
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

from daimm_cli.artifact.inputs import open_regular
from daimm_cli.artifact.unixfs import CHUNK, DAG_PB, MAX_BLOCK, Cid, Dag, Leaf, Node, dag_of_file
from daimm_cli.errors import DaimmError, VerificationFailed
from daimm_cli.files import write_atomic
from daimm_cli.store.base import (
    BlockSource,
    LastBlock,
    NotStored,
    Progress,
    Stored,
    VerifiedReader,
    fetch_leaf,
    walk,
)

_PARTIAL_AGE = 7 * 86400
_ANY_SIZE = 1 << 62
_CANNOT_LINK = (errno.EXDEV, errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK)


class LocalStore:
    """A `Storage` in a directory of the caller's choice, made when first written to."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._files = directory / "files"
        self._nodes = directory / "nodes"
        self._incoming = directory / "incoming"

    # Bringing content in

    def put_bytes(self, data: bytes) -> str:
        """Keep `data`; returns its CID."""
        return self._keep(io.BytesIO(data), None).cid

    def put_file(self, path: Path, *, progress: Progress | None = None) -> str:
        """Keep a copy of the file; it is read once."""
        with open_regular(path) as source:
            return self._keep(source, progress).cid

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
                    if self._keep(source, None) != dag:
                        raise changed from None
                else:
                    if not os.path.samestat(opened, pending.lstat()):
                        raise changed
                    self._commit(pending, dag)
        path.unlink()
        return final

    def _keep(self, source: BinaryIO, progress: Progress | None) -> Dag:
        with self._writing("copy") as pending:
            with pending.open("xb") as copy:
                dag = dag_of_file(source, copy_to=copy, progress=progress)
                copy.flush()
                os.fsync(copy.fileno())
            self._commit(pending, dag)
        return dag

    def receive(
        self,
        source: BlockSource,
        cid: str,
        *,
        max_size: int,
        progress: Progress | None = None,
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
                dag = self._receive_blocks(LastBlock(source), root, partial, max_size, progress)
                partial.flush()
                os.fsync(partial.fileno())
                self._commit(pending, dag)
        return final

    def _receive_blocks(
        self,
        source: BlockSource,
        root: Cid,
        partial: BinaryIO,
        max_size: int,
        progress: Progress | None,
    ) -> Dag:
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
            if progress:
                progress(size, total or size)
        partial.truncate(size)
        return Dag(root, size, tuple(nodes))

    # Reading

    def has(self, cid: str) -> bool:
        return self._path(Cid.parse(cid)).is_file()

    def size(self, cid: str) -> int:
        with self._open(Cid.parse(cid)) as file:
            return os.fstat(file.fileno()).st_size

    def contents(self) -> Iterator[Stored]:
        """All files held, sorted by CID."""
        for path in sorted(self._files.glob("b*")):
            with contextlib.suppress(DaimmError, FileNotFoundError):
                yield Stored(str(Cid.parse(path.name)), path.stat().st_size)

    def path(self, cid: str) -> Path:
        """Where the file stands. Its bytes are not checked: see `get`."""
        path = self._path(Cid.parse(cid))
        if not path.is_file():
            raise NotStored(cid)
        return path

    def get(self, cid: str, *, progress: Progress | None = None) -> Path:
        """Where the file stands, after reading all of it and finding it right."""
        with self.open(cid) as content:
            size = content.seek(0, os.SEEK_END)
            content.seek(0)
            done = 0
            while chunk := content.read(CHUNK):
                done += len(chunk)
                if progress:
                    progress(done, size)
        return self.path(cid)

    def open(self, cid: str) -> BinaryIO:
        """The content as a seekable stream, each block checked as it is read."""
        root = Cid.parse(cid)
        if root.codec != DAG_PB:
            if not self.has(cid):
                raise NotStored(cid)
            return io.BytesIO(self.block(root))
        leaves = list(self.dag(cid).leaves())
        return io.BufferedReader(_FileReader(self._open(root), leaves))

    def dag(self, cid: str) -> Dag:
        """The file's inner blocks and leaf ranges, ready for a CAR stream (`Dag.blocks`)."""
        root = Cid.parse(cid)
        size = self.size(cid)
        blocks = walk(self, root, max_size=_ANY_SIZE)
        nodes = [block for block in blocks if isinstance(block, Node)]
        if nodes and sum(link.size for link in nodes[0].links) != size:
            raise VerificationFailed(
                f"The file {cid} in the local store was truncated: remove it and fetch it again."
            )
        return Dag(root, size, tuple(nodes))

    def block(self, cid: Cid, *, max_size: int = MAX_BLOCK) -> bytes:
        """Any block of any file held; a leaf is found through the nodes that link to it."""
        if cid.codec == DAG_PB:
            return self._read_node(cid)
        if not self._path(cid).is_file():
            return self._find_leaf(cid)
        with self._open(cid) as file:
            return _checked(cid, file.read(max_size + 1))

    # Letting go

    def remove(self, cid: str) -> None:
        """Drop a file; nodes that no other file needs go with it."""
        path = self.path(cid)
        with self._locked(fcntl.LOCK_EX):
            path.unlink(missing_ok=True)
            self._sweep()

    def gc(self, *, partial_age: float = _PARTIAL_AGE) -> int:
        """Drop what no file needs, and downloads idle for `partial_age` s; returns bytes freed."""
        with self._locked(fcntl.LOCK_EX):
            freed = self._sweep()
            oldest = time.time() - partial_age
            for path in [*self._incoming.iterdir(), *self._files.glob(".*")]:
                resumable = path.parent == self._incoming and path.name.startswith("b")
                if not resumable or path.stat().st_mtime <= oldest:
                    freed += _unlink(path)
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
        return sum(_unlink(path) for path in self._nodes.iterdir() if path.name not in names)

    # Inside

    def _path(self, cid: Cid) -> Path:
        return self._files / str(cid)

    def _open(self, cid: Cid) -> BinaryIO:
        try:
            return self._path(cid).open("rb")
        except FileNotFoundError:
            raise NotStored(cid) from None

    def _read_node(self, cid: Cid) -> bytes:
        try:
            with (self._nodes / str(cid)).open("rb") as file:
                return _checked(cid, file.read(MAX_BLOCK + 1))
        except FileNotFoundError:
            raise NotStored(cid) from None

    def _find_leaf(self, cid: Cid) -> bytes:
        for stored in self.contents():
            root = Cid.parse(stored.cid)
            if root.codec == DAG_PB and self._mentions(root, bytes(cid)):
                with self._open(root) as file:
                    for leaf in self.dag(stored.cid).leaves():
                        if leaf.cid == cid:
                            return _read_leaf(file, leaf)
        raise NotStored(cid)

    def _mentions(self, cid: Cid, wanted: bytes) -> bool:
        with contextlib.suppress(DaimmError):
            node = Node(cid, self._read_node(cid))
            inner = (link.cid for link in node.links if link.cid.codec == DAG_PB)
            return wanted in node.block or any(self._mentions(below, wanted) for below in inner)
        return False

    def _commit(self, pending: Path, dag: Dag) -> None:
        """Nodes first: a file that stands in files/ has all of them."""
        for node in dag.nodes:
            path = self._nodes / str(node.cid)
            if not (path.is_file() and path.read_bytes() == node.block):
                write_atomic(path, node.block)
        pending.replace(self._path(dag.root))
        directory = os.open(self._files, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)

    @contextlib.contextmanager
    def _writing(self, kind: str) -> Iterator[Path]:
        """A fresh name in incoming/, gone at the end unless it was renamed."""
        with self._locked(fcntl.LOCK_SH):
            pending = self._incoming / f"{kind}.{os.getpid()}.{time.monotonic_ns()}"
            try:
                yield pending
            finally:
                pending.unlink(missing_ok=True)

    @contextlib.contextmanager
    def _locked(self, how: int) -> Iterator[None]:
        for directory in (self._files, self._nodes, self._incoming):
            directory.mkdir(parents=True, exist_ok=True)
        with (self.directory / "lock").open("ab") as lock:
            _lock(lock, how, "The store is in use: try again when the other command has finished.")
            yield


class _FileReader(VerifiedReader):
    """Closes the file it reads from."""

    def __init__(self, file: BinaryIO, leaves: list[Leaf]) -> None:
        super().__init__(leaves, lambda leaf: _read_leaf(file, leaf))
        self._file = file

    def close(self) -> None:
        self._file.close()
        super().close()


def _read_leaf(file: BinaryIO, leaf: Leaf) -> bytes:
    file.seek(leaf.offset)
    return _checked(leaf.cid, file.read(leaf.size))


def _checked(cid: Cid, data: bytes) -> bytes:
    if sha256(data).digest() != cid.digest:
        raise VerificationFailed(
            f"{cid} was damaged in the local store: remove the file and fetch it again."
        )
    return data


def _lock(file: BinaryIO, how: int, otherwise: str) -> None:
    try:
        fcntl.flock(file, how | fcntl.LOCK_NB)
    except BlockingIOError:
        raise DaimmError(otherwise) from None


def _unlink(path: Path) -> int:
    size = path.stat().st_size
    path.unlink()
    return size
