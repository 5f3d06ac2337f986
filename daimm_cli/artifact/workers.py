"""Runs a `kernel.Job` over all units of a file with a few processes.

>>> job.leaves.root(run(job).plaintext)

This process works too; each helper is a fresh interpreter that inherits the open files and gets
the file's key through a pipe. (Threads are slower: 4 KiB hashes spend their time on the
interpreter's lock. Forking is not safe in a program with threads, such as a progress bar's.
`ProcessPoolExecutor` was tried with the same batches: its processes import the whole command line
and its parent only waits, so checking 32 MiB took 4.2 times as long, 256 MiB 1.5 times.)
"""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

from daimm_cli.artifact.age import UNIT
from daimm_cli.artifact.kernel import Job, Kernel, Result
from daimm_cli.base.errors import OutsideFailed
from daimm_cli.base.files import Progress

BATCH = 8
_AHEAD = 2
_READ_AHEAD = 4
_INLINE = 24
_MAX_WORKERS = 16

_BOOT = (
    "import sys; from multiprocessing.connection import Connection;"
    "link = Connection(int(sys.argv[1])); sys.path[:] = link.recv();"
    "from daimm_cli.artifact.kernel import serve; serve(link)"
)


def default_workers() -> int:
    """One more than this process has cores, so that one works while another waits for the disk."""
    return min(len(os.sched_getaffinity(0)) + 1, _MAX_WORKERS)


def run(job: Job, *, workers: int | None = None, progress: Progress | None = None) -> Result:
    """What came of all units; where one is wrong, of those up to the first such."""
    many = job.leaves.layout.units >= _INLINE
    helpers = _start(job, workers or default_workers()) if many else []
    whole = Result()
    try:
        for result in _results(job, helpers, progress or (lambda _done, _size: None)):
            whole.plaintext += result.plaintext
            whole.combined += result.combined
            whole.cid_chunks += result.cid_chunks
            whole.wrong = result.wrong
            if whole.wrong is not None:
                break
    finally:
        for helper in helpers:
            helper.end()
    return whole


def _results(job: Job, helpers: list[_Helper], report: Progress) -> Iterator[Result]:
    from multiprocessing.connection import wait

    count, size = job.leaves.layout.units, job.leaves.size
    todo = iter(range(-(-count // BATCH)))
    kernel = Kernel(job)
    by_link: dict[Any, _Helper] = {helper.link: helper for helper in helpers}
    ready: dict[int, Result] = {}
    emitted = done = 0

    def span(batch: int) -> range:
        return range(batch * BATCH, min(count, (batch + 1) * BATCH))

    def take() -> int | None:
        batch = next(todo, None)
        if batch is not None:
            _read_ahead(job, span(batch + _READ_AHEAD))
        return batch

    def ask(helper: _Helper) -> None:
        if (batch := take()) is not None:
            helper.ask(batch, span(batch))

    def finish(batch: int, result: Result) -> None:
        nonlocal done
        ready[batch] = result
        done += sum(job.leaves.layout.payload(unit) for unit in span(batch))
        report(done, size)

    for helper in helpers * _AHEAD:
        ask(helper)
    while emitted * BATCH < count:
        mine = take()
        if mine is not None:
            finish(mine, kernel(span(mine)))
        for link in wait(list(by_link), 0 if mine is not None else None) if helpers else ():
            finish(*by_link[link].answer())
            ask(by_link[link])
        while emitted in ready:
            yield ready.pop(emitted)
            emitted += 1


def _read_ahead(job: Job, units: range) -> None:
    """Have the system read these units before a process waits for them."""
    if units:
        os.posix_fadvise(job.source, units.start * UNIT, len(units) * UNIT, os.POSIX_FADV_WILLNEED)


class _Helper:
    def __init__(self, job: Job) -> None:
        from multiprocessing.connection import Pipe

        files = [fd for fd in (job.source, job.target, job.digests, job.direct) if fd >= 0]
        self.link, theirs = Pipe()
        self._asked: list[int] = []
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-S", "-c", _BOOT, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno(), *files],
                process_group=0,  # Ctrl-C is ours to handle
            )
        try:
            self._exchange(self.link.send, sys.path)
            self._exchange(self.link.send, job)
        except OutsideFailed:
            self.end()
            raise

    def ask(self, batch: int, units: range) -> None:
        self._exchange(self.link.send, units)
        self._asked.append(batch)

    def answer(self) -> tuple[int, Result]:
        """The oldest batch asked for. Raises what the helper met."""
        answer = self._exchange(self.link.recv)
        if isinstance(answer, Exception):
            raise answer
        return self._asked.pop(0), answer

    def end(self) -> None:
        self._process.kill()
        self.link.close()
        self._process.wait()

    def _exchange(self, call: Callable[..., Any], *what: object) -> Any:
        try:
            return call(*what)
        except (EOFError, OSError):
            raise OutsideFailed(
                "A helper process was ended before it was done: free memory and run again."
            ) from None


def _start(job: Job, workers: int) -> list[_Helper]:
    """workers - 1 helpers; fewer where the system gives no more processes."""
    helpers: list[_Helper] = []
    try:
        while len(helpers) < workers - 1:
            helpers.append(_Helper(job))
    except BaseException as error:
        if isinstance(error, OSError) and error.errno in (errno.EAGAIN, errno.ENOMEM):
            return helpers
        for helper in helpers:
            helper.end()
        raise
    return helpers
