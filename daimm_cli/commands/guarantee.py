"""`daimm guarantee`: stakes behind promises, and what they pay once a promise is broken."""

from __future__ import annotations

from typing import Annotated

from daimm_cli.bindings.structs import BondRecord, BondState
from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import App, argument, flag, option, thing
from daimm_cli.cli.verbs import Act, Kind, Part, done, verb
from daimm_cli.commands.options import Model
from daimm_cli.commands.order import Ordered
from daimm_cli.index.rows import BondRow
from daimm_cli.market import guarantees
from daimm_cli.market.guarantees import PROMISE, Posted, Terms, promised, records, words
from daimm_cli.market.lookup import by_id

app = App()

Bonded = Annotated[
    BondRow, thing(by_id(BondRow), "The promise's bond; 8 digits of its id will do.", "BOND")
]


def _parts(context: Context, told: tuple[BondRow, BondRecord]) -> list[Part]:
    row, record = told
    bond = row.bond
    shown = context.chain.tokens([bond.token])[bond.token].shown
    claimant = record.claimant if record.state is BondState.HELD else None
    claimed = f"{claimant}: daimm claim show 0x{row.bond_id.hex()[:8]}"
    return [
        Part("bond", row.bond_id, "bond", "bond"),
        Part("guarantor", bond.guarantor, "guarantor", "guarantor"),
        Part("model", int(bond.model), "model", "model"),
        Part("version", bond.version, "version", "version"),
        Part("promise", words(context, bond), "promises", "promises"),
        Part("state", record.state.name.lower(), "state", "state"),
        Part("claimant", claimant, "claimed by" if claimant else "", text=claimed),
        Part("contests", record.contests, "results against it" if record.contests else ""),
        Part("token", bond.token),
        Part("stake", str(record.stake), "left", "left", shown(record.stake)),
        Part.at("until", bond.until, "until"),
        Part.at("posted_at", row.posted_at, "posted"),
        Part.at("broken_at", record.broken_at, "broken"),
        Part.at("since", record.since if record.broken_at else None, "pays who bought by"),
    ]


BOND = Kind(_parts, ("bond", "model", "version", "promises", "state", "left", "guarantor"))


@app.command("list", "daimm guarantee list --model 3")
def list_(
    context: Context,
    model: int | None = option("Only this model's.", min=1),
    mine: bool = flag("Only your own.", "--mine"),
) -> None:
    """List what was promised of versions, and what is staked on it."""
    me = context.me.address if mine else None
    rows = context.index.rows(BondRow, terms_model=model, guarantor=me)
    told = list(zip(rows, records(context, rows), strict=True))
    BOND.list(context, told, empty="Nothing was promised.")


@app.command("show", "daimm guarantee show 0x3f9a61c2")
def show(context: Context, bond: Bonded) -> None:
    """Show a promise: what it says, who judges, what is staked, by whom and until when."""
    BOND.show(context, (bond, records(context, [bond])[0]))


@app.command(
    "offer", "daimm guarantee offer 3 'digits accuracy >= 0.97 until 2027-06-30' --bond 500"
)
def offer(
    context: Context,
    model: Model,
    promise: Annotated[str, argument(f"{PROMISE}; or 'for 90d'.", "PROMISE")],
    bond: str = option("What you stake.", "AMOUNT", default=...),
    version: int = option("The version.", min=1, max=4095, default=1),
    token: str = option(
        "AIM or a token's address; orders paid in it are covered.", "TOKEN", default="AIM"
    ),
    evidence: str | None = option(
        "What an evaluator has to stake on a worse score; default a fifth of the bond.", "AMOUNT"
    ),
    arbitrator: str | None = option(
        "The contract of claims that judges; default the first of the market.", "ADDRESS"
    ),
) -> None:
    """Stake on a promise about a version: its content, a score, or that it infringes nothing.

    What breaks it takes the stake: a fifth goes to who showed it, a fifth to nobody, the rest to
    holders of settled licences that were bought before. Otherwise all of it returns 14 days after
    the end. Every promise is of the content, too.
    """
    terms = Terms(bond, token, evidence, arbitrator)
    said = promised(promise, context.now)
    tell(context, guarantees.offer(context, said, model, version, terms))


@app.command("add", "daimm guarantee add 0x3f9a61c2 --amount 50")
def add(
    context: Context, bond: Bonded, amount: str = option("What you add.", "AMOUNT", default=...)
) -> None:
    """Stake more on a promise of yours."""
    tell(context, guarantees.add(context, bond, amount))


def tell(context: Context, posted: Posted) -> None:
    """Say what was staked."""
    text = f"{posted.shown} are staked: bond 0x{posted.bond.hex()}."
    done(context, posted.receipt, text, {"bond": posted.bond, "amount": str(posted.units)})


@verb(
    app,
    "daimm guarantee withdraw 0x3f9a61c2",
    done="Bond {bond} is over.",
    next="daimm withdraw",
)
def withdraw(context: Context, bond: Bonded) -> Act:
    """Take your stake back 14 days after a promise's end; or what is left, 90 after its break."""
    return Act(guarantees.taking(context, bond), {"bond": bond.bond_id})


@verb(
    app,
    "daimm guarantee break 0x3f9a61c2",
    done="What is known against bond {bond} is on the chain.",
)
def break_(context: Context, bond: Bonded) -> Act:
    """Break a promise that was proven false; anybody can.

    A worse score that does not stand yet is held against it, so that the stake waits.
    """
    step = f"daimm guarantee show 0x{bond.bond_id.hex()}"
    return Act(guarantees.breach(context, bond), {"bond": bond.bond_id}, next=step)


@verb(
    app,
    "daimm guarantee compensate 0x3f9a61c2 0x7be2a004",
    done="Order {order} is compensated.",
    next="daimm withdraw",
)
def compensate(context: Context, bond: Bonded, order: Ordered) -> Act:
    """Take what a licence cost from a broken promise's bond; for who holds the licence."""
    call = context.chain.deployed.bonds.compensate(bond.bond, order.offer, order.order)
    return Act(call, {"bond": bond.bond_id, "order": order.order_id})
