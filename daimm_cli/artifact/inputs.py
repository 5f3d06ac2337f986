"""Opening files that somebody named.

>>> open_regular(Path("model.onnx")).read(8)
"""

import os
import stat
from pathlib import Path
from typing import BinaryIO

from daimm_cli.base.errors import DaimmError


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
