"""Versions that were made from others: what their parents' terms allow, and clearing them for sale.

>>> parents_kept(session, parents)  # before anything is made
>>> clear(session, 7, 1, details, parents)  # before it is offered
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from daimm_cli.base.errors import ChainRefused
from daimm_cli.bindings.structs import Derivatives, ParentProof
from daimm_cli.chain.terms import ZERO_WORD, ModelId, Parent, Version, parents_hash

if TYPE_CHECKING:
    from daimm_cli.session.session import Session


def parents_kept(session: Session, parents: Sequence[Parent]) -> list[ParentProof]:
    """What shows that each parent allows a version of the account's.

    Raises ChainRefused for a parent that there is not, that forbids it or that asks for a share.
    """
    from daimm_cli.market.listing import read_listing

    proofs = []
    for parent in parents:
        rows = session.index.versions(parent.model, version=parent.version)
        name = f"version {parent.version} of the parent model {parent.model}"
        if not rows:
            raise ChainRefused(f"There is no {name}: check the lineage.")
        owner = session.index.model(parent.model).owner
        head = read_listing(session, rows[0], bought=True).terms.head
        if owner != session.me.address and head.derivatives is Derivatives.FORBIDDEN:
            raise ChainRefused(f"The terms of {name} forbid what is made from it: ask its owner.")
        if owner != session.me.address and head.share:
            raise ChainRefused(
                f"The terms of {name} ask for {head.share / 100:g}% of what is made from it: daimm "
                "cannot bind a version to a split yet, so it cannot sell this."
            )
        seen = parents_hash(rows[0].parents)
        proofs.append(ParentProof(rows[0].details, seen, head, owner, ZERO_WORD))
    return proofs


def clear(
    session: Session, model: int, version: int, details: Version, parents: Sequence[Parent]
) -> None:
    """Have a version cleared for sale where it declares parents and was not cleared before."""
    if not parents:
        return
    chain, number = session.chain, ModelId(model)
    lineage = chain.deployed.lineage
    if chain.node.view(lineage.is_cleared(number, version)):
        return
    proofs = parents_kept(session, parents)
    call = lineage.clear(number, version, details, parents, proofs, [])
    chain.node.send(call, session.account)
