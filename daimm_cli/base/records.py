"""Small JSON files of a home: whole or absent, bounded, readable by their owner alone.

>>> keep(file, {"format": "daimm/draft/v1", "label": "0x..."})
>>> take(file, Draft.from_json)      # None where there is none
Draft(label='0x...')

A damaged record stops nothing for ever: it is set aside under another name, and that is told
through the logger "daimm", which prints on stderr unless the program says otherwise.
"""

import json
import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from daimm_cli.base import bounded_json
from daimm_cli.base.errors import DaimmError, VerificationFailed
from daimm_cli.base.files import open_regular, sweep, write_atomic

LIMIT = 64 << 10
"""Bytes of a record, unless its kind needs more."""

DAMAGED = ".damaged"

T = TypeVar("T")
_log = logging.getLogger("daimm")


class Damaged(VerificationFailed):
    """What stands in the file is no record of its kind."""

    def __init__(self, file: Path) -> None:
        super().__init__(
            f"The record {file} is damaged: restore it, or see what became of what it is about and "
            "move it away."
        )


def keep(file: Path, data: object, *, indent: int | None = None) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_atomic(file, json.dumps(data, indent=indent).encode() + b"\n", mode=0o600)


def read(file: Path, parse: Callable[[dict[str, Any]], T], *, limit: int = LIMIT) -> T | None:
    """What `parse` makes of the record; None where there is none.

    Raises Damaged where it is no JSON object, longer than `limit`, or `parse` cannot take it (it
    raises KeyError, TypeError, ValueError, or DaimmError).
    """
    if not os.path.lexists(file):
        return None
    try:
        with open_regular(file) as stream:
            data = stream.read(limit + 1)
        found = bounded_json.loads(data) if len(data) <= limit else None
        if isinstance(found, dict):
            return parse(found)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, DaimmError):
        pass
    raise Damaged(file) from None


def take(file: Path, parse: Callable[[dict[str, Any]], T], *, limit: int = LIMIT) -> T | None:
    """As `read`, but a damaged record is set aside, told, and None."""
    try:
        return read(file, parse, limit=limit)
    except Damaged:
        set_aside(file)
        return None


def take_all(
    folder: Path, pattern: str, parse: Callable[[dict[str, Any]], T], *, limit: int = LIMIT
) -> Iterator[tuple[Path, T]]:
    """The records of a folder by name, damaged ones set aside; what a killed process left goes."""
    sweep(folder)
    for file in sorted(folder.glob(pattern)):
        found = take(file, parse, limit=limit)
        if found is not None:
            yield file, found


def set_aside(file: Path) -> Path:
    """Give a damaged record another name, which none of ours reads, and tell of it."""
    number, aside = 1, file.with_name(file.name + DAMAGED)
    while aside.exists():
        number += 1
        aside = file.with_name(f"{file.name}{DAMAGED}-{number}")
    file.rename(aside)
    _log.warning("The record %s was damaged: it is kept as %s and not used.", file, aside.name)
    return aside


def damaged(folder: Path) -> list[Path]:
    """Records in or under a folder that were set aside."""
    return sorted(folder.rglob(f"*{DAMAGED}*"))
