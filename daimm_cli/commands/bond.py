"""`daimm bond`: stakes on versions, and what they pay once a version's content is proven wrong."""

from __future__ import annotations

import dataclasses
import secrets
from dataclasses import dataclass
from typing import Annotated

from daimm_cli.base.errors import ChainRefused
from daimm_cli.base.text import parse_amount, parse_duration
from daimm_cli.bindings.bonds import Bonds
from daimm_cli.bindings.erc20 import ERC20
from daimm_cli.bindings.structs import Bond, BondId, ModelId
from daimm_cli.chain.terms import ZERO_WORD
from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import App, argument, flag, option
from daimm_cli.cli.verbs import Kind, Part, Verb, add, done
from daimm_cli.commands.order import OrderId
from daimm_cli.index.rows import BondRow, OrderRow
from daimm_cli.market import money, offers
from daimm_cli.market.lookup import find_bond, find_order

app = App()

Ident = Annotated[str, argument("The bond's id; 8 digits will do.", "BOND")]


def _bonds(context: Context) -> Bonds:
    return context.chain.deployed.bonds


def _parts(context: Context, row: BondRow) -> list[Part]:
    bond, shown = row.bond, context.chain.tokens([row.bond.token])[row.bond.token].shown
    record = context.node.view(_bonds(context).record_of(BondId(row.bond_id)))
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
    rows = context.index.bonds(model=model, guarantor=context.me.address if mine else None)
    context.chain.tokens({row.bond.token for row in rows})
    BOND.list(context, rows, empty="Nothing was staked.")


@app.command("show", "daimm bond show 0x3f9a61c2")
def show(context: Context, bond: Ident) -> None:
    """Show a bond: what is staked on which version, by whom and until when."""
    BOND.show(context, find_bond(context.index, bond))


@app.command("post", "daimm bond post 3 --amount 100 --until 90d")
def post(
    context: Context,
    model: Annotated[int, argument("The model's number.", min=1, max=2**32 - 1)],
    amount: str = option("What you stake.", "AMOUNT", default=...),
    until: str = option("How long you promise, like 90d.", "TIME", default=...),
    version: int = option("The version.", min=1, max=4095, default=1),
    token: str = option(
        "AIM or a token's address; orders in it are covered.", "TOKEN", default="AIM"
    ),
) -> None:
    """Stake on a version being what it promises.

    If its content is proven wrong, a fifth goes to who proved it, a fifth to the treasury, the rest
    to holders of settled licences. Otherwise all of it returns 14 days after the end.
    """
    address = offers.token_address(context.chain, token)
    end = context.now + parse_duration(until)
    me = context.me.address
    bond = Bond(me, ModelId(model), version, address, end, secrets.token_bytes(32))
    _stake(context, bond, amount)


@app.command("add", "daimm bond add 0x3f9a61c2 --amount 50")
def add_(
    context: Context, bond: Ident, amount: str = option("What you add.", "AMOUNT", default=...)
) -> None:
    """Add to a bond of yours."""
    _stake(context, find_bond(context.index, bond).bond, amount)


def _stake(context: Context, bond: Bond, amount: str) -> None:
    known, bonds = context.chain.token(bond.token), _bonds(context)
    sum_ = parse_amount(amount, known.decimals, known.symbol)
    money.require_funds(context, known, sum_)
    ident = context.node.view(bonds.bond_id_of(bond))
    approval = ERC20(bond.token).approve(bonds.address, sum_)
    context.node.send(dataclasses.replace(approval, doing="let the bond take it"), context.account)
    sent = context.node.send(bonds.post(bond, sum_), context.account)
    text = f"{known.shown(sum_)} are staked: bond 0x{ident.hex()}."
    done(context, sent, text, {"bond": ident, "amount": str(sum_)})


@dataclass(frozen=True)
class Claim:
    """An order that is to be paid from a bond."""

    bond: BondRow
    order: OrderRow


def _found(context: Context, bond: Ident) -> BondRow:
    return find_bond(context.index, bond)


def _claim(context: Context, bond: Ident, order: OrderId) -> Claim:
    row = find_order(context.index, order, context.me.address)
    return Claim(find_bond(context.index, bond), row)


def _owed(context: Context) -> dict[str, int]:
    """What the bonds owe to who acts, by token."""
    me, bonds = context.me.address, _bonds(context)
    tokens = sorted({row.bond.token for row in context.index.bonds()})
    owed = {t: context.node.view(bonds.credit(me, ZERO_WORD, t)) for t in tokens}
    return {token: amount for token, amount in owed.items() if amount}


@app.command("withdraw", "daimm bond withdraw")
def withdraw(context: Context) -> None:
    """Collect what bonds owe you: rewards, compensation, returned stakes."""
    me, bonds, owed = context.me.address, _bonds(context), _owed(context)
    if not owed:
        raise ChainRefused(f"No bond owes anything to {me}.", hint="daimm bond list")
    calls = [bonds.withdraw_if_owed(ZERO_WORD, token, me) for token in owed]
    for call in calls:
        sent = context.node.send(call, context.account)
    shown = ", ".join(context.chain.token(t).shown(n) for t, n in owed.items())
    amounts = [{"token": token, "amount": str(amount)} for token, amount in owed.items()]
    done(context, sent, f"Withdrew {shown} to {me}.", {"to": me, "amounts": amounts})


add(
    app,
    Verb(
        "break",
        "Break the bond of a version whose content was proven wrong; anybody can.",
        "daimm bond break 0x3f9a61c2",
        find=_found,
        call=lambda context, row: _bonds(context).break_by_content(row.bond),
        data=lambda row: {"bond": row.bond_id},
        done="Bond {bond} is broken: its proof is rewarded, holders can claim.",
        next=lambda _, row: f"daimm bond claim 0x{row.bond_id.hex()} ORDER",
    ),
    Verb(
        "claim",
        "Claim what a licence cost from a broken bond; for who holds the licence.",
        "daimm bond claim 0x3f9a61c2 0x7be2a004",
        find=_claim,
        call=lambda context, claim: _bonds(context).compensate(
            claim.bond.bond, claim.order.offer, claim.order.order
        ),
        data=lambda claim: {"bond": claim.bond.bond_id, "order": claim.order.order_id},
        done="Order {order} is compensated.",
        next=lambda *_: "daimm bond withdraw",
    ),
    Verb(
        "reclaim",
        "Take your stake back, 14 days after the bond's end.",
        "daimm bond reclaim 0x3f9a61c2",
        find=_found,
        call=lambda context, row: _bonds(context).reclaim(row.bond),
        data=lambda row: {"bond": row.bond_id},
        done="The stake of bond {bond} is yours again.",
        next=lambda *_: "daimm bond withdraw",
    ),
    Verb(
        "close",
        "Return what is left of a broken bond, 90 days after; anybody can.",
        "daimm bond close 0x3f9a61c2",
        find=_found,
        call=lambda context, row: _bonds(context).close(row.bond),
        data=lambda row: {"bond": row.bond_id},
        done="Bond {bond} is closed.",
    ),
)
