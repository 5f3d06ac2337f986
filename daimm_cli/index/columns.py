"""Events as rows: each has its table, and a struct's fields are columns of it.

>>> [table.name for table in tables(Market)][:2]
['market_authority_updated', 'market_delivered']

Words and addresses are kept as Python shows them, integers over 63 bits as decimal text, arrays as
JSON. `schema.sql` is generated from this; a log becomes a row by slicing its words, for a first
look at a market reads a hundred thousand of them.
"""

from __future__ import annotations

import enum
import functools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from daimm_cli.base.errors import OutsideFailed
from daimm_cli.bindings.authority import Authority
from daimm_cli.bindings.bonds import Bonds
from daimm_cli.bindings.calls import Contract, Event
from daimm_cli.bindings.market import Market
from daimm_cli.bindings.model_license import ModelLicense
from daimm_cli.bindings.model_registry import ModelRegistry
from daimm_cli.bindings.values import Kind, Struct, from_word
from daimm_cli.protocol.curve import Point

CONTRACTS: tuple[type[Contract], ...] = (Authority, ModelRegistry, ModelLicense, Market, Bonds)

REPEATED = {"Approval", "ApprovalForAll", "Locked", "MetadataUpdate", "Unlocked"}
"""What the token standards tell, and no list shows."""

Column = tuple[str, Kind]


@dataclass(frozen=True, eq=False)
class Table:
    """An event's table. columns: names and elementary kinds, of which a list is an array."""

    name: str
    event: type[Event]
    columns: tuple[Column, ...]

    def row(self, topics: Sequence[bytes], data: bytes) -> tuple[Any, ...]:
        """The columns of one log; raises OutsideFailed for one that no contract has written."""
        try:
            if any(isinstance(kind, list) for _, kind in self.columns):
                event = self.event.decode(topics, data)
                return tuple(_listed(getattr(event, name)) for name, _ in self.event.fields())
            places = self._places
            if len(topics) + len(data) // 32 != 1 + len(places) or len(data) % 32:
                raise ValueError
            words = b"".join(topics[1:]) + data
            return tuple(
                _value(words[32 * place : 32 * place + 32], str(kind))
                for place, (_, kind) in zip(places, self.columns, strict=True)
            )
        except (ValueError, OverflowError):
            raise OutsideFailed(
                f"The node sent {self.event.NAME} as no contract can have written it: use another "
                "node."
            ) from None

    @functools.cached_property
    def _places(self) -> tuple[int, ...]:
        """For each column, which word of topics and data together it is."""
        names = [name for name, _ in self.columns]
        indexed = {name.strip("_") for name in self.event.INDEXED}
        ordered = sorted(names, key=lambda name: name not in indexed)
        return tuple(ordered.index(name) for name in names)


def tables(contract: type[Contract]) -> Iterator[Table]:
    """Those of one contract. Events with text or bytes of any length are passed over, so that none
    can keep anybody from following their orders."""
    for event in contract.EVENTS:
        columns = tuple(_flat("", event.fields()))
        if event.NAME not in REPEATED and not any(k in ("bytes", "string") for _, k in columns):
            yield Table(f"{_snake(contract.NAME)}_{_snake(event.NAME)}", event, columns)


def _flat(prefix: str, fields: Sequence[Column]) -> Iterator[Column]:
    for name, kind in fields:
        plain = prefix + name.strip("_")
        if kind is Point:
            yield from ((f"{plain}_x", "uint256"), (f"{plain}_y", "uint256"))
        elif isinstance(kind, type) and issubclass(kind, Struct):
            yield from _flat(f"{plain}_", kind.fields())
        else:
            named = isinstance(kind, type) and issubclass(kind, enum.IntEnum)
            yield plain, "uint8" if named else kind


def _value(word: bytes, kind: str) -> Any:
    value = from_word(kind, word)
    return str(value) if isinstance(value, int) and sql_type(kind) == "TEXT" else value


def _listed(value: Any) -> Any:
    if isinstance(value, tuple):
        return json.dumps([item.to_json() for item in value])
    return value


def sql_type(kind: Kind) -> str:
    """What SQLite calls a column of this kind."""
    if kind == "bool" or (isinstance(kind, str) and kind[:4] == "uint" and int(kind[4:]) < 64):
        return "INTEGER"
    return "BLOB" if isinstance(kind, str) and kind.startswith("bytes") else "TEXT"


_S = TypeVar("_S", bound=Struct)


def struct(made: type[_S], row: Mapping[str, Any], prefix: str = "") -> _S:
    """The struct from the columns that begin with `prefix`."""
    values: dict[str, Any] = {}
    for name, kind in made.fields():
        column = prefix + name
        if kind is Point:
            values[name] = Point(int(row[f"{column}_x"]), int(row[f"{column}_y"]))
        elif kind == "bool":
            values[name] = bool(row[column])
        else:
            is_text = sql_type(kind) == "TEXT" and kind != "address"
            values[name] = int(row[column]) if is_text else row[column]
    return made(**values)


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
