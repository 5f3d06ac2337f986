"""Stakes on versions: made, looked at, collected.

>>> [(each.row.bond_id.hex()[:8], each.record.stake) for each in stakes(session, model=3)]
[('3f9a61c2', 100000000000000000000)]
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daimm_cli.bindings.erc20 import ERC20
from daimm_cli.bindings.structs import Bond, BondId, BondRecord, BondState
from daimm_cli.chain.terms import ZERO_WORD
from daimm_cli.market.money import require_funds

if TYPE_CHECKING:
    from daimm_cli.chain.answers import Receipt
    from daimm_cli.index.rows import BondRow
    from daimm_cli.session.session import Session


@dataclass(frozen=True)
class Stake:
    """A bond, and what the chain says of it now."""

    row: BondRow
    record: BondRecord


def stake_of(session: Session, row: BondRow) -> Stake:
    """What the chain says of a bond."""
    bonds = session.chain.deployed.bonds
    return Stake(row, session.chain.node.view(bonds.record_of(BondId(row.bond_id))))


def stakes(
    session: Session, *, model: int | None = None, guarantor: str | None = None
) -> list[Stake]:
    """All bonds that fit, broken and ended ones too, the newest first."""
    found = session.index.bonds(model=model, guarantor=guarantor)
    return [stake_of(session, row) for row in found]


def standing(session: Session, model: int, version: int, token: str) -> int:
    """What stands behind a version in a token."""
    return sum(
        each.record.stake
        for each in stakes(session, model=model)
        if each.record.state is BondState.STANDING
        and (each.row.bond.version, each.row.bond.token) == (version, token)
    )


def post(session: Session, bond: Bond, amount: int) -> tuple[bytes, Receipt]:
    """Stake `amount` (smallest unit) on the bond, at first or on top; its id and the receipt."""
    node, bonds = session.chain.node, session.chain.deployed.bonds
    require_funds(session, session.chain.token(bond.token), amount)
    approval = ERC20(bond.token).approve(bonds.address, amount)
    node.send(dataclasses.replace(approval, doing="let the bond take the stake"), session.account)
    sent = node.send(bonds.post(bond, amount), session.account)
    return node.view(bonds.bond_id_of(bond)), sent


def owed(session: Session) -> dict[str, int]:
    """What bonds owe to who acts, by token."""
    me, bonds = session.me.address, session.chain.deployed.bonds
    tokens = sorted({row.bond.token for row in session.index.bonds()})
    found = {t: session.chain.node.view(bonds.credit(me, ZERO_WORD, t)) for t in tokens}
    return {token: amount for token, amount in found.items() if amount}


def withdraw(session: Session, token: str) -> Receipt:
    """Collect what bonds owe to who acts in a token."""
    call = session.chain.deployed.bonds.withdraw_if_owed(ZERO_WORD, token, session.me.address)
    return session.chain.node.send(call, session.account)
