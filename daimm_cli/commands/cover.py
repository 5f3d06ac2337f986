"""`daimm cover`: orders insured against what a broken bond leaves unpaid."""

from __future__ import annotations

from daimm_cli.base.text import time_shown
from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import App, option
from daimm_cli.cli.verbs import Kind, Part, done
from daimm_cli.commands.order import Ordered
from daimm_cli.index.rows import CoverRow
from daimm_cli.market import pools
from daimm_cli.market.lookup import find_order, my_orders

app = App()


def _parts(context: Context, row: CoverRow) -> list[Part]:
    order = find_order(context, row.order_id.hex())
    shown, over = context.chain.token(order.offer.token).shown, context.now >= row.end
    state = "paid" if row.paid else "over" if over else "running"
    return [
        Part("order", row.order_id, column="order"),
        Part("bond", row.bond_id, column="bond"),
        Part("buyer", row.buyer),
        Part("state", state, column="state"),
        Part("amount", str(row.amount), column="up to", text=shown(row.amount)),
        Part("premium", str(row.premium), column="premium", text=shown(row.premium)),
        Part("paid", row.paid and str(row.paid), column="paid", text=row.paid and shown(row.paid)),
        Part("start", row.start, column="from", text=time_shown(row.start)),
        Part("end", row.end, column="until", text=time_shown(row.end)),
    ]


COVER = Kind(_parts, ("order", "bond", "state", "up to", "premium", "paid", "from", "until"))


@app.command("list", "daimm cover list")
def list_(context: Context) -> None:
    """List the covers that you bought, and those of your orders."""
    me, orders = context.me.address, my_orders(context.index, context.me.address)
    mine = {order.order_id for order in orders}
    rows = context.index.rows(CoverRow, None)
    found = [row for row in rows if row.buyer == me or row.order_id in mine]
    COVER.list(context, found, empty="Nothing of yours is insured.")


@app.command("buy", "daimm cover buy 0x7be2a004", "daimm cover buy 0x7be2a004 --amount 5")
def buy(
    context: Context,
    order: Ordered,
    amount: str | None = option("Most that it pays; default the order's price.", "AMOUNT"),
) -> None:
    """Insure an order, in the pool that asks for least, against the breach of its version's bond.

    It pays what bonds leave of the price, once what breaks one was shown three days later or more.
    """
    it = pools.offered(context, order, amount)
    said = f"The order is insured for {it.pool.token.shown(it.amount)} in pool {it.pool.label}."
    sums = {"amount": str(it.amount), "premium": str(it.premium)}
    told = {"order": order.order_id, "bond": it.bond, "pool": it.pool.label, **sums}
    done(context, pools.buy(context, order, it), said, told)
    context.next("daimm cover list")


@app.command("claim", "daimm cover claim 0x7be2a004")
def claim(context: Context, order: Ordered) -> None:
    """Be paid for an order whose promise was broken, by bonds and then the pool; for who holds its
    licence.

    What bonds might give for it later is left to the pool, for good.
    """
    pool, due, sent = pools.claim(context, order)
    told = {"order": order.order_id, "pool": pool.label, "paid": str(due)}
    done(context, sent, f"Pool {pool.label} has paid {pool.token.shown(due)}.", told)
