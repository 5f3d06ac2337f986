"""A program that runs beside the one that starts it, and ends with it.

process = start(["anvil"], log=folder / "log", environment=os.environ)
port = wait_for(r"Listening on \\S+:(\\d+)", process, folder / "log", seconds=30)[1]
stop(process)
"""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

_PR_SET_PDEATHSIG = 1


ROOT = Path(__file__).resolve().parent.parent


class ProgramFailed(Exception):
    """A program beside this one ended, was not ready in time, or refused something."""


def find(name: str) -> Path | None:
    """The program that the setup built or found, else the one on PATH, else None."""
    built = ROOT / ".build" / "bin" / name
    if os.access(built, os.X_OK):
        return built
    found = shutil.which(name)
    return Path(found) if found else None


def start(
    command: Sequence[str], *, log: Path, environment: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    """The program, with all that it says going to `log`."""
    with log.open("wb") as output:
        return subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            preexec_fn=_die_with_parent(),
        )


def wait_for(
    pattern: str, process: subprocess.Popen[bytes], log: Path, *, seconds: float
) -> re.Match[str]:
    """Where the program says this in its log; ProgramFailed where it ends or does not say it."""
    name = Path(command[0]).name if isinstance(command := process.args, list) else "it"
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        ended = process.poll() is not None
        text = log.read_text(errors="replace")
        if found := re.search(pattern, text):
            return found
        if ended:
            raise ProgramFailed(f"{name} ended at once: {text.strip()[-500:]}")
        time.sleep(0.02)
    raise ProgramFailed(f"{name} was not ready within {seconds:.0f} seconds")


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ask it to end, and see to it. Doing it twice is harmless."""
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _die_with_parent() -> Callable[[], object] | None:
    """What the child runs first so that Linux kills it when this process dies, even by SIGKILL.

    The signal follows the thread that started the child, so only the main thread asks for it.
    """
    if sys.platform != "linux" or threading.current_thread() is not threading.main_thread():
        return None
    prctl = ctypes.CDLL(None).prctl
    return lambda: prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
