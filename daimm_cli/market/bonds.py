"""What is staked on versions, as the chain says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daimm_cli.bindings.structs import BondId, BondRecord, BondState

if TYPE_CHECKING:
    from daimm_cli.index.rows import BondRow
    from daimm_cli.session.session import Session


def record_of(session: Session, row: BondRow) -> BondRecord:
    """What the chain says of a bond now."""
    bonds = session.chain.deployed.bonds
    return session.chain.node.view(bonds.record_of(BondId(row.bond_id)))


def standing(session: Session, model: int, version: int, token: str) -> int:
    """What stands behind a version in a token."""
    rows = session.index.bonds(model=model)
    fit = [row for row in rows if (row.bond.version, row.bond.token) == (version, token)]
    records = [record_of(session, row) for row in fit]
    return sum(record.stake for record in records if record.state is BondState.STANDING)
