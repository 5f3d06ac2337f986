"""Versions that were made from others: what their parents' terms allow and ask, and clearing them.

>>> proofs = parents_kept(session, parents, terms)  # before anything is made
>>> table = shares(session, proofs, payee)  # that the version has to be bound to
>>> clear(session, 7, 1, details, parents, table)  # before it is offered
>>> [it.signed.terms.license for it in ancestors(session, parents)]  # what it was made from
['Apache-2.0', 'MIT']
"""

from __future__ import annotations

import dataclasses
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daimm_cli.base.errors import ChainRefused, DaimmError
from daimm_cli.bindings.structs import Bps, Derivatives, ParentProof, Share
from daimm_cli.chain.terms import ZERO_WORD, ModelId, Parent, Version, parents_hash
from daimm_cli.market import splits

if TYPE_CHECKING:
    from daimm_cli.index.rows import VersionRow
    from daimm_cli.manifest.manifest import SignedManifest
    from daimm_cli.session.session import Session

MOST_ANCESTORS = 64
"""Of a version, the nearest first, that are read: each is a manifest to fetch."""

Name = tuple[int, int]
"""A model's number and a version's."""


@dataclass(frozen=True)
class Ancestor:
    """A version that another was made from. of: that other one, None where lineage begins; signed:
    its manifest, None where there is a problem."""

    of: Name | None
    parent: Parent
    row: VersionRow | None
    signed: SignedManifest | None
    problem: str = ""

    @property
    def name(self) -> Name:
        return self.parent.model, self.parent.version


def ancestors(session: Session, parents: Sequence[Parent]) -> list[Ancestor]:
    """All that a version with these parents was made from, the nearest first; one that is reached
    in two ways is there twice. What cannot be read is there with its problem: lineage goes on."""
    from daimm_cli.market.listing import read_listing

    waiting: deque[tuple[Name | None, Parent]] = deque((None, parent) for parent in parents)
    known: dict[Name, Ancestor] = {}
    found = []
    while waiting:
        of, parent = waiting.popleft()
        name = parent.model, parent.version
        if name in known:
            found.append(dataclasses.replace(known[name], of=of, parent=parent))
            continue
        row = signed = None
        problem = f"more than {MOST_ANCESTORS} versions are behind it: this one was not read"
        if len(known) < MOST_ANCESTORS:
            row = next(iter(session.index.versions(parent.model, version=parent.version)), None)
            problem = "" if row else "there is no such version"
        if row:
            waiting.extend((name, each) for each in row.parents)
            try:
                signed = read_listing(session, row, bought=True)
            except DaimmError as error:
                problem = error.message
        known[name] = Ancestor(of, parent, row, signed, problem)
        found.append(known[name])
    return found


def parents_kept(session: Session, parents: Sequence[Parent], terms: bytes) -> list[ParentProof]:
    """What shows that each parent allows a version of the account's with these terms (their hash).

    Raises ChainRefused for a parent that there is not, or that forbids it.
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
        if owner != session.me.address:
            if head.derivatives is Derivatives.FORBIDDEN:
                raise ChainRefused(
                    f"The terms of {name} forbid what is made from it: ask its owner."
                )
            if head.derivatives is Derivatives.SAME_TERMS and rows[0].details.terms != terms:
                raise ChainRefused(
                    f"What is made from {name} must have its very terms: say them with --license, "
                    "--use, --redistribution, --derivatives, --derivative-share and --terms-url."
                )
        payee = splits.paid(session, rows[0], owner)
        seen = parents_hash(rows[0].parents)
        proofs.append(ParentProof(rows[0].details, seen, head, *payee))
    return proofs


def shares(session: Session, proofs: Sequence[ParentProof], payee: str) -> list[Share]:
    """The table that a version of the account's has to pay: what the parents ask, the rest to the
    payee. Empty where none asks.

    Raises ChainRefused where they ask for more than all, or are too many.
    """
    asked: dict[tuple[str, bytes], int] = {}
    for proof in proofs:
        own = proof.details.payee == ZERO_WORD and proof.payout == session.me.address
        if proof.terms.share and not own:
            place = proof.payout, proof.account
            asked[place] = asked.get(place, 0) + proof.terms.share
    if not asked:
        return []
    left = splits.WHOLE - sum(asked.values())
    if left < 0:
        raise ChainRefused("The parents ask for more than 100% of what is made from them.")
    asked[payee, ZERO_WORD] = asked.get((payee, ZERO_WORD), 0) + left
    rows = [Share(*place, Bps(share)) for place, share in asked.items() if share]
    if len(rows) > splits.MOST_ROWS:
        raise ChainRefused(
            f"What it earns would be shared by {len(rows)}: {splits.MOST_ROWS} can share it."
        )
    return rows


def clear(
    session: Session,
    model: int,
    version: int,
    details: Version,
    parents: Sequence[Parent],
    table: Sequence[Share],
) -> None:
    """Have a version cleared for sale where it declares parents and was not cleared before."""
    if not parents:
        return
    chain, number = session.chain, ModelId(model)
    lineage = chain.deployed.lineage
    if chain.node.view(lineage.is_cleared(number, version)):
        return
    proofs = parents_kept(session, parents, details.terms)
    call = lineage.clear(number, version, details, parents, proofs, table)
    chain.node.send(call, session.account)
