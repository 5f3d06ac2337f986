"""Files and folders that are either whole or absent, and opening those that somebody named.

>>> write_atomic(Path("seed.json"), b"{}", mode=0o600)
>>> open_regular(Path("model.onnx")).read(8)
>>> with private_folder(Path("model")) as work:
...     (work / "weights").write_bytes(b"...")
...     work.rename("model")

What is under way has a name like `.seed.json.k3u9x_2a.daimm` and is locked by its process. One that
nobody locks any more was left by a process that was killed, and goes at the next start.
"""

import contextlib
import fcntl
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

from daimm_cli.base.errors import DaimmError

Progress = Callable[[int, int], None]
"""Called with (bytes done, bytes in all)."""

_SUFFIX = ".daimm"
_MADE = re.compile(rf"\..*\.[a-z0-9_]{{8}}{re.escape(_SUFFIX)}", re.DOTALL)
_LONGEST = 48
_swept: set[Path] = set()


def no_progress(_done: int, _total: int) -> None:
    """Progress that nobody watches."""


@contextlib.contextmanager
def atomic_file(path: Path, *, mode: int = 0o644) -> Iterator[BinaryIO]:
    """Yield a temporary file beside `path`; fsync and rename it over `path` on success.

    On any exception the temporary file is removed and `path` is untouched.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.parent not in _swept:
        sweep(path.parent)
    descriptor, temporary = _locked_name(path, folder=False)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), mode)
            yield file
            file.flush()
            os.fsync(file.fileno())
            temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def write_atomic(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    with atomic_file(path, mode=mode) as file:
        file.write(data)


@contextlib.contextmanager
def private_folder(target: Path) -> Iterator[Path]:
    """A folder (mode 0700) on the file system of `target`, gone at the end with what it holds.

    It may be renamed to `target` before. What killed processes left beside it goes first.
    """
    sweep(target.parent)
    try:
        descriptor, folder = _locked_name(target, folder=True)
    except OSError as error:
        error.filename = str(target)  # what the user named
        raise
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(descriptor)


@contextlib.contextmanager
def alone(lock: Path, otherwise: DaimmError | None = None) -> Iterator[None]:
    """Hold the lock file `lock`, gone at the end; where another process does, raise `otherwise` or,
    without one, wait."""
    lock.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    while True:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (fcntl.LOCK_NB if otherwise else 0))
        except BlockingIOError:
            os.close(descriptor)
            raise otherwise from None  # type: ignore[misc]
        if lock.exists() and os.path.samestat(lock.stat(), os.fstat(descriptor)):
            break
        os.close(descriptor)  # its holder removed it just now
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)
        os.close(descriptor)


def sweep(folder: Path) -> None:
    """Remove what killed processes left half-made in a folder; what somebody works on stays."""
    _swept.add(folder)
    with contextlib.suppress(OSError):
        names = [entry.name for entry in os.scandir(folder) if _MADE.fullmatch(entry.name)]
        for name in names:
            with contextlib.suppress(OSError):
                _remove_abandoned(folder / name)


def sync_folder(folder: Path) -> None:
    """Have a folder's entries on the disk."""
    directory = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def open_regular(path: Path) -> BufferedReader:
    """Open for reading; anything but a regular file is refused (and a pipe does not block)."""
    try:
        file = os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb")
    except FileNotFoundError:
        raise DaimmError(f"There is no file '{path}': check the path.") from None
    except IsADirectoryError:
        raise DaimmError(f"'{path}' is a directory: name a file.") from None
    except OSError as error:
        raise DaimmError(f"'{path}' cannot be read: {error.strerror}.") from None
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise DaimmError(f"'{path}' is not a regular file: copy it into one first.")
    return file


def read_bounded(path: Path, most: int, otherwise: DaimmError) -> bytes:
    """All of a regular file; raises `otherwise` for one of more than `most` bytes."""
    with open_regular(path) as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise otherwise
    return data


def _locked_name(target: Path, *, folder: bool) -> tuple[int, Path]:
    """A fresh file or folder beside `target`, locked for as long as its descriptor is open."""
    prefix = f".{target.name[:_LONGEST]}."
    while True:
        if folder:
            name = tempfile.mkdtemp(_SUFFIX, prefix, target.parent)
            try:
                descriptor = os.open(name, os.O_RDONLY | os.O_DIRECTORY)
            except FileNotFoundError:  # somebody swept it
                continue
        else:
            descriptor, name = tempfile.mkstemp(_SUFFIX, prefix, target.parent)
        with contextlib.suppress(OSError):  # some file systems have no locks, and no sweeping then
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.path.lexists(name):  # nobody swept it before it was locked
            return descriptor, Path(name)
        os.close(descriptor)


def _remove_abandoned(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        if os.fstat(descriptor).st_uid != os.geteuid():
            return
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    finally:
        os.close(descriptor)
