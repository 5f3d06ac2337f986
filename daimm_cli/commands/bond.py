"""`daimm bond`: stakes on versions, and what they pay once a version's content is proven wrong."""

from __future__ import annotations

import secrets
from typing import Annotated

from daimm_cli.base.errors import ChainRefused
from daimm_cli.base.text import parse_duration
from daimm_cli.bindings.structs import Bond, BondRecord, ModelId
from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import App, flag, option, thing
from daimm_cli.cli.verbs import Act, Kind, Part, done, verb
from daimm_cli.commands.options import Model
from daimm_cli.commands.order import Ordered
from daimm_cli.index.rows import BondRow
from daimm_cli.market.bonds import records
from daimm_cli.market.lookup import by_id
from daimm_cli.market.money import approve, require_funds
from daimm_cli.market.offers import token_address

app = App()

Posted = Annotated[BondRow, thing(by_id(BondRow), "The bond's id; 8 digits will do.", "BOND")]


def _parts(context: Context, told: tuple[BondRow, BondRecord]) -> list[Part]:
    row, record = told
    bond = row.bond
    shown = context.chain.tokens([bond.token])[bond.token].shown
    return [
        Part("bond", row.bond_id, "bond", "bond"),
        Part("guarantor", bond.guarantor, "guarantor", "guarantor"),
        Part("model", int(bond.model), "model", "model"),
        Part("version", bond.version, "version", "version"),
        Part("state", record.state.name.lower(), "state", "state"),
        Part("token", bond.token),
        Part("stake", str(record.stake), "left", "left", shown(record.stake)),
        Part.at("until", bond.until, "until"),
        Part.at("posted_at", row.posted_at, "posted"),
        Part.at("broken_at", record.broken_at, "broken"),
    ]


BOND = Kind(_parts, ("bond", "model", "version", "state", "left", "guarantor"))


@app.command("list", "daimm bond list --model 3")
def list_(
    context: Context,
    model: int | None = option("Only this model's.", min=1),
    mine: bool = flag("Only your own.", "--mine"),
) -> None:
    """List what was staked on versions being what they promise."""
    found = context.index.rows(
        BondRow, terms_model=model, guarantor=context.me.address if mine else None
    )
    BOND.list(context, _told(context, found), empty="Nothing was staked.")


@app.command("show", "daimm bond show 0x3f9a61c2")
def show(context: Context, bond: Posted) -> None:
    """Show a bond: what is staked on which version, by whom and until when."""
    BOND.show(context, *_told(context, [bond]))


@app.command("post", "daimm bond post 3 --amount 100 --until 90d")
def post(
    context: Context,
    model: Model,
    amount: str = option("What you stake.", "AMOUNT", default=...),
    until: str = option("How long you promise, like 90d.", "TIME", default=...),
    version: int = option("The version.", min=1, max=4095, default=1),
    token: str = option(
        "AIM or a token's address; orders paid in it are covered.", "TOKEN", default="AIM"
    ),
) -> None:
    """Stake on a version being what it promises.

    If its content is proven wrong, a fifth goes to who proved it, a fifth to the treasury, the rest
    to holders of settled licences. Otherwise all of it returns 14 days after the end.
    """
    end, salt = context.now + parse_duration(until), secrets.token_bytes(32)
    paid = token_address(context.chain, token)
    _post(context, Bond(context.me.address, ModelId(model), version, paid, end, salt), amount)


@app.command("add", "daimm bond add 0x3f9a61c2 --amount 50")
def add_(
    context: Context, bond: Posted, amount: str = option("What you add.", "AMOUNT", default=...)
) -> None:
    """Add to a bond of yours."""
    _post(context, bond.bond, amount)


def _post(context: Context, bond: Bond, amount: str) -> None:
    node, contract = context.chain.node, context.chain.deployed.bonds
    token = context.chain.token(bond.token)
    units = token.units(amount)
    if not units or bond.until <= context.now:
        raise ChainRefused("Stake more than nothing, and until a time that is still to come.")
    found = context.index.versions(int(bond.model), version=bond.version)
    if not found or found[0].convicted:
        raise ChainRefused(
            f"Model {bond.model} has no version {bond.version} to stake on.",
            hint=f"daimm model show {bond.model}",
        )
    require_funds(context, token, units)
    spent = (bond.token, units, contract.address, "let the bond take the stake")
    approve(context, context.account, *spent)
    sent = node.send(contract.post(bond, units), context.account)
    ident = node.view(contract.bond_id_of(bond))
    text = f"{token.shown(units)} are staked: bond 0x{ident.hex()}."
    done(context, sent, text, {"bond": ident, "amount": str(units)})


def _told(context: Context, rows: list[BondRow]) -> list[tuple[BondRow, BondRecord]]:
    return list(zip(rows, records(context, rows), strict=True))


@verb(
    app,
    "daimm bond break 0x3f9a61c2",
    done="Bond {bond} is broken: who proved it is rewarded, holders can claim.",
)
def break_(context: Context, bond: Posted) -> Act:
    """Break the bond of a version whose content was proven wrong; anybody can."""
    call = context.chain.deployed.bonds.break_by_content(bond.bond)
    step = f"daimm bond claim 0x{bond.bond_id.hex()} ORDER"
    return Act(call, {"bond": bond.bond_id}, next=step)


@verb(
    app,
    "daimm bond claim 0x3f9a61c2 0x7be2a004",
    done="Order {order} is compensated.",
    next="daimm withdraw",
)
def claim(context: Context, bond: Posted, order: Ordered) -> Act:
    """Claim what a licence cost from a broken bond; for who holds the licence."""
    call = context.chain.deployed.bonds.compensate(bond.bond, order.offer, order.order)
    return Act(call, {"bond": bond.bond_id, "order": order.order_id})


@verb(
    app,
    "daimm bond reclaim 0x3f9a61c2",
    done="The stake of bond {bond} is yours again.",
    next="daimm withdraw",
)
def reclaim(context: Context, bond: Posted) -> Act:
    """Take your stake back, 14 days after the bond's end."""
    return Act(context.chain.deployed.bonds.reclaim(bond.bond), {"bond": bond.bond_id})


@verb(app, "daimm bond close 0x3f9a61c2", done="Bond {bond} is closed.")
def close(context: Context, bond: Posted) -> Act:
    """Return what is left of a broken bond, 90 days after; anybody can."""
    return Act(context.chain.deployed.bonds.close(bond.bond), {"bond": bond.bond_id})
