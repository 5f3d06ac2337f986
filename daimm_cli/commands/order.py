"""`daimm order`: what was ordered, where it stands, and how it ends; the buyer's side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from daimm_cli.base.text import time_shown
from daimm_cli.cli import output
from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import command

if TYPE_CHECKING:
    from daimm_cli.chain.node import Sent
    from daimm_cli.index.rows import OrderRow

app = typer.Typer()

_CLOCKS = (
    *("bought_at", "deliver_by", "grace_end"),
    *("delivered_at", "inspection_ends_at", "ended_at"),
)

OrderId = Annotated[
    str, typer.Argument(metavar="ORDER", help="The order's id or its licence's; 8 digits will do.")
]


@command(app, "list", example=["daimm order list", "daimm order list --open --json"])
def list_(
    context: Context,
    open_only: Annotated[bool, typer.Option("--open", help="Only those not ended.")] = False,
) -> None:
    """List what you bought and sold: where each order stands and what comes next."""
    from daimm_cli.index.rows import OrderState
    from daimm_cli.market.lookup import LISTED, my_orders
    from daimm_cli.market.orders import describe

    me = context.me.address
    rows = my_orders(context.index, me)
    if len(rows) >= LISTED:
        output.say(f"Only the newest {LISTED:,} are shown.")
    context.chain.tokens({row.offer.token for row in rows})
    if open_only:
        rows = [row for row in rows if row.state in (OrderState.PENDING, OrderState.INSPECTION)]
    if context.as_json:
        context.emit([_data(context, row) for row in rows])
        return
    lines = [
        [
            f"0x{row.order_id.hex()}",
            _role(row, me),
            f"{row.offer.model} v{row.offer.version}",
            _amount(context, row, row.offer.total),
            standing.word,
            _deadline(row),
            _verb(standing.step),
        ]
        for row in rows
        for standing in [describe(row, me, context.now)]
    ]
    columns = ["order", "you", "model", "total", "state", "until", "next: daimm"]
    output.table(columns, lines, empty="No open orders." if open_only else "No orders yet.")
    if not rows and not open_only:
        context.next("daimm model list")


@command(app, "show", example="daimm order show 0x3f9a61c2")
def show(context: Context, order: OrderId) -> None:
    """Show an order: its money, its clocks, and what happens if nobody does anything."""
    from daimm_cli.market.orders import describe

    row = find(context, order)
    standing = describe(row, context.asker, context.now)
    offer = row.offer
    pairs = {
        "order": f"0x{row.order_id.hex()}",
        "state": standing.word,
        "": standing.says,
        "model": f"{offer.model}, version {offer.version}",
        "seller": offer.seller,
        "buyer": row.order.buyer,
        "recipient": row.order.recipient,
        "licence": f"0x{row.license_id:064x}",
        "price": _amount(context, row, offer.price),
        "delivery fee": _amount(context, row, offer.delivery_fee),
        "bought": time_shown(row.bought_at),
        "key due by": time_shown(row.deliver_by),
        "grace ends": time_shown(row.grace_end),
    }
    if row.delivered_at is not None:
        pairs["delivered"] = f"{time_shown(row.delivered_at)} by {row.deliverer}"
    if row.inspection_ends_at:
        pairs["inspection ends"] = time_shown(row.inspection_ends_at)
    if row.ended_at is not None:
        pairs["ended"] = time_shown(row.ended_at)
    context.emit(_data(context, row), output.fields(pairs))
    if standing.step:
        mine = context.asker in (row.order.buyer, row.offer.seller, row.order.recipient)
        context.next(standing.step, own=mine)


@command(app, "accept", example="daimm order accept 0x3f9a61c2")
def accept(context: Context, order: OrderId) -> None:
    """End the inspection of a delivery and pay the seller; for the buyer.

    Open the model first (`daimm license fetch`): a payment cannot be taken back.
    """
    from daimm_cli.market.orders import require_acceptable

    row = find(context, order)
    require_acceptable(row, context.me.address, context.now)
    sent = context.chain.node.send(
        context.chain.deployed.market.accept(row.offer, row.order), context.account
    )
    _ended(context, row, sent, "accepted", "The seller is paid, the licence is yours for good.")


@command(app, "settle", example="daimm order settle 0x3f9a61c2")
def settle(context: Context, order: OrderId) -> None:
    """Pay the seller after an inspection that ran out; anybody can."""
    from daimm_cli.market.orders import require_settleable

    row = find(context, order)
    require_settleable(row, context.now)
    sent = context.chain.node.send(
        context.chain.deployed.market.settle(row.offer, row.order), context.account
    )
    _ended(context, row, sent, "settled", "The seller is paid.")


@command(app, "refund", example="daimm order refund 0x3f9a61c2")
def refund(context: Context, order: OrderId) -> None:
    """Give the buyer the money back when no key came in time; anybody can."""
    from daimm_cli.market.orders import require_refundable

    row = find(context, order)
    require_refundable(row, context.now)
    sent = context.chain.node.send(
        context.chain.deployed.market.refund(row.offer, row.order), context.account
    )
    amount = _amount(context, row, row.offer.total)
    _ended(context, row, sent, "refunded", f"{amount} is credited to {row.order.buyer}.")
    if context.me.address == row.order.buyer:
        context.next("daimm withdraw")


def find(context: Context, text: str) -> OrderRow:
    """The order that somebody typed the id of."""
    from daimm_cli.market.lookup import find_order

    return find_order(context.index, text, context.asker)


def _ended(context: Context, row: OrderRow, sent: Sent, word: str, says: str) -> None:
    data = {"order": row.order_id, "state": word, "transaction": sent.hash, "gas": sent.gas_used}
    context.emit(data, says)


def _verb(step: str | None) -> str:
    """A step in a list: without `daimm`, and without the id that its line begins with."""
    return " ".join(word for word in (step or "").split()[1:] if not word.startswith("0x"))


def _role(row: OrderRow, me: str) -> str:
    roles = {"buyer": row.order.buyer, "seller": row.offer.seller, "holder": row.order.recipient}
    return next(role for role, address in roles.items() if address == me)


def _deadline(row: OrderRow) -> str:
    from daimm_cli.index.rows import OrderState

    if row.state is OrderState.PENDING:
        return time_shown(row.grace_end)
    if row.state is OrderState.INSPECTION:
        return time_shown(row.inspection_ends_at or 0)
    return ""


def _amount(context: Context, row: OrderRow, value: int) -> str:
    return context.chain.tokens([row.offer.token])[row.offer.token].shown(value)


def _data(context: Context, row: OrderRow) -> dict[str, Any]:
    from daimm_cli.market.orders import describe

    standing = describe(row, context.asker, context.now)
    return {
        "order": row.order_id,
        "offer": row.offer_id,
        "license": f"0x{row.license_id:064x}",
        "model": row.offer.model,
        "version": row.offer.version,
        "seller": row.offer.seller,
        "buyer": row.order.buyer,
        "recipient": row.order.recipient,
        "token": row.offer.token,
        "price": str(row.offer.price),
        "delivery_fee": str(row.offer.delivery_fee),
        "protocol_fee": str(row.order.protocol_fee),
        "state": row.state,
        "standing": standing.word,
        "says": standing.says,
        "next": standing.step,
        **{clock: getattr(row, clock) for clock in _CLOCKS},
    }
