"""`daimm rebate`: the part of the protocol's fee that comes back after a sale."""

from __future__ import annotations

from daimm_cli.base.text import counted
from daimm_cli.bindings.rebates import RebateClaimed, RebateOf
from daimm_cli.bindings.structs import RebateRates
from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import App, argument
from daimm_cli.cli.verbs import Kind, Part, done
from daimm_cli.index.rows import OrderRow
from daimm_cli.market import rebates
from daimm_cli.market.lookup import find_order

app = App()


def _aim(context: Context, key: str, amount: int, name: str) -> Part:
    return Part(key, str(amount), name, name, context.chain.token(context.chain.aim).shown(amount))


def _rebate(context: Context, told: tuple[OrderRow, RebateOf | RebateClaimed]) -> list[Part]:
    row, due = told
    return [
        Part("order", row.order_id, column="order"),
        _aim(context, "protocol_fee", row.order.protocol_fee, "fee"),
        _aim(context, "to_buyer", due.to_buyer, "buyer gets"),
        _aim(context, "to_payee", due.to_payee, "payee gets"),
    ]


REBATE = Kind(_rebate, ("order", "fee", "buyer gets", "payee gets"))


def _rates(context: Context, rates: RebateRates) -> list[Part]:
    budget = context.chain.node.view(context.chain.deployed.rebates.budget())
    shares = {"buyer": "buyers get", "payee": "payees get", "early": "both more by"}
    shares["frequent"] = "frequent buyers"
    given = {name: int(getattr(rates, name)) for name in shares}
    return [
        *(Part(key, given[key], shares[key], text=f"{given[key] / 100:g}%") for key in shares),
        _aim(context, "frequent_at", rates.frequent_at, "who paid fees of"),
        Part.at("early_from", rates.early_from, "less from"),
        Part.at("early_until", rates.early_until, "no more from"),
        _aim(context, "budget", budget, "budget"),
    ]


RATES = Kind(_rates, next=lambda *_: "daimm rebate list")


@app.command("show", "daimm rebate show")
def show(context: Context) -> None:
    """Show what of the fee comes back to whom, and what is left to be claimed."""
    RATES.show(context, context.chain.node.view(context.chain.deployed.rebates.rates()))


@app.command("list", "daimm rebate list")
def list_(context: Context) -> None:
    """List your settled orders whose rebate nobody claimed, and what it is now."""
    REBATE.list(context, rebates.claimable(context), empty="Nothing is to be claimed.")


@app.command("claim", "daimm rebate claim", "daimm rebate claim 0x7be2a004")
def claim(
    context: Context,
    order: str | None = argument("Only this order's; 8 digits will do.", "ORDER", default=None),
) -> None:
    """Claim what comes back of your sales and purchases, for both sides; anybody can."""
    if order is None:
        rows = [row for row, _ in rebates.claimable(context)]
    else:
        rows = [find_order(context.index, order, context.asker)]
    sent, claimed = rebates.claim(context, rows)
    data = {"claimed": [REBATE.data(context, it) for it in claimed]}
    done(context, sent, f"Claimed for {counted(len(claimed), 'order')}.", data)
    context.next("daimm withdraw")
