"""`daimm cover`: orders insured against what a broken bond leaves unpaid."""

from __future__ import annotations

from daimm_cli.base.text import time_shown
from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import App, option
from daimm_cli.cli.verbs import Kind, Part
from daimm_cli.commands.order import Ordered
from daimm_cli.market import pools
from daimm_cli.market.pools import Covered

app = App()


def _parts(context: Context, it: Covered) -> list[Part]:
    row, shown = it.row, it.pool.shown
    return [
        Part("order", row.order_id, column="order"),
        Part("bond", row.bond_id, column="bond"),
        Part("pool", it.pool.label, column="pool"),
        Part("state", it.state(context.now), column="state"),
        Part("amount", str(row.amount), column="up to", text=shown(row.amount)),
        Part("premium", str(row.premium), column="premium", text=shown(row.premium)),
        Part("paid", str(it.paid), column="paid", text=shown(it.paid) if it.paid else ""),
        Part("start", row.start, column="from", text=time_shown(row.start)),
        Part("end", it.end, column="until", text=time_shown(it.end)),
    ]


COVER = Kind(_parts, ("order", "bond", "pool", "state", "up to", "paid", "from", "until"))


@app.command("list", "daimm cover list")
def list_(context: Context) -> None:
    """List the covers that you bought, or that your orders have."""
    COVER.list(context, pools.covers(context), empty="Nothing of yours is insured.")


@app.command("buy", "daimm cover buy 0x7be2a004", "daimm cover buy 0x7be2a004 --amount 50")
def buy(
    context: Context,
    order: Ordered,
    amount: str | None = option("What it pays at most; default the order's price.", "AMOUNT"),
    pool: str | None = option("The pool's name; default the cheapest.", "POOL"),
) -> None:
    """Insure an order against the breach of the bond on its version that a pool insures.

    It pays what bonds leave of the price, against what becomes known three days later or after.
    """
    chosen = None if pool is None else pools.find(context, pool)
    said = pools.insure(context, order, amount, chosen)
    context.emit({"order": order.order_id, "insured": said}, f"Insured: {said}.")
    context.next("daimm cover list")


@app.command("claim", "daimm cover claim 0x7be2a004")
def claim(context: Context, order: Ordered) -> None:
    """Be paid what a broken bond left of an order's price; for who holds its licence.

    What bonds would still give is left to the pool, for good.
    """
    it, units, calls = pools.claiming(context, order)
    for call in calls:
        sent = context.node.send(call, context.account)
    context.emit(
        {"order": order.order_id, "paid": str(units), "transaction": sent.hash},
        f"Pool {it.pool.label} has paid {it.pool.shown(units)}.",
    )
