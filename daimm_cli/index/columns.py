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
from typing import TYPE_CHECKING, Any, TypeVar

from daimm_cli.base.errors import OutsideFailed
from daimm_cli.bindings.attestations import Attestations
from daimm_cli.bindings.authority import Authority
from daimm_cli.bindings.bonds import Bonds
from daimm_cli.bindings.calls import Contract, Event
from daimm_cli.bindings.claims import Claims
from daimm_cli.bindings.court import Court
from daimm_cli.bindings.cover_pool import CoverPool
from daimm_cli.bindings.daimm_governor import DaimmGovernor
from daimm_cli.bindings.key_requests import KeyRequests
from daimm_cli.bindings.market import Market
from daimm_cli.bindings.model_license import ModelLicense
from daimm_cli.bindings.model_registry import ModelRegistry
from daimm_cli.bindings.profiles import Profiles
from daimm_cli.bindings.rebates import Rebates
from daimm_cli.bindings.reviews import Reviews
from daimm_cli.bindings.secondary import Secondary
from daimm_cli.bindings.values import Kind, Struct, from_word
from daimm_cli.protocol.curve import Point

if TYPE_CHECKING:
    from daimm_cli.chain.book import Book

CONTRACTS: tuple[type[Contract], ...] = (
    *(Authority, ModelRegistry, ModelLicense, Market, Bonds, DaimmGovernor, Rebates),
    *(KeyRequests, Secondary, Reviews, Profiles, Claims, Attestations, Court),
    CoverPool,
)

LEDGERS = tuple(kind for kind in CONTRACTS if "withdraw_for_if_owed" in kind.FUNCTIONS)
"""Those of them that owe money: each has a view of its own, `<contract>_ledger`, in views.sql."""


def followed(book: Book) -> dict[str, type[Contract]]:
    """Those of them that the book has, by address: an older one lacks what came later."""
    kinds = {kind.NAME: kind for kind in CONTRACTS}
    named = {name: kinds.get(name.partition("/")[0]) for name in book.contracts}
    return {book.contracts[name].address: kind for name, kind in named.items() if kind}


REPEATED = {"Approval", "ApprovalForAll", "Locked", "MetadataUpdate", "Unlocked"}
"""What the token standards tell, and no list shows."""

IN_PART = {"ClaimOpened", "ProposalCreated", "VoteCast"}
"""Events with text of any length of which the index has what is of one word; their blocks have the
rest. What they say costs who says it more gas than it costs us."""

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
            places, words = self._places, b"".join(topics[1:]) + data
            count = len(words) // 32 if self.event.NAME not in IN_PART else len(places)
            if count != len(places) or len(data) % 32:
                raise ValueError
            return tuple(
                _value(words[32 * places[name] : 32 * places[name] + 32], str(kind))
                for name, kind in self.columns
            )
        except (ValueError, OverflowError):
            raise OutsideFailed(
                f"The node sent {self.event.NAME} as no contract can have written it: use another "
                "node."
            ) from None

    @functools.cached_property
    def _places(self) -> dict[str, int]:
        """Which word of topics and data together is whose."""
        names = [name for name, _ in _flat("", self.event.fields())]
        indexed = {name.strip("_") for name in self.event.INDEXED}
        ordered = sorted(names, key=lambda name: name not in indexed)
        return {name: place for place, name in enumerate(ordered)}


def tables(contract: type[Contract]) -> Iterator[Table]:
    """Those of one contract. Events with text or bytes of any length are passed over, so that none
    can keep anybody from following their orders; but see IN_PART."""
    for event in contract.EVENTS:
        columns = tuple(_flat("", event.fields()))
        if event.NAME in IN_PART:
            columns = tuple((name, kind) for name, kind in columns if _is_word(kind))
        if event.NAME not in REPEATED and not any(k in ("bytes", "string") for _, k in columns):
            yield Table(f"{_snake(contract.NAME)}_{_snake(event.NAME)}", event, columns)


def over_ledgers() -> Iterator[str]:
    """The views that bring together what each ledger came to owe, passed on and paid out."""
    for view, of in (("owing", "ledger"), ("assigned", "assigned"), ("withdrawn", "withdrawn")):
        parts = (f"SELECT '{it.NAME}' AS ledger, * FROM {_snake(it.NAME)}_{of}" for it in LEDGERS)  # noqa: S608
        yield f"CREATE VIEW {view} AS\n" + "\nUNION ALL ".join(parts) + ";"


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


def _is_word(kind: Kind) -> bool:
    return isinstance(kind, str) and kind not in ("bytes", "string")


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
            values[name] = [int(row[f"{column}_x"]), int(row[f"{column}_y"])]  # may be none
        elif kind == "bool":
            values[name] = bool(row[column])
        else:
            is_text = sql_type(kind) == "TEXT" and kind != "address"
            values[name] = int(row[column]) if is_text else row[column]
    return made(**values)


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
