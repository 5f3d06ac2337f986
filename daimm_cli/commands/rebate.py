"""`daimm rebate`: the part of the protocol's fee that comes back after a sale."""

from __future__ import annotations

from typing import Annotated

from daimm_cli.base.text import counted, time_shown
from daimm_cli.bindings.rebates import RebateClaimed, RebateOf
from daimm_cli.bindings.structs import RebateRates
from daimm_cli.chain.terms import ZERO_ADDRESS
from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import App, thing
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
    ask, contract = context.chain.node.view, context.chain.deployed.rebates
    shown = context.chain.token(context.chain.aim).shown
    paid = ask(contract.fees_of(ask(contract.season()), context.asker or ZERO_ADDRESS))
    names = ("buyer", "payee", "early", "frequent")
    buyer, payee, early, frequent = (f"{getattr(rates, name) / 100:g}%" for name in names)
    begins, ends = time_shown(rates.early_from), time_shown(rates.early_until)
    falls = f"both {early} higher until {begins}, less from then to {ends}"
    falls = falls if context.now < rates.early_until else "over"
    whole = f"whole at {shown(rates.frequent_at)} of fees; you paid {shown(paid)}"
    return [
        Part("buyer", int(rates.buyer), "buyers get", text=f"{buyer} of the fee"),
        Part("payee", int(rates.payee), "payees get", text=f"{payee} of the fee"),
        Part("early", int(rates.early), "early", text=falls),
        Part("early_from", rates.early_from),
        Part("early_until", rates.early_until),
        Part("frequent", int(rates.frequent), "frequent", text=f"up to {frequent} more, {whole}"),
        Part("frequent_at", str(rates.frequent_at)),
        Part("fees", str(paid)),
        _aim(context, "budget", ask(contract.budget()), "budget"),
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
    order: Annotated[
        OrderRow | None, thing(find_order, "Only this order's; 8 digits will do.", "ORDER")
    ] = None,
) -> None:
    """Claim what comes back of your sales and purchases, for both sides; anybody can."""
    rows = [order] if order else [row for row, _ in rebates.claimable(context)]
    sent, claimed = rebates.claim(context, rows)
    shown = context.chain.token(context.chain.aim).shown
    buyers = shown(sum(event.to_buyer for _, event in claimed))
    payees = shown(sum(event.to_payee for _, event in claimed))
    text = f"Claimed for {counted(len(claimed), 'order')}: buyers get {buyers}, payees {payees}."
    done(context, sent, text, {"claimed": [REBATE.data(context, it) for it in claimed]})
    context.next("daimm withdraw")
