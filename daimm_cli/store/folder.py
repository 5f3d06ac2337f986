"""What a store's folder holds: files by CID, their blocks read as ranges of them.

>>> shared = StoreFolder(Path("/mnt/shared/store"))
>>> shared.open(cid).read()
b'manifest'

    files/<cid>   the content, byte for byte
    nodes/<cid>   inner dag-pb blocks (50 bytes per MiB of a file)

Nothing is written here (`local` does), and every read is checked against the CID: whoever wrote the
folder need not be trusted.
"""

import contextlib
import io
import os
from bisect import bisect_right
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from daimm_cli.artifact.unixfs import CHUNK, DAG_PB, MAX_BLOCK, Cid, Dag, Leaf, Node
from daimm_cli.base.errors import DaimmError, VerificationFailed
from daimm_cli.base.files import Progress, no_progress, open_regular
from daimm_cli.store.base import NotStored, Stored, file_size, walk


class StoreFolder:
    """A `BlockSource` in a folder that need not be there."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._files = directory / "files"
        self._nodes = directory / "nodes"
        self._last: tuple[Cid, dict[Cid, Leaf]] | None = None

    def has(self, cid: str) -> bool:
        return self._path(Cid.parse(cid)).is_file()

    def size(self, cid: str) -> int:
        with self._open(Cid.parse(cid)) as file:
            return os.fstat(file.fileno()).st_size

    def names(self) -> set[str]:
        """What is called like a file held; nothing is looked at."""
        return {path.name for path in self._files.iterdir()} if self._files.is_dir() else set()

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

    def get(self, cid: str, *, progress: Progress = no_progress) -> Path:
        """Where the file stands, after reading all of it and finding it right."""
        with self.open(cid) as content:
            size = content.seek(0, os.SEEK_END)
            content.seek(0)
            done = 0
            while chunk := content.read(CHUNK):
                done += len(chunk)
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
        return io.BufferedReader(_CheckedFile(self._open(root), leaves, self._read_leaf))

    def dag(self, cid: str) -> Dag:
        """The file's inner blocks and leaf ranges, ready for a CAR stream (`Dag.blocks`)."""
        root = Cid.parse(cid)
        size = self.size(cid)
        if root.codec == DAG_PB and file_size(self, root) != size:
            raise self._damaged(root)
        blocks = walk(self, root, max_size=size)
        return Dag(root, size, tuple(block for block in blocks if isinstance(block, Node)))

    def block(self, cid: Cid, *, max_size: int = MAX_BLOCK) -> bytes:
        """Any block of any file held; a leaf is found through the nodes that link to it."""
        if cid.codec == DAG_PB:
            return self._read_node(cid)
        if not self._path(cid).is_file():
            root, leaves = self._file_of(cid)
            with self._open(root) as file:
                return self._read_leaf(file, leaves[cid])
        with self._open(cid) as file:
            return self._checked(cid, file.read(max_size + 1))

    def _path(self, cid: Cid) -> Path:
        return self._files / str(cid)

    def _open(self, cid: Cid) -> BinaryIO:
        return _opened(self._path(cid), cid)

    def _read_node(self, cid: Cid) -> bytes:
        with _opened(self._nodes / str(cid), cid) as file:
            return self._checked(cid, file.read(MAX_BLOCK + 1))

    def _read_leaf(self, file: BinaryIO, leaf: Leaf) -> bytes:
        file.seek(leaf.offset)
        return self._checked(leaf.cid, file.read(leaf.size))

    def _checked(self, cid: Cid, data: bytes) -> bytes:
        if sha256(data).digest() != cid.digest:
            raise self._damaged(cid)
        return data

    def _damaged(self, cid: Cid) -> VerificationFailed:
        return VerificationFailed(
            f"{cid} is damaged in {self.directory}, a store that is read as a source: have it "
            "fetched again there, or name another source."
        )

    def _file_of(self, cid: Cid) -> tuple[Cid, dict[Cid, Leaf]]:
        """A file that has this leaf, and its leaves; kept, for the others are asked for next."""
        if self._last and cid in self._last[1] and self._path(self._last[0]).is_file():
            return self._last
        missing: DaimmError = NotStored(cid)
        for stored in self.contents():
            root = Cid.parse(stored.cid)
            if root.codec != DAG_PB:
                continue
            with contextlib.suppress(DaimmError):
                walked = walk(self, root, max_size=file_size(self, root))
                leaves = {leaf.cid: leaf for leaf in walked if isinstance(leaf, Leaf)}
                if cid not in leaves:
                    continue
                try:
                    self.dag(stored.cid)
                except VerificationFailed as error:  # cut or grown, which is not absent
                    missing = error
                    continue
                self._last = root, leaves
                return self._last
        raise missing


class _CheckedFile(io.RawIOBase):
    """Reads the leaves of one file, checks them and holds one at a time; closes the file."""

    def __init__(
        self, file: BinaryIO, leaves: list[Leaf], read: Callable[[BinaryIO, Leaf], bytes]
    ) -> None:
        self._file = file
        self._read = read
        self._leaves = leaves
        self._size = leaves[-1].offset + leaves[-1].size
        self._position = 0
        self._held: tuple[int, bytes] | None = None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        self._position = max(0, start + offset)
        return self._position

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if self._position >= self._size:
            return 0
        index = bisect_right(self._leaves, self._position, key=lambda leaf: leaf.offset) - 1
        leaf = self._leaves[index]
        if self._held is None or self._held[0] != index:
            self._held = index, self._read(self._file, leaf)
        start = self._position - leaf.offset
        part = self._held[1][start : start + len(buffer)]
        buffer[: len(part)] = part
        self._position += len(part)
        return len(part)

    def close(self) -> None:
        self._file.close()
        super().close()


def _opened(path: Path, cid: Cid) -> BinaryIO:
    if not path.is_file():
        raise NotStored(cid)
    return open_regular(path)
