"""`daimm order deliver` and `daimm order decline`: the seller's side of an order."""

from __future__ import annotations

import typer

from daimm_cli.base.errors import DaimmError
from daimm_cli.cli import output
from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import App, argument, flag
from daimm_cli.cli.verbs import Act, verb
from daimm_cli.commands.options import CONFIRMATIONS
from daimm_cli.commands.order import Ordered

app = App()


@app.command("deliver", "daimm order deliver 0x3f9a61c2", "daimm order deliver --all --yes")
def deliver(
    context: Context,
    order: str | None = argument(
        "The order's id or its licence's; 8 digits will do.", default=None
    ),
    every: bool = flag("All orders that wait.", "--all"),
    confirmations: int | None = CONFIRMATIONS,
) -> None:
    """Deliver the key of an order.

    The order is read from the chain and judged, the delivery is made, verified here and kept, and
    then sent: the contract pays you if and only if the key is right. Doing it again sends the same
    bytes.
    """
    from daimm_cli.market.deliveries import deliver_orders

    if every == (order is not None):
        raise DaimmError("Name one order to deliver, or all that wait with --all.")
    outcomes = deliver_orders(context, order, confirmations)
    delivered, copied, failed = outcomes.delivered, outcomes.copied, outcomes.failed
    data = {
        "delivered": [
            {"order": prepared.order_id, "transaction": sent.hash, "gas": sent.gas_used}
            for prepared, sent in delivered
        ],
        "copied": [{"order": order_id, "deliverer": who} for order_id, who in copied.items()],
        "failed": [
            {"order": order_id, "reason": error.message} for order_id, error in failed.items()
        ],
    }
    lines = [f"Delivered order 0x{prepared.order_id.hex()}." for prepared, _ in delivered]
    lines += [
        f"Order 0x{order_id.hex()} was delivered by {who} with a copy of your delivery: the "
        "delivery fee is theirs, the price is yours."
        for order_id, who in copied.items()
    ]
    context.emit(data, "\n".join(lines) if lines or failed else "No order waits for its key.")
    for order_id, error in failed.items():
        output.say(f"Not delivered, order 0x{order_id.hex()}: {error.message}")
    if delivered:
        paid = any(prepared.offer.inspection == 0 for prepared, _ in delivered)
        context.next("daimm withdraw" if paid else "daimm order settle, after the inspection")
    if failed:
        raise typer.Exit(max(error.exit_code for error in failed.values()))


@verb(
    app,
    "daimm order decline 0x3f9a61c2",
    says="Decline order {order}: {back} go back to {buyer}.",
    done="Order {order} is declined; {back} are owed to its buyer.",
)
def decline(context: Context, order: Ordered) -> Act:
    """Give an order up until it is settled: the buyer gets the money back at once.

    After a delivery that is the price; the delivery fee was paid for the delivery.
    """
    from daimm_cli.market.deliveries import require_declinable

    require_declinable(context, order)
    return Act(
        context.chain.deployed.market.decline(order.offer, order.order),
        {"order": order.order_id},
        {
            "back": context.chain.token(order.offer.token).shown(order.refund),
            "buyer": order.order.buyer,
        },
    )
