"""Files that are either whole or absent, and opening those that somebody named.

>>> write_atomic(Path("seed.json"), b"{}", mode=0o600)
>>> open_regular(Path("model.onnx")).read(8)
"""

import contextlib
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from daimm_cli.base.errors import DaimmError


@contextlib.contextmanager
def atomic_file(path: Path, *, mode: int = 0o644) -> Iterator[BinaryIO]:
    """Yield a temporary file beside `path`; fsync and rename it over `path` on success.

    On any exception the temporary file is removed and `path` is untouched.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    fd, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(fd, "wb") as file:
            os.fchmod(file.fileno(), mode)
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Have a folder's entries on the disk."""
    directory = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def write_atomic(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Write `data` to `path` through `atomic_file`."""
    with atomic_file(path, mode=mode) as file:
        file.write(data)


def open_regular(path: Path) -> BinaryIO:
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
