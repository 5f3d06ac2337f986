"""How rows come out of the database.

>>> made(OfferRow, connection.execute("SELECT * FROM offer_list").fetchone(), chain.market)
OfferRow(offer_id=b'...', offer=Offer(...), ...)
"""

from __future__ import annotations

import enum
import functools
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import fields
from types import NoneType
from typing import Any, TypeVar, get_args, get_type_hints

from daimm_cli.bindings.values import Struct
from daimm_cli.chain.terms import ZERO_ADDRESS, Order, Parent, Version, license_id
from daimm_cli.index.columns import struct
from daimm_cli.index.rows import Listed, OfferRow, OrderRow
from daimm_cli.protocol.curve import Point
from daimm_cli.protocol.delivery import KeyProof

Row = Mapping[str, Any]
T = TypeVar("T", bound=Listed)
Reader = Callable[[Row, str], Any]

_OWN: Mapping[Any, Reader] = {
    Order: lambda row, _: struct(Order, row),
    Version: lambda row, _: struct(Version, row, "details_"),
    KeyProof: lambda row, _: None if row["c"] is None else _proof(row),
    tuple[Parent, ...]: lambda row, name: tuple(map(Parent.from_json, json.loads(row[name]))),
}
"""How fields of some types come out of their rows."""


def _reader(hint: Any) -> Reader:
    """The same of any type: a struct is what an event has as its terms."""
    kinds = [kind for kind in get_args(hint) or [hint] if kind is not NoneType]
    kind = hint if hint in _OWN else kinds[0]
    if kind in _OWN:
        return _OWN[kind]
    if isinstance(kind, type) and issubclass(kind, Struct):
        return lambda row, _: struct(kind, row, "terms_")
    if isinstance(kind, type) and issubclass(kind, bool | int | enum.Enum):
        missing = NoneType in get_args(hint)
        return lambda row, name: None if missing and row[name] is None else kind(row[name])
    return lambda row, name: row[name]


@functools.cache
def _readers(kind: Any) -> dict[str, Reader]:
    hints = get_type_hints(kind)
    return {each.name: _reader(hints[each.name]) for each in fields(kind)}


def made(kind: type[T], row: Row, market: str, rules: Collection[str] = ()) -> T:
    """A row of its view. rules: the addresses of those that are known."""
    found: dict[str, Any] = {}
    named: Any = kind
    if issubclass(kind, OrderRow):
        found["license_id"] = license_id(market, row["order"])
    elif issubclass(kind, OfferRow):
        found["understood"] = row["terms_rule"] in (ZERO_ADDRESS, *rules)
    for name, read in _readers(named).items():
        if name not in found:
            found[name] = read(row, name)
    return kind(**found)


def _proof(row: Row) -> KeyProof:
    z = Point(int(row["z_x"]), int(row["z_y"]))
    return KeyProof(row["receiver"], z, int(row["c"]), int(row["w"]))
