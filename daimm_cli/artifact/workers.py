"""Runs a `kernel.Job` over all segments with a few processes.

This process works too; each helper is a fresh interpreter that inherits the open files and gets
the derived key through a pipe. (Threads are slower: 4 KiB hashes spend their time on the
interpreter's lock. Forking is not safe in a program with threads, such as a progress bar's.)
"""

import errno
import json
import os
import selectors
import subprocess
import sys
from collections.abc import Callable, Generator
from typing import BinaryIO

from daimm_cli.artifact.kernel import Job, Kernel, Result
from daimm_cli.artifact.stream import SEGMENT
from daimm_cli.base.errors import DaimmError, OutsideFailed, VerificationFailed

Progress = Callable[[int, int], None]
"""Called with (plaintext bytes done, plaintext bytes in all)."""

BATCH = 8
_AHEAD = 2
_READ_AHEAD = 4
_INLINE = 24
_MAX_WORKERS = 16

_BOOT = (
    "import json, sys; sys.path[:] = json.loads(sys.stdin.buffer.readline());"
    "from daimm_cli.artifact.workers import serve; serve()"
)


def default_workers() -> int:
    """One more than this process has cores, so that one works while another waits for the disk."""
    return min(len(os.sched_getaffinity(0)) + 1, _MAX_WORKERS)


def run(
    job: Job, *, workers: int | None = None, progress: Progress | None = None
) -> Generator[Result]:
    """Results of all segments, in order. Closing the generator ends the helpers."""
    count, size = job.leaves.segments.count, job.leaves.size
    batches = -(-count // BATCH)
    helpers = _start(job, workers or default_workers()) if count >= _INLINE else []
    kernel = Kernel(job)
    report = progress or (lambda _done, _size: None)
    ready: dict[int, list[Result]] = {}
    following = emitted = done = 0

    def span(batch: int) -> range:
        return range(batch * BATCH, min(count, (batch + 1) * BATCH))

    def take() -> int:
        nonlocal following
        _read_ahead(job, span(following + _READ_AHEAD))
        following += 1
        return following - 1

    def finish(batch: int, results: list[Result]) -> None:
        nonlocal done
        ready[batch] = results
        done += sum(job.leaves.segments.payload(segment) for segment in span(batch))
        report(done, size)

    with selectors.DefaultSelector() as selector:
        try:
            for helper in helpers:
                selector.register(helper.answers, selectors.EVENT_READ, helper)
                while following < batches and len(helper.asked) < _AHEAD:
                    batch = take()
                    helper.ask(batch, span(batch))
            while emitted < batches:
                mine = take() if following < batches else None
                if mine is not None:
                    finish(mine, [kernel(segment) for segment in span(mine)])
                for key, _ in selector.select(0 if mine is not None else None) if helpers else ():
                    helper = key.data
                    finish(*helper.answer(span(helper.asked[0])))
                    if following < batches:
                        batch = take()
                        helper.ask(batch, span(batch))
                while emitted in ready:
                    yield from ready.pop(emitted)
                    emitted += 1
        finally:
            for helper in helpers:
                helper.end()


def _read_ahead(job: Job, segments: range) -> None:
    """Have the system read these segments before a process waits for them."""
    if segments:
        start, length = segments.start * SEGMENT, len(segments) * SEGMENT
        os.posix_fadvise(job.source, start, length, os.POSIX_FADV_WILLNEED)


class _Helper:
    def __init__(self, job: Job) -> None:
        files = [fd for fd in (job.source, job.target, job.digests, job.direct) if fd >= 0]
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", _BOOT],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            pass_fds=files,
            process_group=0,  # Ctrl-C is ours to handle
        )
        assert self._process.stdin
        assert self._process.stdout
        self.answers = self._process.stdout
        self.asked: list[int] = []
        try:
            self._send(json.dumps(sys.path).encode() + b"\n" + job.pack())
        except OutsideFailed:
            self.end()
            raise

    def ask(self, batch: int, segments: range) -> None:
        self._send(segments.start.to_bytes(8, "big") + len(segments).to_bytes(4, "big"))
        self.asked.append(batch)

    def answer(self, segments: range) -> tuple[int, list[Result]]:
        """The oldest batch asked for. Raises what the helper met."""
        width = Result.FORMAT.size
        kind = self._receive(1)
        if kind == b"R":
            data = self._receive(width * len(segments))
            results = [Result.unpack(data[i : i + width]) for i in range(0, len(data), width)]
            return self.asked.pop(0), results
        problem = json.loads(self._receive(int.from_bytes(self._receive(4), "big")))
        if problem["errno"]:
            raise OSError(problem["errno"], problem["message"])
        raise VerificationFailed(problem["message"])

    def end(self) -> None:
        self._process.kill()
        assert self._process.stdin
        self._process.stdin.close()
        self.answers.close()
        self._process.wait()

    def _send(self, data: bytes) -> None:
        assert self._process.stdin
        view = memoryview(data)
        try:
            while view:
                view = view[self._process.stdin.write(view) :]
        except BrokenPipeError:
            raise _lost() from None

    def _receive(self, length: int) -> bytes:
        data = b""
        while len(data) < length:
            more = self.answers.read(length - len(data))
            if not more:
                raise _lost()
            data += more
        return data


def _lost() -> OutsideFailed:
    return OutsideFailed(
        "A helper process was ended before it was done: free memory and run again."
    )


def _start(job: Job, workers: int) -> list[_Helper]:
    """workers - 1 helpers; fewer where the system gives no more processes."""
    helpers: list[_Helper] = []
    try:
        while len(helpers) < workers - 1:
            helpers.append(_Helper(job))
    except OSError as error:
        if error.errno not in (errno.EAGAIN, errno.ENOMEM):
            for helper in helpers:
                helper.end()
            raise
    return helpers


def serve() -> None:
    """A helper's whole life: a job on standard input, then requests until it closes."""
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    kernel = Kernel(Job.unpack(requests.read(Job.FORMAT.size)))
    while len(request := requests.read(12)) == 12:
        start, count = int.from_bytes(request[:8], "big"), int.from_bytes(request[8:], "big")
        try:
            done = b"R" + b"".join(kernel(s).pack() for s in range(start, start + count))
        except (OSError, DaimmError) as error:
            done = b"E" + _problem(error)
        _answer(answers, done)


def _problem(error: OSError | DaimmError) -> bytes:
    number = error.errno if isinstance(error, OSError) else None
    message = (error.strerror or "") if isinstance(error, OSError) else error.message
    data = json.dumps({"errno": number, "message": message}).encode()
    return len(data).to_bytes(4, "big") + data


def _answer(answers: BinaryIO, data: bytes) -> None:
    answers.write(data)
    answers.flush()
