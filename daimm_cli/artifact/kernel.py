"""What is done to a run of units: seal them, check them, open them, or only digest the plaintext.

Whichever process gets a run (`workers`) finishes it in one visit: each byte is read once and
written once. The file's CID has chunks of its own, which end elsewhere than units: a run digests
those that end in it, and looks before its start for the beginning of the first one.
"""

from __future__ import annotations

import enum
import errno
import mmap
import os
from dataclasses import dataclass, field
from hashlib import sha256
from multiprocessing.connection import Connection
from typing import Any

from daimm_cli.artifact import merkle, unixfs
from daimm_cli.artifact.age import CHUNK, START, STRIDE, UNIT, ChunkCipher
from daimm_cli.base.errors import DaimmError, VerificationFailed

_PAGE = mmap.PAGESIZE
_CHUNKS = UNIT // CHUNK


class Task(enum.IntEnum):
    SEAL = 0
    CHECK = 1
    OPEN = 2
    DIGEST = 3


@dataclass(frozen=True)
class Job:
    """One pass over a file. `source`, `target`, `digests` are file descriptors, -1 where unused.

    `direct` is the target once more, opened to bypass the page cache, where that can be done: the
    files are large, flushed at the end anyway, and seldom read back at once.

    SEAL   source: plaintext, target: ciphertext, digests: written, front: what precedes the chunks
    CHECK  source: ciphertext, digests: read
    OPEN   source: ciphertext, target: plaintext or none, digests: read
    DIGEST source: plaintext
    """

    task: Task
    leaves: merkle.Leaves
    source: int
    target: int = -1
    digests: int = -1
    payload_key: bytes = field(default=bytes(32), repr=False)
    front: bytes = b""
    direct: int = -1


@dataclass
class Result:
    """What came of a run: its units' subtrees, and the CID's chunks that end in it.

    wrong: the first slot that is not what the list promises.
    """

    plaintext: list[bytes] = field(default_factory=list)
    combined: list[bytes] = field(default_factory=list)
    cid_chunks: list[bytes] = field(default_factory=list)
    wrong: int | None = None


class Kernel:
    """Holds the two buffers of a unit, and does one run after another."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._leaves = job.leaves
        self._layout = job.leaves.layout
        # Data lies in memory as in its file, relative to pages, for unbuffered writes; before it
        # there is room for the tags of leaf hashes (see `merkle`), and for the bytes of the unit
        # before on a page that the two share: who writes a page writes all of it.
        self._sealed = memoryview(mmap.mmap(-1, 2 * _PAGE + _CHUNKS * STRIDE))
        self._plain = memoryview(mmap.mmap(-1, _PAGE + UNIT))
        size = job.leaves.leaf_size
        starts = range(_PAGE - 1, _PAGE - 1 + UNIT, size)
        self._tagged = [self._plain[start : start + 1 + size] for start in starts]
        self._direct = job.direct
        if job.task in (Task.SEAL, Task.OPEN):
            self._cipher = ChunkCipher(job.payload_key, self._layout)

    def __call__(self, units: range) -> Result:
        result, chunks = Result(), _CidChunks()
        if self._job.task in (Task.SEAL, Task.CHECK):
            self._look_back(units.start, chunks)
        for unit in units:
            match self._job.task:
                case Task.SEAL:
                    self._seal(unit, result, chunks)
                case Task.CHECK:
                    self._check(unit, result, chunks)
                case Task.OPEN:
                    self._open(unit, result)
                case Task.DIGEST:
                    plain = self._read_plain(unit)
                    result.plaintext.append(self._subtree(self._digest(plain)))
        if self._job.task in (Task.SEAL, Task.CHECK):
            result.cid_chunks = chunks.finish(at_end=units.stop == self._layout.units)
        return result

    def _seal(self, unit: int, result: Result, chunks: _CidChunks) -> None:
        plain = self._read_plain(unit)
        sealed = self._encrypt(unit, plain)
        self._write_pages(unit, len(sealed))
        chunks.feed(sealed)
        pds = self._digest(plain)
        _write_at(self._job.digests, memoryview(b"".join(pds)), self._list_offset(unit))
        self._combine(unit, pds, result)

    def _check(self, unit: int, result: Result, chunks: _CidChunks) -> None:
        chunks.feed(self._read_sealed(unit))
        self._combine(unit, merkle.split(self._read_list(unit)), result)

    def _open(self, unit: int, result: Result) -> None:
        sealed = self._read_sealed(unit)[0 if unit else START :]
        plain = self._plain[_PAGE : _PAGE + self._layout.payload(unit)]
        self._cipher.open(unit * _CHUNKS, sealed, plain)
        if self._job.target >= 0:
            self._write(plain, unit * UNIT)
        pds, promised = self._digest(plain), self._read_list(unit)
        if b"".join(pds) != promised and result.wrong is None:
            pairs = zip(pds, merkle.split(promised), strict=True)
            within = next(k for k, (pd, other) in enumerate(pairs) if pd != other)
            result.wrong = unit * self._leaves.per_unit + within
        result.plaintext.append(self._subtree(pds))

    def _look_back(self, unit: int, chunks: _CidChunks) -> None:
        """Digest what of the unit before belongs to the chunk of the CID that is under way.

        A unit is 256 bytes longer than such a chunk: the one before always has enough.
        """
        missing = self._begin(unit) % unixfs.CHUNK
        self._tail = b""
        if not missing:
            return
        if self._job.task is Task.SEAL:
            count = -(-missing // STRIDE)
            plain = self._plain[_PAGE : _PAGE + count * CHUNK]
            _read_at(self._job.source, plain, unit * UNIT - count * CHUNK)
            before = self._sealed[: count * STRIDE]
            self._cipher.seal(unit * _CHUNKS - count, plain, before)
        else:
            before = self._sealed[:missing]
            _read_at(self._job.source, before, self._begin(unit) - missing)
        chunks.feed(before[-missing:])
        self._tail = bytes(before[len(before) - missing % _PAGE :])

    def _begin(self, unit: int) -> int:
        """Where in the ciphertext file a unit begins, the first one with all that precedes it."""
        return self._layout.offset(unit) if unit else 0

    def _list_offset(self, unit: int) -> int:
        return unit * self._leaves.per_unit * merkle.DIGEST

    def _read_plain(self, unit: int) -> memoryview:
        plain = self._plain[_PAGE : _PAGE + self._layout.payload(unit)]
        _read_at(self._job.source, plain, unit * UNIT)
        return plain

    def _place(self, unit: int) -> memoryview:
        """Where in memory a unit's part of the ciphertext file belongs."""
        begin = self._begin(unit)
        start = _PAGE + begin % _PAGE
        return self._sealed[start : start + self._layout.offset(unit + 1) - begin]

    def _read_sealed(self, unit: int) -> memoryview:
        sealed = self._place(unit)
        _read_at(self._job.source, sealed, self._begin(unit))
        return sealed

    def _encrypt(self, unit: int, plain: memoryview) -> memoryview:
        sealed = self._place(unit)
        start = 0 if unit else START
        sealed[:start] = self._job.front[:start]
        self._cipher.seal(unit * _CHUNKS, plain, sealed[start:])
        return sealed

    def _read_list(self, unit: int) -> bytes:
        data = bytearray(self._leaves.in_unit(unit) * merkle.DIGEST)
        _read_at(self._job.digests, memoryview(data), self._list_offset(unit))
        return bytes(data)

    def _digest(self, plain: memoryview) -> list[bytes]:
        full, rest = divmod(len(plain), self._leaves.leaf_size)
        begin = _PAGE - 1 + len(plain) - rest
        last = [self._plain[begin : begin + 1 + rest]] if rest else []
        return merkle.digest_leaves(self._tagged[:full] + last)

    def _combine(self, unit: int, pds: list[bytes], result: Result) -> None:
        start = _PAGE + self._layout.offset(unit) % _PAGE
        per = CHUNK // self._leaves.leaf_size
        size = self._layout.payload(unit)
        leaves = []
        for i in range(-(-size // CHUNK)):
            at = start + i * STRIDE
            room = self._sealed[at - 33 : at + min(CHUNK, size - i * CHUNK)]
            leaves += merkle.combine_leaves(room, self._leaves.leaf_size, pds[i * per :][:per])
        result.plaintext.append(self._subtree(pds))
        result.combined.append(self._subtree(leaves))

    def _subtree(self, nodes: list[bytes]) -> bytes:
        return merkle.subtree(nodes, self._leaves.unit_depth)

    def _write_pages(self, unit: int, size: int) -> None:
        """Write a unit's ciphertext in whole pages: one that the next unit fills is left to it."""
        begin = self._begin(unit)
        end = _PAGE + begin % _PAGE + size
        cut = end if unit + 1 == self._layout.units else end // _PAGE * _PAGE
        self._sealed[_PAGE : _PAGE + len(self._tail)] = self._tail
        self._tail = bytes(self._sealed[cut:end])
        self._write(self._sealed[_PAGE:cut], begin - begin % _PAGE)

    def _write(self, data: memoryview, offset: int) -> None:
        """Whole pages past the page cache where that works, the rest through it.

        `data` begins with a page, in memory and in the file.
        """
        pages = len(data) // _PAGE * _PAGE
        if not self._write_direct(data[:pages], offset):
            pages = 0
        _write_at(self._job.target, data[pages:], offset + pages)

    def _write_direct(self, pages: memoryview, offset: int) -> bool:
        if self._direct < 0:
            return False
        try:
            if os.pwrite(self._direct, pages, offset) == len(pages):
                return True
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
        self._direct = -1
        return False


def serve(link: Connection[Any, Any]) -> None:
    """A helper's whole life: a job, then runs of units until the link closes."""
    kernel = Kernel(link.recv())
    while True:
        try:
            units = link.recv()
        except EOFError:
            return
        try:
            link.send(kernel(units))
        except (OSError, DaimmError) as error:
            link.send(error)


class _CidChunks:
    """Digests of the CID's chunks of what is fed, from where one begins."""

    def __init__(self) -> None:
        self._digests: list[bytes] = []
        self._hash = sha256()
        self._have = 0

    def feed(self, data: memoryview) -> None:
        while data:
            part = data[: unixfs.CHUNK - self._have]
            self._hash.update(part)
            self._have += len(part)
            data = data[len(part) :]
            if self._have == unixfs.CHUNK:
                self._digests.append(self._hash.digest())
                self._hash, self._have = sha256(), 0

    def finish(self, *, at_end: bool) -> list[bytes]:
        """The digests; the chunk under way ends with the file, or is the next run's."""
        if self._have and at_end:
            self._digests.append(self._hash.digest())
        return self._digests


def _read_at(fd: int, buffer: memoryview, offset: int) -> None:
    done = 0
    while done < len(buffer):
        count = os.preadv(fd, [buffer[done:]], offset + done)
        if count == 0:
            raise VerificationFailed(
                "A file became shorter while it was read: leave it alone and try again."
            )
        done += count


def _write_at(fd: int, buffer: memoryview, offset: int) -> None:
    done = 0
    while done < len(buffer):
        done += os.pwrite(fd, buffer[done:], offset + done)
