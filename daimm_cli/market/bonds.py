"""What is staked on versions, as the chain says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from daimm_cli.bindings.structs import BondId, BondRecord, BondState
from daimm_cli.index.rows import BondRow

if TYPE_CHECKING:
    from daimm_cli.session.session import Session


def records(session: Session, rows: Sequence[BondRow]) -> list[BondRecord]:
    """What the chain says of bonds now."""
    deployed = session.chain.deployed
    views = [deployed.bonds.record_of(BondId(row.bond_id)) for row in rows]
    return session.chain.node.views(views)


def standing(session: Session, model: int, version: int, token: str) -> int:
    """What stands behind a version in a token."""
    rows = session.index.rows(BondRow, terms_model=model)
    fit = [row for row in rows if (row.bond.version, row.bond.token) == (version, token)]
    found = records(session, fit)
    return sum(record.stake for record in found if record.state is BondState.STANDING)
