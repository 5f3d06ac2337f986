"""`daimm order`: what was ordered, where it stands, and how it ends; the buyer's side."""

from __future__ import annotations

import dataclasses
import functools
from typing import Annotated

import typer

from daimm_cli.base.errors import DaimmError, NotDelivered
from daimm_cli.base.text import sanitise, time_shown
from daimm_cli.bindings.structs import Ruling
from daimm_cli.chain.terms import ZERO_ADDRESS, deal
from daimm_cli.cli import output
from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import App, argument, flag, option, seconds, thing
from daimm_cli.cli.verbs import Act, Kind, Part, verb
from daimm_cli.index.rows import OrderRow, OrderState
from daimm_cli.market.lookup import LISTED, find_order, my_orders
from daimm_cli.market.orders import WITHDRAW, Standing, describe, require_state

app = App()

OrderId = Annotated[str, argument("The order's id or its licence's; 8 digits will do.", "ORDER")]
Ordered = Annotated[
    OrderRow,
    thing(find_order, "The order's id or its licence's; 8 digits will do.", "ORDER"),
]


def _parts(context: Context, row: OrderRow) -> list[Part]:
    offer, order = row.offer, row.order
    standing = _standing(context, row)
    shown = context.chain.tokens([offer.token])[offer.token].shown
    delivered = f"{time_shown(row.delivered_at)} by {row.deliverer}" if row.delivered_at else None
    inspected = row.inspection_ends_at or 0
    ends = {
        OrderState.PENDING: row.grace_end,
        OrderState.INSPECTION: inspected,
        OrderState.HELD: inspected,
    }
    arbitrated = "" if offer.arbitrator == ZERO_ADDRESS else "arbitrator"
    # A step in a list goes without `daimm`, and without the id that its line begins with.
    brief = [word for word in (standing.step or "").split()[1:] if not word.startswith("0x")]
    return [
        Part("order", row.order_id, "order", "order"),
        Part("", _role(context, row), column="you"),
        Part("", f"{offer.model} v{offer.version}", column="model"),
        Part("", shown(order.price + offer.delivery_fee), column="total"),
        Part("standing", standing.word, "state", "state"),
        Part("", time_shown(ends[row.state]) if row.state in ends else "", column="until"),
        Part("", " ".join(brief), column="next: daimm"),
        Part("says", standing.says, " "),
        Part("", f"{offer.model}, version {offer.version}", "model"),
        Part("offer", row.offer_id),
        Part("model", offer.model),
        Part("version", offer.version),
        Part("seller", offer.seller, "seller"),
        Part("buyer", order.buyer, "buyer"),
        Part("recipient", order.recipient, "recipient"),
        Part("license", f"0x{row.license_id:064x}", "licence"),
        Part("token", offer.token),
        Part("price", str(order.price), "price", text=shown(order.price)),
        Part(
            "delivery_fee", str(offer.delivery_fee), "delivery fee", text=shown(offer.delivery_fee)
        ),
        Part("protocol_fee", str(order.protocol_fee)),
        Part("state", row.state),
        Part("next", standing.step),
        Part.at("bought_at", row.bought_at, "bought"),
        Part.at("deliver_by", row.deliver_by, "key due by"),
        Part.at("grace_end", row.grace_end, "grace ends"),
        Part("delivered_at", row.delivered_at, "delivered", text=delivered),
        Part.at(
            "inspection_ends_at",
            row.inspection_ends_at,
            "ruling due by" if row.state is OrderState.HELD else "inspection ends",
        ),
        Part("arbitrator", offer.arbitrator, arbitrated),
        Part("ruling", row.ruling),
        Part("convicted", row.convicted_block is not None),
        Part.at("ended_at", row.ended_at, "ended"),
    ]


def _standing(context: Context, row: OrderRow) -> Standing:
    """What `describe` says, without collecting what was collected."""
    standing = describe(row, context.asker, context.now)
    if standing.step == WITHDRAW and row.offer.token not in context.owed:
        return dataclasses.replace(standing, step=None)
    return standing


def _role(context: Context, row: OrderRow) -> str:
    roles = {"buyer": row.order.buyer, "seller": row.offer.seller, "holder": row.order.recipient}
    roles["arbitrator"] = row.offer.arbitrator
    return next((role for role, address in roles.items() if address == context.asker), "")


RULINGS = {"buyer": Ruling.UPHELD, "seller": Ruling.REJECTED}
"""What an arbitrator finds of the buyer's claim, by who gets the price then."""

ORDER = Kind(_parts, ("order", "you", "model", "total", "state", "until", "next: daimm"))


@app.command("list", "daimm order list", "daimm order list --open --json")
def list_(context: Context, open_only: bool = flag("Only those not ended.", "--open")) -> None:
    """List what you bought, sold or may rule on: where each order stands and what comes next."""
    me = context.me.address
    rows = my_orders(context.index, me)
    context.told_of_former(
        lambda other: sum(row.is_open for row in my_orders(other.index, me)),
        *("open order", "daimm order list --open"),
    )
    if len(rows) >= LISTED:
        output.say(f"Only the newest {LISTED:,} are shown.")
    context.chain.tokens({row.offer.token for row in rows})
    if open_only:
        rows = [row for row in rows if row.is_open]
        ORDER.list(context, rows, empty="No open orders.")
    else:
        ORDER.list(context, rows, empty="No orders yet.", step="daimm model list")


@app.command("show", "daimm order show 0x3f9a61c2")
def show(context: Context, order: Ordered) -> None:
    """Show an order: its money, its clocks, and what happens if nobody does anything."""
    ORDER.show(context, order)
    if step := _standing(context, order).step:
        context.next(step, own=bool(_role(context, order)))


on_order = functools.partial(verb, app, see="daimm order show {order}")


@on_order(
    "daimm order accept 0x3f9a61c2", done="The seller is paid, the licence is yours for good."
)
def accept(context: Context, order: Ordered) -> Act:
    """End the inspection of a delivery and pay the seller; for the buyer.

    Open the model first (`daimm license fetch`): a payment cannot be taken back.
    """
    require_state(order, OrderState.INSPECTION, OrderState.HELD)
    call = context.chain.deployed.market.accept(order.offer, order.order)
    return Act(call, {"order": order.order_id, "state": "accepted"})


@on_order("daimm order settle 0x3f9a61c2", done="The seller is paid.")
def settle(context: Context, order: Ordered) -> Act:
    """Pay the seller after an inspection that ran out; anybody can."""
    require_state(order, OrderState.INSPECTION)
    call = context.chain.deployed.market.settle(order.offer, order.order)
    return Act(call, {"order": order.order_id, "state": "settled"})


@on_order("daimm order hold 0x3f9a61c2", done="The price is held: rule on it.")
def hold(context: Context, order: Ordered) -> Act:
    """Keep the price of an inspected order for its buyer; for the arbitrator.

    Only during the inspection. Without a ruling, the buyer can take it back 90 days later.
    """
    what = deal(order.offer, order.order)
    call = context.chain.deployed.market.hold(what, order.order.buyer)
    step = f"daimm order resolve 0x{order.order_id.hex()} --for PARTY"
    return Act(call, {"order": order.order_id, "state": "held"}, next=step)


@on_order(
    "daimm order resolve 0x3f9a61c2 --for buyer", done="Order {order} is ruled on, for the {for}."
)
def resolve(
    context: Context,
    order: Ordered,
    party: str = option("buyer or seller.", "PARTY", "--for", default=...),
) -> Act:
    """Rule on an order that you hold: who gets its price; for the arbitrator.

    For the buyer at any time, for the seller once the inspection is over.
    """
    if party not in RULINGS:
        raise DaimmError(f"'{sanitise(party, 40)}' is no party: rule --for buyer or --for seller.")
    call = context.chain.deployed.market.resolve(deal(order.offer, order.order), RULINGS[party])
    return Act(call, {"order": order.order_id, "for": party})


@on_order("daimm order refund 0x3f9a61c2", done="{amount} is credited to {buyer}.")
def refund(context: Context, order: Ordered) -> Act:
    """Give the buyer the money back when no key or no ruling came in time; anybody can.

    Also at once where the version's content was proven wrong.
    """
    if order.convicted_block is None or not order.is_open:
        require_state(order, OrderState.PENDING, OrderState.HELD)
    buyer, token = order.order.buyer, context.chain.tokens([order.offer.token])[order.offer.token]
    return Act(
        context.chain.deployed.market.refund(order.offer, order.order),
        {"order": order.order_id, "state": "refunded"},
        {"amount": token.shown(order.refund), "buyer": buyer},
        next=WITHDRAW if context.me.address == buyer else None,
    )


@app.command("wait", "daimm order wait 0x3f9a61c2", "daimm order wait 0x3f9a61c2 --refund --yes")
def wait(
    context: Context,
    order: OrderId,
    timeout: int | None = option(
        "How long, like 30m; default: to the end.", "TIME", parser=seconds
    ),
    refunding: bool = flag("If no key came, take the money back (asks first).", "--refund"),
    confirmations: int | None = option(
        "Blocks that count as final; default 1 on local chains, else 12.", "BLOCKS", min=1
    ),
) -> None:
    """Wait for the key of an order and keep it at once.

    Goes on through a node's silence and re-orgs, and may be killed and started again at any moment.
    Ends with status 0 once the key is here, 6 where none comes any more (declined, refunded, or the
    time to deliver is over), 7 after --timeout.
    """
    from daimm_cli.market.receive import Keys
    from daimm_cli.market.wait import Ending, wait_for_key

    with output.status() as show:
        seen = wait_for_key(context, order, show, confirmations=confirmations, timeout=timeout)
    row, ident = seen.row, f"0x{seen.row.order_id.hex()}"
    license_id = f"0x{row.license_id:064x}"
    data: dict[str, object] = {"order": row.order_id, "state": seen.ending, "license": license_id}
    if seen.ending is Ending.DELIVERED:
        kept = "The key is here, kept in this home."
        later = "The key was delivered; it is kept once it has opened the file."
        context.emit(data, kept if Keys.of(context).has(row.license_id) else later)
        context.next(f"daimm license fetch {license_id}")
        return
    if seen.ending is not Ending.REFUND_DUE:
        declined = "declined by the seller and " if seen.ending is Ending.DECLINED else ""
        step = _standing(context, row).step
        raise NotDelivered(f"Order {ident} was {declined}refunded: no key comes.", hint=step)
    if not refunding:
        wrong = row.convicted_block is not None
        why = "is worth having, as its content was proven wrong" if wrong else "can come any more"
        raise NotDelivered(
            f"No key came for order {ident}, and none {why}: take the money back.",
            hint=f"daimm order refund {ident}",
        )
    call = context.chain.deployed.market.refund(row.offer, row.order)
    context.chain.node.send(call, context.account)
    data["state"] = Ending.REFUNDED
    context.emit(data, f"No key came; {ident} is refunded.")
    context.next(WITHDRAW)
    raise typer.Exit(NotDelivered.exit_code)
