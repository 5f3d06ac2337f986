"""What each event adds to the index.

>>> store(connection, chain, event)

Ids are computed anew from the terms that come with them, so a node cannot make up an offer or an
order; an event that contradicts earlier ones is refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from daimm_cli.base.errors import DaimmError, OutsideFailed
from daimm_cli.bindings.values import Struct
from daimm_cli.chain.events import Event
from daimm_cli.chain.terms import ZERO_WORD, Offer, Order, Parent, Version

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from daimm_cli.chain.client import Chain

Row = tuple[str, dict[str, Any]]


def store(connection: Connection, chain: Chain, event: Event) -> None:
    """Write one event into the database; raises OutsideFailed where it contradicts earlier ones."""
    from sqlalchemy.exc import IntegrityError

    try:
        for part, (table, row) in enumerate(_rows(connection, chain, event)):
            row = {"block": event.block, "position": event.index, **row}
            if table == "ledger":
                row["part"] = part
            names = ", ".join(row)
            marks = ", ".join("?" * len(row))
            connection.exec_driver_sql(
                f"INSERT INTO {table} ({names}) VALUES ({marks})",  # noqa: S608 - names are ours
                tuple(row.values()),
            )
    except (IntegrityError, DaimmError, OverflowError):
        raise OutsideFailed(
            f"The node's events contradict each other ({event.name} in block {event.block}): "
            "use another node."
        ) from None


def _rows(connection: Connection, chain: Chain, event: Event) -> Iterator[Row]:
    """What one event adds."""
    match event.contract, event.name:
        case "ModelRegistry", "Transfer":
            yield "model_owners", {"model": event["id"], "owner": event["to"]}
        case "ModelRegistry", "RoyaltySet":
            yield "royalties", {"model": event["model"], "royalty": event["royalty"]}
        case "ModelRegistry", "VersionAdded":
            details = Version.from_abi(event["details"])
            yield (
                "versions",
                {
                    "model": event["model"],
                    "version": event["version"],
                    "plaintext_root": details.plaintext_root,
                    "details": _json(details),
                },
            )
        case "ModelRegistry", "ParentsDeclared":
            parents = [Parent.from_abi(parent).to_json() for parent in event["parents"]]
            yield (
                "parents",
                {
                    "model": event["model"],
                    "version": event["version"],
                    "parents": json.dumps(parents),
                },
            )
        case "ModelRegistry", "VersionRetired":
            yield "retirements", {"model": event["model"], "version": event["version"]}
        case "Authority", "RoleGranted" | "RoleRevoked":
            held = int(event.name == "RoleGranted")
            row = {"role": str(event["roleId"]), "account": event["account"], "held": held}
            yield "roles", row
        case "ModelLicense", _:
            yield from _license_rows(event)
        case "Market", _:
            yield from _market_rows(connection, chain, event)


def _market_rows(connection: Connection, chain: Chain, event: Event) -> Iterator[Row]:
    match event.name:
        case "TokenSet":
            values = {"allowed": int(event["allowed"]), "fee": event["fee"]}
            yield "policies", {"token": event["token"], **values}
        case "OfferOpened":
            offer = Offer.from_abi(event["terms"])
            if chain.offer_id(offer) != event["offer"]:
                raise DaimmError("An offer's id does not fit its terms.")
            yield (
                "offers",
                {
                    "offer": event["offer"],
                    "seller": offer.seller,
                    "model": offer.model,
                    "version": offer.version,
                    "token": offer.token,
                    "terms": _json(offer),
                },
            )
        case "OfferClosed":
            yield "closings", {"offer": event["offer"]}
        case "Purchased":
            placed = chain.placed(event)
            yield (
                "orders",
                {
                    "order_id": placed.order_id,
                    "offer": placed.offer_id,
                    "seller": _seller(connection, placed.offer_id),
                    "buyer": placed.order.buyer,
                    "recipient": placed.order.recipient,
                    "license": placed.license_id.to_bytes(32),
                    "terms": _json(placed.order),
                },
            )
        case "Delivered" | "OrderSettled" | "OrderRefunded":
            yield from _order_rows(connection, chain, event)
        case "Withdrawn":
            paid = _owed(event["payee"], event["account"], event["token"], -event["amount"])
            yield "ledger", {**paid, "receiver": event["to"]}


def _order_rows(connection: Connection, chain: Chain, event: Event) -> Iterator[Row]:
    offer, order = _order(connection, event["order"])
    treasury = str(chain.book.contracts["Market"].arguments[4])
    proceeds = [
        _owed(offer.payout, offer.payout_account, offer.token, order.price - order.protocol_fee),
        _owed(treasury, ZERO_WORD, offer.token, order.protocol_fee),
    ]
    owed: list[dict[str, Any]]
    match event.name:
        case "Delivered":
            ends_at = event["inspectionEndsAt"]
            yield (
                "deliveries",
                {
                    "order_id": event["order"],
                    "deliverer": event["deliverer"],
                    "r": _point(event["r"]),
                    "d": _point(event["d"]),
                    "inspection_ends_at": ends_at,
                },
            )
            owed = [] if ends_at else proceeds
            fee = _owed(event["deliverer"], ZERO_WORD, offer.token, offer.delivery_fee)
            owed = [*owed, fee]
        case "OrderSettled":
            yield "endings", {"order_id": event["order"], "state": "settled"}
            owed = proceeds
        case _:
            state = "declined" if event["declined"] else "refunded"
            yield "endings", {"order_id": event["order"], "state": state}
            owed = [_owed(order.buyer, ZERO_WORD, offer.token, order.price + offer.delivery_fee)]
    yield from (("ledger", row) for row in owed if row["amount"] != "0")


def _license_rows(event: Event) -> Iterator[Row]:
    def word(name: str) -> bytes:
        return int(event[name]).to_bytes(32)

    match event.name:
        case "Transfer":
            yield "license_owners", {"license": word("id"), "owner": event["to"]}
        case "LicenseGranted":
            packed = event["packed"]
            yield (
                "grants",
                {
                    "license": word("license"),
                    "issuer": event["issuer"],
                    "order_id": event["order"],
                    "transferable": packed >> 3 & 1,
                    "model": packed >> 4 & 0xFFFFFFFF,
                    "first_version": packed >> 36 & 0xFFF,
                    "last_version": packed >> 48 & 0xFFF,
                },
            )
        case "LicenseActivated":
            yield (
                "activations",
                {
                    "license": word("license"),
                    "expires_at": event["expiresAt"],
                    "digest": event["deliveryDigest"],
                    "settled": int(event["settled"]),
                },
            )
        case "LicenseSettled":
            yield "settlements", {"license": word("license")}


def _offer(connection: Connection, offer_id: bytes) -> Offer:
    row = connection.exec_driver_sql("SELECT terms FROM offers WHERE offer = ?", (offer_id,))
    return Offer.from_json(json.loads(row.scalar_one_or_none() or "null"))


def _seller(connection: Connection, offer_id: bytes) -> str:
    row = connection.exec_driver_sql("SELECT seller FROM offers WHERE offer = ?", (offer_id,))
    seller: str | None = row.scalar_one_or_none()
    if seller is None:
        raise DaimmError("There is no such offer.")
    return seller


def _order(connection: Connection, order_id: bytes) -> tuple[Offer, Order]:
    row = connection.exec_driver_sql(
        "SELECT offer, terms FROM orders WHERE order_id = ?", (order_id,)
    ).one_or_none()
    if row is None:
        raise DaimmError("There is no such order.")
    return _offer(connection, row[0]), Order.from_json(json.loads(row[1]))


def _owed(payee: str, account: bytes, token: str, amount: int) -> dict[str, Any]:
    return {"payee": payee, "account": account, "token": token, "amount": str(amount)}


def _point(pair: Any) -> bytes:
    return b"".join(coordinate.to_bytes(32) for coordinate in pair)


def _json(struct: Struct) -> str:
    return json.dumps(struct.to_json(), sort_keys=True)
