"""`daimm order deliver` and `daimm order decline`: the seller's side of an order."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

import typer

from daimm_cli.cli import output
from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import command
from daimm_cli.cli.verbs import Verb, add
from daimm_cli.commands.order import OrderId

if TYPE_CHECKING:
    from daimm_cli.base.errors import DaimmError
    from daimm_cli.chain.node import Sent
    from daimm_cli.index.rows import OrderRow
    from daimm_cli.market.deliver import PreparedDelivery

app = typer.Typer()

BATCH = 20
"""Deliveries in one transaction: well below any block's gas."""


@dataclass
class Outcomes:
    """What became of orders. copied: by whom, where somebody else was first with the delivery."""

    delivered: list[tuple[PreparedDelivery, Sent]] = field(default_factory=list)
    copied: dict[bytes, str] = field(default_factory=dict)
    failed: dict[bytes, DaimmError] = field(default_factory=dict)


Confirmations = Annotated[
    int | None,
    typer.Option(
        metavar="BLOCKS",
        min=1,
        max=128,
        show_default=False,
        help="Blocks that the purchase must have; default 1 on local chains, else 12.",
    ),
]


@command(
    app,
    "deliver",
    example=["daimm order deliver 0x3f9a61c2", "daimm order deliver --all --yes"],
)
def deliver(
    context: Context,
    order: Annotated[
        str | None, typer.Argument(help="The order's id or its licence's; 8 digits will do.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="All orders that wait.")] = False,
    confirmations: Confirmations = None,
) -> None:
    """Deliver the key of an order.

    The order is read from the chain and judged, the delivery is made, verified here and kept, and
    then sent: the contract pays you if and only if the key is right. Doing it again sends the same
    bytes.
    """
    from daimm_cli.base.errors import DaimmError
    from daimm_cli.market.lookup import find_order

    if every == (order is not None):
        raise DaimmError("Name one order to deliver, or all that wait with --all.")
    outcomes = Outcomes()
    if order is not None:
        row = find_order(context.index, order, context.me.address)
        prepared = [_prepare(context, row, confirmations)]
    else:
        prepared = _prepare_all(context, confirmations, outcomes)
    for start in range(0, len(prepared), BATCH):
        _send(context, prepared[start : start + BATCH], outcomes)
    _tidy(context, confirmations)
    _report(context, outcomes)


def _pending(context: Context, order: OrderId) -> OrderRow:
    """An order of the account's offers that waits for its key."""
    from daimm_cli.base.errors import ChainRefused
    from daimm_cli.market.deliver import pending
    from daimm_cli.market.lookup import find_order

    row = find_order(context.index, order, context.me.address)
    if row.offer.seller != context.me.address:
        raise ChainRefused(
            f"The order was placed with {row.offer.seller}: choose that account to decline it."
        )
    pending(context.chain, row.offer, row.order_id)
    return row


add(
    app,
    Verb(
        "decline",
        "Refuse an order; the buyer gets all the money back at once.",
        "daimm order decline 0x3f9a61c2",
        find=_pending,
        call=lambda context, row: context.chain.deployed.market.decline(row.offer, row.order),
        data=lambda row: {"order": row.order_id},
        words=lambda context, row: {
            "back": context.chain.token(row.offer.token).shown(row.offer.total),
            "buyer": row.order.buyer,
        },
        says="Decline order {order}: {back} go back to {buyer}.",
        done="Order {order} is declined; {back} are owed to its buyer.",
    ),
)


def _tidy(context: Context, confirmations: int | None) -> None:
    from daimm_cli.market.deliver import forget_ended
    from daimm_cli.market.wait import depth_of

    chain = context.chain
    depth = depth_of(chain, confirmations)
    final = chain.node.header(max(chain.node.latest().number - depth + 1, 0))
    if final is not None:
        forget_ended(chain, context.config.home, context.index, final.time)


def _prepare(context: Context, row: OrderRow, confirmations: int | None) -> PreparedDelivery:
    from daimm_cli.market import deliver as library
    from daimm_cli.market.lines import own_line
    from daimm_cli.market.wait import depth_of

    chain = context.chain
    library.pending(chain, row.offer, row.order_id)
    library.require_depth(chain, row, depth_of(chain, confirmations))
    line = own_line(context, model=row.offer.model, version=row.offer.version)
    home = context.config.ensure_home()
    me = context.me.address
    return library.prepare(chain, home, row.offer, row.order, lambda: line.secret, seller=me)


def _prepare_all(
    context: Context, confirmations: int | None, outcomes: Outcomes
) -> list[PreparedDelivery]:
    """Every order of the account's offers that waits, the most urgent first; those that cannot be
    delivered apart."""
    from daimm_cli.base.errors import DaimmError
    from daimm_cli.index.rows import OrderState

    prepared: list[PreparedDelivery] = []
    me = context.me.address
    rows = context.index.orders(seller=me, state=OrderState.PENDING, limit=None)
    if rows:
        _ = context.seed  # asked for once, and a wrong password is no order's fault
    for row in sorted(rows, key=lambda row: row.deliver_by):
        try:
            prepared.append(_prepare(context, row, confirmations))
        except DaimmError as error:
            outcomes.failed[row.order_id] = error
    return prepared


def _send(context: Context, batch: list[PreparedDelivery], outcomes: Outcomes) -> None:
    """Send a batch; where the chain refuses it as a whole, one by one."""
    from daimm_cli.base.errors import ChainRefused
    from daimm_cli.market.deliver import broadcast

    for prepared in batch:
        offer = prepared.offer
        output.say(
            f"Order 0x{prepared.order_id.hex()}: the key of version {offer.version} of model "
            f"{offer.model}, for {context.chain.token(offer.token).shown(prepared.order.price)}."
        )
    asking = dataclasses.replace(context.asking, brings=_proceeds(context, batch))
    try:
        sent = broadcast(context.chain, context.courier.asking(asking), batch)
    except ChainRefused as error:
        if len(batch) == 1:
            outcomes.failed[batch[0].order_id] = error
        else:
            for prepared in batch:
                _send(context, [prepared], outcomes)
        return
    done = context.chain.delivered(sent.logs)
    outcomes.delivered += [(prepared, sent) for prepared in batch if prepared.order_id in done]
    passed_over = [prepared for prepared in batch if prepared.order_id not in done]
    if passed_over:
        context.index.sync()
    for prepared in passed_over:
        order_id = prepared.order_id
        if deliverer := context.index.order(order_id).deliverer:
            outcomes.copied[order_id] = deliverer
        else:
            said = f"It had ended before: see `daimm order show 0x{order_id.hex()}`."
            outcomes.failed[order_id] = ChainRefused(said)


def _proceeds(context: Context, batch: list[PreparedDelivery]) -> str:
    """What the orders bring after the protocol's share, as a sentence."""
    sums: dict[str, list[int]] = {}
    for prepared in batch:
        order, offer = prepared.order, prepared.offer
        sold = order.price - order.protocol_fee
        at_once, later = sums.setdefault(offer.token, [0, 0])
        at_once += offer.delivery_fee + (0 if offer.inspection else sold)
        sums[offer.token] = [at_once, later + (sold if offer.inspection else 0)]
    parts = []
    for address, amounts in sums.items():
        token = context.chain.token(address)
        parts += [token.shown(amounts[0])] if amounts[0] or not amounts[1] else []
        parts += [f"{token.shown(amounts[1])} after inspection"] if amounts[1] else []
    count = "That order brings" if len(batch) == 1 else f"Those {len(batch)} orders bring"
    return f"{count} {' and '.join(parts)}."


def _report(context: Context, outcomes: Outcomes) -> None:
    delivered, failed = outcomes.delivered, outcomes.failed
    data = {
        "delivered": [
            {"order": prepared.order_id, "transaction": sent.hash, "gas": sent.gas_used}
            for prepared, sent in delivered
        ],
        "copied": [
            {"order": order_id, "deliverer": who} for order_id, who in outcomes.copied.items()
        ],
        "failed": [
            {"order": order_id, "reason": error.message} for order_id, error in failed.items()
        ],
    }
    lines = [f"Delivered order 0x{prepared.order_id.hex()}." for prepared, _ in delivered]
    lines += [
        f"Order 0x{order_id.hex()} was delivered by {who} with a copy of your delivery: the "
        "delivery fee is theirs, the price is yours."
        for order_id, who in outcomes.copied.items()
    ]
    context.emit(data, "\n".join(lines) if lines or failed else "No order waits for its key.")
    for order_id, error in failed.items():
        output.say(f"Not delivered, order 0x{order_id.hex()}: {error.message}")
    if delivered:
        paid = any(prepared.offer.inspection == 0 for prepared, _ in delivered)
        context.next("daimm withdraw" if paid else "daimm order settle, after the inspection")
    if failed:
        raise typer.Exit(max(error.exit_code for error in failed.values()))
