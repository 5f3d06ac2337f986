"""The rows that the index answers with, and how they come out of the database.

>>> row.obstacle(now) or "for sale"
'sold out'

Amounts are in the token's smallest unit, times in seconds since 1970.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeVar

from daimm_cli.chain.terms import (
    MAX_VERSION,
    ZERO_ADDRESS,
    LicenseState,
    Offer,
    Order,
    Parent,
    Version,
    license_id,
)
from daimm_cli.index.columns import struct
from daimm_cli.protocol.curve import Point
from daimm_cli.protocol.delivery import KeyProof


class OrderState(enum.Enum):
    """Where an order stands: docs/protocol.md has the diagram."""

    PENDING = "pending"
    INSPECTION = "inspection"
    SETTLED = "settled"
    REFUNDED = "refunded"
    DECLINED = "declined"


@dataclass(frozen=True)
class ModelRow:
    """A model; royalty in hundredths of a percent, versions counted."""

    model: int
    owner: str
    royalty: int
    versions: int
    published_at: int


@dataclass(frozen=True)
class VersionRow:
    """A version as registered."""

    model: int
    version: int
    details: Version
    parents: tuple[Parent, ...]
    retired: bool
    added_at: int


_OBSTACLES = {
    "closed": "was closed by its seller",
    "expired": "has run out",
    "sold out": "is sold out",
    "version retired": "is for a version that was retired",
    "model has another owner": "is of somebody who no longer owns the model",
    "token not allowed": "asks for a token that the market does not take",
}


@dataclass(frozen=True)
class OfferRow:
    """An offer and what decides whether it sells; owner is the model's now."""

    offer_id: bytes
    offer: Offer
    opened_at: int
    closed: bool
    retired: bool
    sold: int
    owner: str
    allowed: bool

    def obstacle(self, now: int) -> str | None:
        """Why it cannot be bought at time `now`; None where it can."""
        if self.closed:
            return "closed"
        if self.offer.expires_at and now > self.offer.expires_at:
            return "expired"
        if self.offer.supply and self.sold >= self.offer.supply:
            return "sold out"
        if self.retired:
            return "version retired"
        if self.owner != self.offer.seller:
            return "model has another owner"
        return None if self.allowed else "token not allowed"

    def refusal(self, now: int) -> str | None:
        """The same as a sentence."""
        obstacle = self.obstacle(now)
        ident = f"0x{self.offer_id.hex()}"
        return f"Offer {ident} {_OBSTACLES[obstacle]}: look for another." if obstacle else None


@dataclass(frozen=True)
class OrderRow:
    """An order from purchase to end. What has not happened is None.

    block, block_hash: of the purchase. delivered_block, ended_block: of what ended the wait for the
    key, and the order.
    """

    order_id: bytes
    offer_id: bytes
    offer: Offer
    order: Order
    license_id: int
    state: OrderState
    block: int
    block_hash: bytes
    bought_at: int
    delivered_block: int | None
    delivered_at: int | None
    deliverer: str | None
    proof: KeyProof | None
    inspection_ends_at: int | None
    ended_block: int | None
    ended_at: int | None

    @property
    def deliver_by(self) -> int:
        """When the seller should have delivered."""
        return self.bought_at + self.offer.delivery_time

    @property
    def grace_end(self) -> int:
        """Last second of a delivery; a refund is possible afterwards."""
        return self.deliver_by + self.offer.grace_period


@dataclass(frozen=True)
class LicenseRow:
    """A licence. owner: the zero address once burned. expires_at: 0 for ever or while pending."""

    license_id: int
    owner: str
    order_id: bytes
    model: int
    first_version: int
    last_version: int
    transferable: bool
    state: LicenseState
    expires_at: int


@dataclass(frozen=True)
class Credit:
    """What the market owes to (payee, account) in one token."""

    payee: str
    account: bytes
    token: str
    amount: int


@dataclass(frozen=True)
class Withdrawal:
    """What the market paid out."""

    payee: str
    account: bytes
    token: str
    amount: int
    receiver: str
    at: int


Row = Mapping[str, Any]
_T = TypeVar("_T")


def made(kind: type[_T], row: Row, **more: Any) -> _T:
    """A row of its view: each field is the column of its name, unless it is among `more`."""
    for each in fields(kind):  # type: ignore[arg-type]
        if each.name not in more:
            value = row[each.name]
            more[each.name] = bool(value) if each.type == "bool" else value
    return kind(**more)


def offer_row(row: Row) -> OfferRow:
    return made(OfferRow, row, offer=struct(Offer, row, "terms_"))


def version_row(row: Row) -> VersionRow:
    parents = tuple(Parent.from_json(parent) for parent in json.loads(row["parents"] or "[]"))
    return made(VersionRow, row, details=struct(Version, row, "details_"), parents=parents)


def order_row(row: Row, market: str) -> OrderRow:
    return made(
        OrderRow,
        row,
        offer=struct(Offer, row, "terms_"),
        order=struct(Order, row),
        license_id=license_id(market, row["order"]),
        state=OrderState(row["state"]),
        proof=_proof(row) if row["delivered_block"] is not None else None,
    )


def _proof(row: Row) -> KeyProof:
    z = Point(int(row["z_x"]), int(row["z_y"]))
    return KeyProof(row["receiver"], z, int(row["c"]), int(row["w"]))


def license_row(row: Row) -> LicenseRow:
    if row["owner"] == ZERO_ADDRESS:
        state = LicenseState.BURNED
    elif not row["activated"]:
        state = LicenseState.PENDING
    else:
        state = LicenseState.SETTLED if row["settled"] else LicenseState.ACTIVE
    packed = int(row["packed"])
    return made(
        LicenseRow,
        row,
        license_id=int(row["license"]),
        model=packed >> 4 & 0xFFFFFFFF,
        first_version=packed >> 36 & MAX_VERSION,
        last_version=packed >> 48 & MAX_VERSION,
        transferable=bool(packed >> 3 & 1),
        state=state,
    )


def withdrawal(row: Row) -> Withdrawal:
    return made(Withdrawal, row, amount=int(row["amount"]))
