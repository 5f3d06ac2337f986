"""What is done to a run of units: seal them, check them, open them, or only digest the plaintext.

Whichever process gets a run (`workers`) finishes it in one visit: each byte is read once and
written once. The file's CID has chunks of its own, which end elsewhere than units: a run digests
those that begin in it, and looks beyond its end for the rest of the last one.
"""

import enum
import errno
import mmap
import os
from dataclasses import dataclass, field
from hashlib import sha256

from daimm_cli.artifact import merkle, unixfs
from daimm_cli.artifact.age import CHUNK, START, STRIDE, TAG, UNIT, ChunkCipher
from daimm_cli.base.errors import VerificationFailed

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
    """What came of a run: its units' subtrees, and the CID's chunks that begin in it.

    untagged: chunks whose tag was wrong; wrong: the first slot that is not what the list promises.
    """

    plaintext: list[bytes] = field(default_factory=list)
    combined: list[bytes] = field(default_factory=list)
    cid_chunks: list[bytes] = field(default_factory=list)
    untagged: int = 0
    wrong: int | None = None


class Kernel:
    """Holds the two buffers of a unit, and does one run after another."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._leaves = job.leaves
        self._layout = job.leaves.layout
        # Data lies in memory as in its file, relative to pages, for unbuffered writes; before it
        # there is room for the tags of leaf hashes (see `merkle`).
        self._sealed = memoryview(mmap.mmap(-1, 2 * _PAGE + _CHUNKS * STRIDE))
        self._plain = memoryview(mmap.mmap(-1, _PAGE + UNIT))
        self._direct = job.direct
        if job.task in (Task.SEAL, Task.OPEN):
            self._cipher = ChunkCipher(job.payload_key, self._layout)

    def __call__(self, units: range) -> Result:
        result, chunks = Result(), _CidChunks(self._begin(units.start))
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
            self._look_beyond(units.stop, chunks)
            result.cid_chunks = chunks.finish()
        return result

    def _seal(self, unit: int, result: Result, chunks: "_CidChunks") -> None:
        plain = self._read_plain(unit)
        sealed = self._encrypt(unit, plain)
        self._write(sealed, self._begin(unit))
        chunks.feed(sealed)
        pds = self._digest(plain)
        _write_at(self._job.digests, memoryview(b"".join(pds)), self._list_offset(unit))
        self._combine(unit, pds, result)

    def _check(self, unit: int, result: Result, chunks: "_CidChunks") -> None:
        chunks.feed(self._read_sealed(unit))
        self._combine(unit, self._read_list(unit), result)

    def _open(self, unit: int, result: Result) -> None:
        sealed = self._read_sealed(unit)[0 if unit else START :]
        plain = self._plain[_PAGE : _PAGE + self._layout.payload(unit)]
        result.untagged += self._cipher.open(unit * _CHUNKS, sealed, plain)
        if self._job.target >= 0:
            self._write(plain, unit * UNIT)
        pds, promised = self._digest(plain), self._read_list(unit)
        if pds != promised and result.wrong is None:
            within = next(k for k, pd in enumerate(pds) if pd != promised[k])
            result.wrong = unit * self._leaves.per_unit + within
        result.plaintext.append(self._subtree(pds))

    def _look_beyond(self, unit: int, chunks: "_CidChunks") -> None:
        """Digest the bytes from `unit` on that the run's last chunk of the CID still needs."""
        if not chunks.missing or unit == self._layout.units:
            return
        if self._job.task is Task.SEAL:
            size = -(-chunks.missing // STRIDE) * CHUNK
            beyond = self._encrypt(unit, self._read_plain(unit, size))
        else:
            beyond = self._read_sealed(unit, chunks.missing)
        chunks.feed(beyond[: chunks.missing])

    def _begin(self, unit: int) -> int:
        """Where in the ciphertext file a unit begins, the first one with all that precedes it."""
        return self._layout.offset(unit) if unit else 0

    def _list_offset(self, unit: int) -> int:
        return unit * self._leaves.per_unit * merkle.DIGEST

    def _read_plain(self, unit: int, most: int = UNIT) -> memoryview:
        plain = self._plain[_PAGE : _PAGE + min(most, self._layout.payload(unit))]
        _read_at(self._job.source, plain, unit * UNIT)
        return plain

    def _read_sealed(self, unit: int, most: int = 2 * UNIT) -> memoryview:
        begin = self._begin(unit)
        start = _PAGE + begin % _PAGE
        size = min(most, self._layout.offset(unit + 1) - begin)
        sealed = self._sealed[start : start + size]
        _read_at(self._job.source, sealed, begin)
        return sealed

    def _encrypt(self, unit: int, plain: memoryview) -> memoryview:
        """The ciphertext of a unit, or its beginning."""
        front = b"" if unit else self._job.front
        start = _PAGE + self._begin(unit) % _PAGE
        body = start + len(front)
        self._sealed[start:body] = front
        self._cipher.seal(unit * _CHUNKS, plain, self._sealed[body:])
        return self._sealed[start : body + len(plain) + max(1, -(-len(plain) // CHUNK)) * TAG]

    def _read_list(self, unit: int) -> list[bytes]:
        size = self._leaves.in_unit(unit) * merkle.DIGEST
        data = bytearray(size)
        _read_at(self._job.digests, memoryview(data), self._list_offset(unit))
        return [bytes(data[i : i + merkle.DIGEST]) for i in range(0, size, merkle.DIGEST)]

    def _digest(self, plain: memoryview) -> list[bytes]:
        room = self._plain[_PAGE - 1 : _PAGE + len(plain)]
        return merkle.digest_leaves(room, self._leaves.leaf_size)

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

    def _write(self, data: memoryview, offset: int) -> None:
        """Whole pages past the page cache where that works, what is left at the edges through it.

        `data` lies in memory as it will in the file, relative to pages.
        """
        head = min(-offset % _PAGE, len(data))
        tail = head + (len(data) - head) // _PAGE * _PAGE
        if not self._write_direct(data[head:tail], offset + head):
            head = tail = len(data)
        _write_at(self._job.target, data[:head], offset)
        _write_at(self._job.target, data[tail:], offset + tail)

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


class _CidChunks:
    """Digests of a file's chunks of the CID, of those that begin at `start` or after."""

    def __init__(self, start: int) -> None:
        self._skip = -start % unixfs.CHUNK
        self._digests: list[bytes] = []
        self._hash = sha256()
        self._have = 0

    def feed(self, data: memoryview) -> None:
        """The bytes that come next, from `start` on."""
        skipped = min(self._skip, len(data))
        self._skip -= skipped
        data = data[skipped:]
        while data:
            part = data[: unixfs.CHUNK - self._have]
            self._hash.update(part)
            self._have += len(part)
            data = data[len(part) :]
            if self._have == unixfs.CHUNK:
                self._digests.append(self._hash.digest())
                self._hash, self._have = sha256(), 0

    @property
    def missing(self) -> int:
        """Bytes of the chunk under way that are still to come."""
        return unixfs.CHUNK - self._have if self._have else 0

    def finish(self) -> list[bytes]:
        """All digests; a chunk under way ends with the file."""
        if self._have:
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
