"""What is done to one segment: seal it, check it, open it, or only digest its plaintext.

A segment of ciphertext is also one chunk of the file's CID, so each is finished in one visit, by
whichever process gets it (`workers`), with one read and one write.
"""

import enum
import errno
import mmap
import os
from dataclasses import dataclass, field
from hashlib import sha256

from daimm_cli.artifact import merkle
from daimm_cli.artifact.stream import HEADER, PAYLOAD, SEGMENT, TAG, Header, SegmentCipher
from daimm_cli.base.errors import VerificationFailed

# Room before a segment for the tags of its leaf hashes (see merkle.combine_leaves): a page, for
# unbuffered writes take whole pages that are aligned in memory.
_PAGE = mmap.PAGESIZE
_SPARE = _PAGE
_NO_HEADER = Header(bytes(32), bytes(7))


class Task(enum.IntEnum):
    SEAL = 0
    CHECK = 1
    OPEN = 2
    DIGEST = 3


class Outcome(enum.IntEnum):
    OK = 0
    UNTAGGED = 1  # the tag fails, the content is what was promised
    WRONG = 2  # the content is not what was promised


@dataclass(frozen=True)
class Job:
    """One pass over a file. `source`, `target`, `digests` are file descriptors, -1 where unused.

    `direct` is the target once more, opened to bypass the page cache, where that can be done: the
    files are large, flushed at the end anyway, and seldom read back at once.

    SEAL   source: plaintext, target: ciphertext, digests: written
    CHECK  source: ciphertext, digests: read
    OPEN   source: ciphertext, target: plaintext or none, digests: read
    DIGEST source: plaintext
    """

    task: Task
    leaves: merkle.Leaves
    source: int
    target: int = -1
    digests: int = -1
    derived_key: bytes = field(default=bytes(32), repr=False)
    header: Header = _NO_HEADER
    direct: int = -1


@dataclass(frozen=True)
class Result:
    """What came of one segment: its subtrees' roots, the digest of its chunk of the CID."""

    plaintext: bytes
    combined: bytes = b""
    chunk: bytes = b""
    outcome: Outcome = Outcome.OK
    wrong: int = 0  # where WRONG: the first leaf within the segment


class Kernel:
    """Holds the two segment buffers and does one segment after another."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._leaves = job.leaves
        self._segments = job.leaves.segments
        self._sealed = memoryview(mmap.mmap(-1, _SPARE + SEGMENT))
        self._plain = memoryview(mmap.mmap(-1, _SPARE + _PAGE + PAYLOAD))
        self._direct = job.direct
        self._do = {
            Task.SEAL: self._seal,
            Task.CHECK: self._check,
            Task.OPEN: self._open,
            Task.DIGEST: self._digest,
        }[job.task]
        if job.task in (Task.SEAL, Task.OPEN):
            self._cipher = SegmentCipher(job.derived_key, job.header.prefix)

    def __call__(self, segment: int) -> Result:
        return self._do(segment)

    def _seal(self, segment: int) -> Result:
        job = self._job
        size, start = self._segments.payload(segment), self._payload_start(segment)
        plain = self._plain[_SPARE : _SPARE + size]
        _read_at(job.source, plain, self._segments.plaintext_offset(segment))
        chunk = self._sealed[_SPARE : start + size + TAG]
        if segment == 0:
            chunk[:HEADER] = bytes(job.header)
        last = self._segments.is_last(segment)
        self._cipher.encrypt_into(segment, last, plain, chunk[start - _SPARE :])
        self._write(chunk, segment * SEGMENT)
        digest = sha256(chunk).digest()
        pds = self._digest_plain(size)
        _write_at(job.digests, memoryview(b"".join(pds)), self._list_offset(segment))
        return Result(self._subtree(pds), self._combine(segment, pds), digest)

    def _check(self, segment: int) -> Result:
        chunk = self._read_sealed(segment)
        digest = sha256(chunk).digest()
        pds = self._read_list(segment)
        return Result(self._subtree(pds), self._combine(segment, pds), digest)

    def _open(self, segment: int) -> Result:
        chunk = self._read_sealed(segment)
        size, last = self._segments.payload(segment), self._segments.is_last(segment)
        sealed = chunk[self._payload_start(segment) - _SPARE :]
        offset = self._segments.plaintext_offset(segment)
        start = _SPARE + offset % _PAGE
        plain = self._plain[start : start + size]
        tagged = self._cipher.decrypt_into(segment, last, sealed, plain)
        if self._job.target >= 0:
            self._write(plain, offset)
        pds, promised = self._digest_plain(size, start), self._read_list(segment)
        wrong = next((k for k, pd in enumerate(pds) if pd != promised[k]), None)
        if wrong is not None:
            return Result(self._subtree(pds), outcome=Outcome.WRONG, wrong=wrong)
        return Result(self._subtree(pds), outcome=Outcome.OK if tagged else Outcome.UNTAGGED)

    def _digest(self, segment: int) -> Result:
        size = self._segments.payload(segment)
        plain = self._plain[_SPARE : _SPARE + size]
        _read_at(self._job.source, plain, self._segments.plaintext_offset(segment))
        return Result(self._subtree(self._digest_plain(size)))

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

    def _payload_start(self, segment: int) -> int:
        return _SPARE + (HEADER if segment == 0 else 0)

    def _list_offset(self, segment: int) -> int:
        return segment * self._leaves.per_segment * merkle.DIGEST

    def _read_sealed(self, segment: int) -> memoryview:
        """The whole chunk: payload and tag, with the header before them in segment 0."""
        end = self._payload_start(segment) + self._segments.payload(segment) + TAG
        chunk = self._sealed[_SPARE:end]
        _read_at(self._job.source, chunk, segment * SEGMENT)
        return chunk

    def _read_list(self, segment: int) -> list[bytes]:
        size = self._leaves.in_segment(segment) * merkle.DIGEST
        data = bytearray(size)
        _read_at(self._job.digests, memoryview(data), self._list_offset(segment))
        return [bytes(data[i : i + merkle.DIGEST]) for i in range(0, size, merkle.DIGEST)]

    def _digest_plain(self, size: int, start: int = _SPARE) -> list[bytes]:
        room = self._plain[start - 1 : start + size]
        return merkle.digest_leaves(room, self._leaves.leaf_size)

    def _combine(self, segment: int, pds: list[bytes]) -> bytes:
        start = self._payload_start(segment)
        room = self._sealed[start - 33 : start + self._segments.payload(segment)]
        return self._subtree(merkle.combine_leaves(room, self._leaves.leaf_size, pds))

    def _subtree(self, nodes: list[bytes]) -> bytes:
        return merkle.subtree(nodes, self._leaves.segment_depth)


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
