"""Large files on their way to the disk.

>>> with atomic_file(path) as file, unbuffered(file) as direct:
...     reserve(file, 1 << 30)
"""

import contextlib
import errno
import os
from collections.abc import Iterator
from typing import BinaryIO

from daimm_cli.base.errors import DaimmError


def reserve(file: BinaryIO, size: int) -> None:
    """Take the room on the disk now: a full disk is known at once, and writing is faster."""
    try:
        if size:
            os.posix_fallocate(file.fileno(), 0, size)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise DaimmError(
                f"The disk has no room for {size:,} bytes: free some, or write elsewhere."
            ) from None
        file.truncate(size)


@contextlib.contextmanager
def unbuffered(file: BinaryIO) -> Iterator[int]:
    """A descriptor that writes to `file` past the page cache, -1 where the system has none."""
    try:
        direct = os.open(f"/proc/self/fd/{file.fileno()}", os.O_WRONLY | os.O_DIRECT)
    except (OSError, AttributeError):
        yield -1
        return
    try:
        yield direct
    finally:
        os.close(direct)
