"""`daimm token`: who holds AIM, and wrapped AIM, which votes."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from daimm_cli.base.text import format_amount, parse_amount, time_shown
from daimm_cli.bindings.values import checksummed, encode
from daimm_cli.chain.terms import ZERO_ADDRESS
from daimm_cli.cli import output
from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import App, argument, option
from daimm_cli.cli.verbs import Act, Kind, Part, verb
from daimm_cli.governance.supply import Holding, holdings, unlocking
from daimm_cli.market.money import require_funds

app = App()

Amount = Annotated[str, argument("How much, in AIM.", "AMOUNT")]
WIDTH = 40
RECOUNT = 3 * 22_100
"""Gas of counting all votes, and those of two accounts, anew. Votes are counted once a second: a
node that looks at the same one finds too little gas."""


def _holding(context: Context, one: Holding) -> list[Part]:
    locked, vests = one.locked(context.now), one.beneficiary is not None
    return [
        Part("holder", one.name, column="holder"),
        Part("address", one.address, column="address"),
        Part("amount", str(one.amount), column="AIM", text=format_amount(one.amount)),
        Part("locked", str(locked), column="locked", text=format_amount(locked) if vests else ""),
        Part("beneficiary", one.beneficiary, column="unlocks for"),
        Part("cliff", one.cliff or None, column="from", text=time_shown(one.cliff) * vests),
        Part("end", one.end or None, column="until", text=time_shown(one.end) * vests),
    ]


HOLDING = Kind(_holding, ("holder", "AIM", "address", "locked", "unlocks for", "from", "until"))


@app.command("supply", "daimm token supply")
def supply(context: Context) -> None:
    """Show who holds AIM, what is locked, and how it unlocks over time."""
    now, held = context.now, holdings(context)
    total, points = sum(one.amount for one in held), unlocking(held, now)
    if context.as_json:
        holders = [HOLDING.data(context, one) for one in held]
        curve = [{"at": at, "unlocked": str(units)} for at, units in points]
        context.emit({"supply": str(total), "holders": holders, "unlocking": curve})
        return
    HOLDING.table(context, held)
    drawn = [
        [time_shown(at), f"{100 * units / total:.1f}%", "█" * (WIDTH * units // total)]
        for at, units in points
    ]
    output.table(("at", "unlocked", "of all AIM"), drawn)


@verb(app, "daimm token wrap 100", done="{shown} are wrapped; {delegate} votes with them.")
def wrap(
    context: Context,
    amount: Amount,
    delegate: str | None = option(
        "Who votes with it; default as before, at first yourself.", "ADDRESS"
    ),
) -> Act:
    """Wrap AIM, so that it votes, and say who votes with it, in one transaction.

    It can be unwrapped at any time. Votes on a proposal are counted once, some time after it was
    made: what is wrapped later counts for the next.
    """
    chain, me = context.chain, context.me.address
    aim, votes = chain.token(chain.aim), chain.deployed.votes
    units = aim.units(amount)
    require_funds(context, aim, units)
    before = chain.node.view(votes.delegates(me))
    voter = me if before == ZERO_ADDRESS else before
    voter = checksummed(delegate, "delegate") if delegate else voter
    data = encode(["address"], [voter]) if voter != before else b""
    call = chain.deployed.aim.transfer_and_call_with_data(votes.address, units, data)
    told = {"amount": str(units), "delegate": voter}
    return Act(replace(call, doing="wrap AIM", spare=RECOUNT), told, {"shown": aim.shown(units)})


@verb(app, "daimm token unwrap 100", done="{shown} are unwrapped.")
def unwrap(context: Context, amount: Amount) -> Act:
    """Turn wrapped AIM into AIM again; it votes no longer."""
    chain, units = context.chain, parse_amount(amount, symbol="AIM")
    votes = chain.deployed.votes
    require_funds(context, chain.token(votes.address), units)
    call = replace(votes.withdraw_to(context.me.address, units), spare=RECOUNT)
    return Act(call, {"amount": str(units)}, {"shown": format_amount(units, symbol="AIM")})


@verb(
    app,
    "daimm token delegate",
    "daimm token delegate 0x7099...",
    done="{delegate} votes with your wrapped AIM.",
)
def delegate(
    context: Context,
    to: str | None = argument("Who; default you.", "ADDRESS", default=None),
) -> Act:
    """Say who votes with all your wrapped AIM, in proposals still to be counted."""
    voter = checksummed(to, "delegate") if to else context.me.address
    call = replace(context.chain.deployed.votes.delegate(voter), spare=RECOUNT)
    return Act(call, {"delegate": voter})
