"""Runs a script over files that nobody trusts: bubblewrap's namespaces, a filter of system calls,
and limits.

>>> list(run(SCRIPT, [Path("model.onnx")], packages=["numpy"], feed=[b'{"x": 1}\\n']))
[b'{"y": 2}']

The script sees Python, the packages, the files it is given, and nothing else: no network, no other
process, no place to write. It answers in lines. Whatever it does, it ends when it has used up its
processor time, when it says nothing for too long or says too much, and when the reader stops.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import platform
import selectors
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from daimm_cli.base.errors import DaimmError, OutsideFailed
from daimm_cli.base.text import sanitise
from daimm_cli.sandbox import syscalls

INSTALL = (
    "Nothing of a model runs outside of a sandbox, and {lacks}: {way}, or say --unsafe to run it "
    "without protection."
)
_SYSTEM = (
    *("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache"),
    "/sys/devices/system/cpu",  # what the processor can do
)
_ENVIRONMENT = {"ORT_DISABLE_TELEMETRY": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONUTF8": "1"}
_FILES = 128
_GRACE = 2  # seconds of processor time between the signal and the end
_CHUNK = 1 << 16
_TOLD = 4096
_NOT_LOADED = 127


class BrokeOff(OutsideFailed):
    """What ran in the sandbox broke, or was stopped."""


@dataclass(frozen=True)
class Limits:
    """memory: bytes of address space. processor: seconds in all threads together. wait: seconds in
    which something has to be said. output: bytes that may be said in all."""

    memory: int = 2 << 30
    processor: int = 60
    wait: int = 120
    output: int = 64 << 20


def lacking() -> str:
    """What keeps models from being run in a sandbox here, and what to do; "" if nothing does."""
    if sys.platform != "linux" or not syscalls.known(platform.machine()):
        return INSTALL.format(
            lacks="there is none for this system", way="use Linux on x86_64 or aarch64"
        )
    if not (shutil.which("bwrap") and shutil.which("prlimit")):
        return INSTALL.format(
            lacks="bubblewrap is not installed",
            way="`apt install bubblewrap`, or as your system has it",
        )
    return ""


def run(
    script: Path,
    arguments: Sequence[str | Path],
    *,
    packages: Sequence[str] = (),
    feed: Iterable[bytes] = (),
    limits: Limits = Limits(),
    unsafe: bool = False,
) -> Generator[bytes, None, None]:
    """Run a Python script and give the lines that it says, without their ends.

    arguments: a Path is shown to it, a folder with all that is in it, under another path. packages:
    what it imports beside the standard library. feed: written to its standard input, each when it
    has taken the one before. unsafe: without sandbox, with whatever limits the system knows.

    Raises DaimmError where there is no sandbox, BrokeOff where it ends badly, and what `feed` does.
    """
    if not unsafe and (why := lacking()):
        raise DaimmError(why)
    folders = sorted({str(_home(name)) for name in packages})
    program = getattr(sys, "_base_executable", sys.executable)
    environment = _ENVIRONMENT | {"PYTHONPATH": os.pathsep.join(folders)}
    words = [program, "-s", "-S", "-P", "-B"]
    python = [program, *(f"{sys.base_prefix}/{name}" for name in {"lib", sys.platlibdir})]
    shown = [(place, place) for place in (*_SYSTEM, *python, *folders)]
    for index, argument in enumerate((script, *arguments)):
        place = argument
        if isinstance(argument, Path):
            place = str(argument.resolve())
            if not unsafe:
                shown.append((place, place := f"/given/{index}/{argument.name}"))
        words.append(str(place))
    with _filter() as descriptor:
        process = subprocess.Popen(
            [*_limited(limits), *([] if unsafe else _walls(shown, descriptor)), *words],
            env=environment,
            cwd="/",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=[] if unsafe else [descriptor],
            start_new_session=True,
        )
    with process:
        try:
            yield from _lines(process, feed, limits)
        finally:
            process.kill()  # and with it all that is in the sandbox
            assert process.stdin is not None
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()


def _home(package: str) -> Path:
    """The folder to import a package from."""
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        raise DaimmError(f"Running models needs {package}: install daimm with its 'run' extra.")
    return Path(found.origin).resolve().parents[1]


def _limited(limits: Limits) -> list[str]:
    prlimit = shutil.which("prlimit")
    if prlimit is None:  # another system, and --unsafe
        return []
    end = limits.processor + _GRACE
    return [
        *(prlimit, f"--as={limits.memory}", f"--cpu={limits.processor}:{end}"),
        *("--fsize=0", f"--nofile={_FILES}", "--core=0", "--"),
    ]


def _walls(shown: Iterable[tuple[str, str]], descriptor: int) -> list[str]:
    walls = [
        shutil.which("bwrap") or "bwrap",
        "--unshare-all",
        "--unshare-user",
        "--die-with-parent",
        "--new-session",
    ]
    walls += ["--cap-drop", "ALL", "--uid", "65534", "--gid", "65534", "--hostname", "sandbox"]
    for outside, inside in shown:
        walls += ["--ro-bind-try", outside, inside]
    return [*walls, "--remount-ro", "/", "--chdir", "/", "--seccomp", str(descriptor), "--"]


@contextlib.contextmanager
def _filter() -> Iterator[int]:
    """A pipe that the filter of system calls is read from."""
    reading, writing = os.pipe()
    try:
        with os.fdopen(writing, "wb") as pipe:
            if syscalls.known(machine := platform.machine()):
                pipe.write(syscalls.program(machine))
        yield reading
    finally:
        os.close(reading)


def _lines(
    process: subprocess.Popen[bytes], feed: Iterable[bytes], limits: Limits
) -> Iterator[bytes]:
    failed: list[Exception] = []
    threading.Thread(target=_feed, args=(process.stdin, feed, failed), daemon=True).start()
    heard, told, line = 0, b"", bytearray()
    with selectors.DefaultSelector() as waiting:
        for stream in (process.stdout, process.stderr):
            assert stream is not None
            waiting.register(stream, selectors.EVENT_READ)
        until = time.monotonic() + limits.wait
        while waiting.get_map():
            ready = waiting.select(max(0, until - time.monotonic()))
            if not ready:
                raise BrokeOff(f"It was stopped: it said nothing for {limits.wait} s.")
            for key, _ in ready:
                piece = os.read(key.fd, _CHUNK)
                heard += len(piece)
                if heard > limits.output:
                    raise BrokeOff(f"It was stopped: it said more than {limits.output:,} bytes.")
                if not piece:
                    waiting.unregister(key.fileobj)
                elif key.fileobj is process.stderr:
                    told = (told + piece)[-_TOLD:]
                else:
                    first, *others = piece.split(b"\n")
                    line += first
                    for other in others:
                        yield bytes(line)
                        line = bytearray(other)
                        until = time.monotonic() + limits.wait
    if failed:
        raise failed[0]
    _require_well(process.wait(), told.decode("utf-8", "replace"), limits)


def _feed(stdin: IO[bytes] | None, feed: Iterable[bytes], failed: list[Exception]) -> None:
    assert stdin is not None
    with contextlib.suppress(BrokenPipeError, ValueError), stdin:
        try:
            for piece in feed:
                stdin.write(piece)
                stdin.flush()
        except (BrokenPipeError, ValueError):
            raise
        except Exception as error:  # noqa: BLE001 - raised by who reads
            failed.append(error)


def _require_well(status: int, told: str, limits: Limits) -> None:
    if status == 0:
        return
    number = -status if status < 0 else status - 128
    last = sanitise(told.strip().rpartition("\n")[2])
    if number == signal.SIGXCPU:
        raise BrokeOff(f"It was stopped: it took over {limits.processor} s of processor time.")
    if last.startswith("bwrap: "):
        raise DaimmError(
            INSTALL.format(lacks=f"bubblewrap fails ({last})", way="allow it user namespaces")
        )
    if status == _NOT_LOADED and "failed to map" in last:
        raise BrokeOff("It could not be started in so little memory: give it more by --memory.")
    how = f"signal {number}" if number > 0 else f"status {status}"
    raise BrokeOff(f"It broke off ({how}){': ' if last else '.'}{last}")
