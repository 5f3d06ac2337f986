"""Orders, offers and licences by what people type.

>>> find_order(session, "0x3f9a61c2").order_id.hex()[:8]
'3f9a61c2'

An id can be shortened to its first eight digits or more, as long as it names one thing.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from daimm_cli.base.errors import DaimmError
from daimm_cli.base.text import sanitise
from daimm_cli.index.deals import DealRow, RequestRow, key_rows
from daimm_cli.index.rows import (
    LicenseRow,
    Listed,
    OrderRow,
    OrderState,
)

if TYPE_CHECKING:
    from daimm_cli.index.index import Index
    from daimm_cli.session.session import Session

SHORT = 8
"""Digits that an id needs at least when it is shortened."""

LISTED = 1_000
"""Rows that a list shows at most."""

MANY = 10_000
"""Rows that are looked through for a shortened id."""

_STATES = {
    OrderState.PENDING: "waiting for its key",
    OrderState.INSPECTION: "active, in inspection",
    OrderState.HELD: "active, held by the arbitrator",
    OrderState.SETTLED: "settled",
    OrderState.REFUNDED: "refunded",
    OrderState.DECLINED: "declined and refunded",
}
_ID = re.compile(rf"(?:0x)?([0-9a-f]{{{SHORT},64}})", re.ASCII)
_T = TypeVar("_T")
_Row = TypeVar("_Row", bound=Listed)


def find_order(session: Session, text: str) -> OrderRow:
    """The order with this id; shortened, or by its licence's, one of who acts: see `my_orders`."""
    wanted, index = _digits(text, "order"), session.index
    if len(wanted) == 64:
        with contextlib.suppress(DaimmError):
            return index.order(bytes.fromhex(wanted))
    found = [row for row in my_orders(index, session.asker, limit=MANY) if _begins(row, wanted)]
    return _one(found, text, "order", "daimm order list")


def my_orders(index: Index, me: str | None, *, limit: int = LISTED) -> list[OrderRow]:
    """All that `me` bought, sold, receives or may rule on, newest first."""
    if me is None:
        return []
    found = index.orders(buyer=me, limit=limit)
    found += index.orders(seller=me, limit=limit) + index.orders(recipient=me, limit=limit)
    found += index.orders(terms_arbitrator=me, limit=limit)
    return sorted({row.order_id: row for row in found}.values(), key=_bought, reverse=True)


def find(index: Index, kind: type[_Row], text: str) -> _Row:
    """The row with this id, which can be shortened.

    Eight digits can be had for any offer by trying salts. So a closed one counts too, and none is
    looked for where not all were looked through: a copy must not take the place of what was meant.
    """
    field, what, see = kind.NAMED
    wanted = _digits(text, what)
    exact = {field: bytes.fromhex(wanted)} if len(wanted) == 64 else None
    rows = (exact and index.rows(kind, 1, **exact)) or index.rows(kind, MANY + 1)
    if len(rows) > MANY and not exact:
        raise DaimmError(f"There were more than {MANY:,} {what}s: give all 64 digits.", hint=see)
    found = [row for row in rows if _hex(getattr(row, field)).startswith(wanted)]
    return _one(found, text, what, see)


def by_id(kind: type[_Row]) -> Callable[[Session, str], _Row]:
    """Finds such a row for a command."""
    return lambda session, text: find(session.index, kind, text)


def find_asked(index: Index, text: str) -> DealRow | RequestRow:
    """The deal or the key request with this id, which can be shortened."""
    wanted = _digits(text, "deal")
    found = [row for row in key_rows(index, MANY) if row.ident.hex().startswith(wanted)]
    return _one(found, text, "deal or key request", "daimm license requests")


@dataclass(frozen=True)
class Held:
    """A licence that somebody bought or owns. row: None where it was burned or given away."""

    order: OrderRow
    row: LicenseRow | None

    @property
    def state(self) -> str:
        """In a few words."""
        if self.row is None and self.order.state in (OrderState.PENDING, OrderState.SETTLED):
            return "held by somebody else"
        return _STATES[self.order.state]


def find_license(session: Session, text: str) -> Held:
    """The licence of who acts with this id or its order's, whole or shortened; also one of somebody
    else by which they asked for a key, as a renter can."""
    return _license(session.index, text, session.me.address)


def find_anybodys_license(session: Session, text: str) -> Held:
    """As `find_license`; with all its digits also somebody else's."""
    wanted, index = _digits(text, "licence"), session.index
    if len(wanted) == 64:
        ident = int(wanted, 16)
        with contextlib.suppress(DaimmError):
            ident = index.order(bytes.fromhex(wanted)).license_id
        for row in index.licenses(license_id=ident):
            return Held(index.order(row.order_id), row)
    return _license(index, text, session.asker or "")


def _license(index: Index, text: str, me: str) -> Held:
    wanted = _digits(text, "licence")
    found = [held for held in my_licenses(index, me, limit=MANY) if _begins(held.order, wanted)]
    asked = {row.request.license for row in index.rows(RequestRow, MANY, asker=me)}
    for ident in asked - {held.order.license_id for held in found}:
        orders = index.orders(license=str(ident), limit=1)
        found += [Held(order, None) for order in orders if _begins(order, wanted)]
    return _one(found, text, "licence", "daimm license list")


def my_licenses(index: Index, me: str, *, limit: int = LISTED) -> list[Held]:
    """What `me` owns or bought of this market, newest first."""
    rows = {row.license_id: row for row in index.licenses(owner=me, limit=limit)}
    orders = {row.license_id: row for row in index.orders(buyer=me, limit=limit)}
    for ident in rows.keys() - orders.keys():
        order = index.order(rows[ident].order_id)
        if order.license_id == ident:  # the purchase's event could name another
            orders[ident] = order
    found = [Held(order, rows.get(ident)) for ident, order in orders.items()]
    return sorted(found, key=lambda held: _bought(held.order), reverse=True)


def _bought(row: OrderRow) -> tuple[int, bytes]:
    return row.bought_at, row.order_id


def _begins(row: OrderRow, wanted: str) -> bool:
    ids = row.order_id.hex(), f"{row.license_id:064x}"
    return any(ident.startswith(wanted) for ident in ids)


def _digits(text: str, what: str) -> str:
    match = _ID.fullmatch(text.strip().lower())
    if match is None:
        raise DaimmError(
            f"'{sanitise(text, 80)}' is no {what}'s id: give 0x and its digits, the first {SHORT} "
            "or all 64."
        )
    return match[1]


def _hex(ident: bytes | int) -> str:
    return f"{ident:064x}" if isinstance(ident, int) else ident.hex()


def _one(found: Sequence[_T], text: str, what: str, see: str) -> _T:
    if len(found) == 1:
        return found[0]
    shown = sanitise(text, 80)
    if found:
        raise DaimmError(f"{len(found)} {what}s begin with {shown}: give more of the id.", hint=see)
    whose = " of this account" if what in ("order", "licence") else ""
    raise DaimmError(f"There is no {what} {shown}{whose} here: check the id.", hint=see)
