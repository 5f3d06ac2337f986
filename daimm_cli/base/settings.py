"""Settings as dataclasses: beside each stands what reads it, and what is wrong with one names it.

>>> @dataclass(frozen=True)
... class Storage:
...     kubo: str | None = setting("An IPFS daemon.", text)
>>> checked(Storage, {"kubo": 3}, lambda key: f"config.toml: '{key}'")
Traceback (most recent call last):
daimm_cli.base.errors.DaimmError: config.toml: 'kubo' must be text in quotes.

What reads a setting takes what a file or a variable has and makes the value of it; it raises
ValueError that says what it must be. No library does it, since each command reads settings: to
import pydantic takes a third of the time that `daimm balance` has.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from daimm_cli.base.errors import DaimmError
from daimm_cli.base.text import sanitise

Reader = Callable[[Any], Any]
T = TypeVar("T")
MOST = 64
"""Entries of a list."""


def setting(
    about: str, read: Reader, default: Any = None, *, key: str = "", shown: bool = True
) -> Any:
    """A dataclass's field. about: for the reference. key: where it is not its name."""
    how = {"about": about, "read": read, "key": key}
    return dataclasses.field(default=default, repr=shown, metadata=how)


def keys(model: type[Any]) -> dict[str, dataclasses.Field[Any]]:
    """The settings of a dataclass by key."""
    found = (field for field in dataclasses.fields(model) if field.metadata)
    return {field.metadata["key"] or field.name: field for field in found}


class _Wrong(ValueError):
    """What is wrong with the setting at a path below the one that is read."""

    def __init__(self, said: str, *path: str) -> None:
        super().__init__(said)
        self.path = path


def checked(
    model: type[T],
    values: Mapping[str, Any],
    place: Callable[[str], str],
    folder: Path | None = None,
    **more: Any,
) -> T:
    """The model of these values; DaimmError names the first that is wrong by `place` of its key.

    folder: where paths that are not full begin. more: its fields that are no settings.
    """
    try:
        made: T = _made(model, values, more)
        return made if folder is None else _placed(made, folder)
    except _Wrong as wrong:
        raise DaimmError(f"{place(sanitise('.'.join(wrong.path), 120))}{wrong}") from None


def _made(model: type[Any], values: Any, more: Mapping[str, Any] | None = None) -> Any:
    if not isinstance(values, Mapping):
        raise _Wrong(" must be a table.")
    known, found = keys(model), dict(more or {})
    for key in values:
        if key not in known:
            raise _Wrong(f": unknown key. {_belongs(key, known)}", key)
    for key, field in known.items():
        if (value := values.get(key, field.default)) is not None:
            found[field.name] = _read(field.metadata["read"], value, key)
    return model(**found)


def _read(read: Reader, value: Any, key: str) -> Any:
    try:
        return read(value)
    except _Wrong as wrong:
        raise _Wrong(str(wrong), key, *wrong.path) from None
    except ValueError as error:
        raise _Wrong(f" {error}.", key) from None


def _belongs(key: str, known: Mapping[str, dataclasses.Field[Any]]) -> str:
    """Where an unknown key belongs, or which keys there are."""
    for field in known.values():
        read = field.metadata["read"]
        if isinstance(read, Table) and key in keys(read.model):
            return f"It belongs under [{read.place}]."
    return f"The keys are {', '.join(sorted(known))}."


def _placed(value: Any, home: Path) -> Any:
    """With its folders from `home` on."""
    if isinstance(value, Path):
        return home / value
    if isinstance(value, tuple):
        return tuple(_placed(each, home) for each in value)
    if isinstance(value, dict):
        return {name: _placed(each, home) for name, each in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in dataclasses.fields(value)]
        return type(value)(**{name: _placed(getattr(value, name), home) for name in names})
    return value


# What reads a setting


@dataclass(frozen=True)
class Table:
    """Reads a table, or each of those in one. place: where it stands in the file."""

    model: type[Any]
    place: str
    each: bool = False

    def __call__(self, value: Any) -> Any:
        one = functools.partial(_made, self.model)
        return table(one)(value) if self.each else one(value)


def table(read: Reader) -> Reader:
    """A table of what `read` reads."""

    def all_of(value: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise ValueError("must be a table")
        return {name: _read(read, each, name) for name, each in value.items()}

    return all_of


def text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("must be text in quotes")
    if not value:
        raise ValueError("must be text in quotes, and not empty")
    return value


def flag(value: Any) -> bool:
    """Text as a variable has it, too."""
    if value not in (True, False, "1", "0"):
        raise ValueError("must be true or false, in a variable 1 or 0")
    return value in (True, "1")


def folder(value: Any) -> Path:
    """A path as it is typed."""
    if not isinstance(value, str | Path) or not str(value):
        raise ValueError("must be text in quotes")
    if "\0" in str(value):
        raise ValueError("holds a zero byte: write it again")
    try:
        return Path(value).expanduser()
    except RuntimeError:
        raise ValueError("names a user without a home folder: give a full path") from None


def several(read: Reader) -> Reader:
    """A list of what `read` reads."""

    def all_of(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple):
            raise ValueError('must be a list, like ["a", "b"]')
        if len(value) > MOST:
            raise ValueError(f"must have at most {MOST} entries")
        return tuple(read(each) for each in value)

    return all_of


def number(kind: type[Any], least: Any, most: Any) -> Reader:
    """A number of this kind from `least` to `most`, in text as well, as a variable has it."""

    def read(value: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, int | float | str | kind):
            raise ValueError("must be a number")
        try:
            written = str(value).strip()
            made = kind(written if written.isascii() and "_" not in written else "")
            fits = least <= made <= most
        except (ValueError, ArithmeticError):
            whole = "whole " if kind is int else ""
            raise ValueError(f"must be a {whole}number") from None
        if not fits:
            raise ValueError(f"must be from {least} to {most}")
        return made

    return read
