"""Proposal files as commands write them, for `daimm dao propose`.

>>> write(Path("proposal.yaml"), "Refuse a token", "It was hacked.", [market.set_token(...)], book)
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from daimm_cli.base.errors import DaimmError
from daimm_cli.base.files import write_atomic
from daimm_cli.bindings.calls import Call, Contract
from daimm_cli.bindings.deployed import BOUND
from daimm_cli.bindings.values import Struct
from daimm_cli.chain.book import Book


def require_free(file: Path) -> None:
    """Raise DaimmError where the file exists, or its folder does not."""
    if file.exists():
        raise DaimmError(f"{file} exists already: name another file with --output, or remove it.")
    if not file.absolute().parent.is_dir():
        raise DaimmError(f"The folder of {file} does not exist: make it, or name another file.")


def write(file: Path, title: str, description: str, calls: Sequence[Call], book: Book) -> Path:
    """A proposal to make these calls, of functions that the book's contracts have."""
    made = [_told(call, book) for call in calls]
    require_free(file)
    told = {"title": title, "description": description, "calls": made}
    text = yaml.safe_dump(told, sort_keys=False, allow_unicode=True, width=100)
    write_atomic(file, text.encode())
    return file


def _told(call: Call, book: Book) -> dict[str, Any]:
    known = {entry.address: name for name, entry in book.contracts.items()}
    to = str(call.to)
    kind: type[Contract] | None = BOUND.get(book.kinds.get(to, ""))
    read = kind.read_call(call.data) if kind else None
    if kind is None or read is None:
        raise DaimmError(f"No contract of the address book at {to} has such a function.")
    arguments = {_spelled(key): _plain(value, known) for key, value in read.arguments.items()}
    whose = {} if to in known else {"as": kind.NAME}
    target = known.get(to, to)
    return {"target": target, "call": read.function.name, **whose, "arguments": arguments}


def _spelled(name: str) -> str:
    """A parameter's name as Solidity has it."""
    first, *others = name.strip("_").split("_")
    return first + "".join(other.capitalize() for other in others)


def _plain(value: Any, known: dict[str, str]) -> Any:
    """An argument as YAML has it; contracts of the book by their names."""
    if isinstance(value, Struct):
        return {_spelled(name): _plain(getattr(value, name), known) for name, _ in value.fields()}
    if isinstance(value, list | tuple):
        return [_plain(each, known) for each in value]
    if isinstance(value, enum.IntEnum):
        return value.name.lower()
    if isinstance(value, bytes):
        return "0x" + value.hex()
    return known.get(value, value) if isinstance(value, str) else value
