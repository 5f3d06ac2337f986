"""Files that others wrote: manifests, and the data that they name.

>>> suite, path, digest = read(Suite, "digits", OURS)
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from daimm_cli.base import bounded_json
from daimm_cli.base.errors import DaimmError
from daimm_cli.base.files import read_bounded
from daimm_cli.base.text import sanitise

MAX_MANIFEST = 1 << 20
MAX_DATA = 256 << 20
T = TypeVar("T", bound=BaseModel)


def read(kind: type[T], name: str, ours: Path) -> tuple[T, Path, str]:
    """A manifest of such a kind, where it lies and its SHA-256; ours: where those are that come
    with daimm and go by their names."""
    own = ours / f"{name}.json"
    path = own if name.isidentifier() and own.is_file() else Path(name)
    if name.isidentifier() and not path.exists():
        known = ", ".join(sorted(file.stem for file in ours.glob("*.json")))
        raise DaimmError(f"There is no {kind.__name__.lower()} '{name}': name a file, or {known}.")
    content = read_file(path)
    try:
        if len(content) > MAX_MANIFEST:
            raise ValueError("it is over 1 MiB")
        made = kind.model_validate(bounded_json.loads(content))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise DaimmError(f"{path}: {sanitise(where)}: {sanitise(first['msg'])}.") from None
    except UnicodeDecodeError:
        raise DaimmError(f"{path} is no {kind.__name__.lower()}: it is not UTF-8 text.") from None
    except ValueError as error:
        what = kind.__name__.lower()
        raise DaimmError(f"{path} is no {what}: {sanitise(error)}.") from None
    return made, path, sha256(content).hexdigest()


def secret(data: Path | None, salt: Path | None, *, held_out: bool) -> tuple[Path, Path] | None:
    """What shows rows that were held out. Raises DaimmError where there is nothing to show."""
    if (data or salt) and not held_out:
        raise DaimmError("Its data is not held out: leave --data and --salt out.")
    return (data, salt) if data and salt else None


def read_file(path: Path) -> bytes:
    """Up to 256 MiB. Raises DaimmError for more."""
    return read_bounded(path, MAX_DATA, DaimmError(f"{path} is over 256 MiB."))
