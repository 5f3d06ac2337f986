"""How rows come out of the database.

>>> made(OfferRow, connection.execute("SELECT * FROM offer_list").fetchone(), chain.market)
OfferRow(offer_id=b'...', offer=Offer(...), ...)
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import fields
from typing import Any, TypeVar

from daimm_cli.bindings.structs import (
    Bond,
    Deal,
    DealState,
    KeyRequest,
    Listing,
    RequestState,
    Result,
    ResultState,
    Ruling,
)
from daimm_cli.chain.terms import ZERO_ADDRESS, Offer, Order, Parent, Version, license_id
from daimm_cli.index.columns import struct
from daimm_cli.index.rows import Listed, OfferRow, OrderRow, OrderState
from daimm_cli.protocol.curve import Point
from daimm_cli.protocol.delivery import KeyProof

Row = Mapping[str, Any]
T = TypeVar("T", bound=Listed)

_READ: Mapping[str, Callable[[Row, str], Any]] = {
    "bool": lambda row, name: bool(row[name]),
    "int": lambda row, name: int(row[name]),
    "int | None": lambda row, name: None if row[name] is None else int(row[name]),
    "Bond": lambda row, _: struct(Bond, row, "terms_"),
    "Deal": lambda row, _: struct(Deal, row, "terms_"),
    "DealState": lambda row, name: DealState(row[name]),
    "KeyRequest": lambda row, _: struct(KeyRequest, row, "terms_"),
    "Listing": lambda row, _: struct(Listing, row, "terms_"),
    "Offer": lambda row, _: struct(Offer, row, "terms_"),
    "Order": lambda row, _: struct(Order, row),
    "OrderState": lambda row, name: OrderState(row[name]),
    "Result": lambda row, _: struct(Result, row, "terms_"),
    "ResultState": lambda row, name: ResultState(row[name]),
    "RequestState": lambda row, name: RequestState(row[name]),
    "Ruling | None": lambda row, name: None if row[name] is None else Ruling(row[name]),
    "KeyProof | None": lambda row, _: None if row["c"] is None else _proof(row),
    "Version": lambda row, _: struct(Version, row, "details_"),
    "tuple[Parent, ...]": lambda row, name: tuple(map(Parent.from_json, json.loads(row[name]))),
}
"""How a field comes out of its row, by its type; others are the column of their name."""


def made(kind: type[T], row: Row, market: str, rules: Collection[str] = ()) -> T:
    """A row of its view. rules: the addresses of those that are known."""
    found: dict[str, Any] = {}
    if issubclass(kind, OrderRow):
        found["license_id"] = license_id(market, row["order"])
    elif issubclass(kind, OfferRow):
        found["understood"] = row["terms_rule"] in (ZERO_ADDRESS, *rules)
    for each in fields(kind):  # type: ignore[arg-type]
        if each.name not in found:
            read = _READ.get(str(each.type))
            found[each.name] = read(row, each.name) if read else row[each.name]
    return kind(**found)


def _proof(row: Row) -> KeyProof:
    z = Point(int(row["z_x"]), int(row["z_y"]))
    return KeyProof(row["receiver"], z, int(row["c"]), int(row["w"]))
