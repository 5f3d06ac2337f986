"""A seller's listings carried on from the markets before this one: the same terms, opened here.

>>> for plan in plans(session):
...     print(len(plan.listings), plan.left)
...     carry(session, plan)

What was opened here is closed there afterwards. An offer keeps its salt, by which it is known
again: what was cut off goes on, and the market refuses to open it twice.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daimm_cli.base.errors import ChainRefused
from daimm_cli.chain.terms import Offer, parents_hash

if TYPE_CHECKING:
    from daimm_cli.chain.answers import Receipt
    from daimm_cli.chain.node import Call
    from daimm_cli.index.rows import OfferRow
    from daimm_cli.session.session import Session

MOST = 100
"""Listings in one transaction: far below what it may take of gas."""


@dataclass(frozen=True)
class Listing:
    """An open offer of a former market. terms: here, with what is left of a limited supply.
    opening: the call that opens it here; None where it was opened before."""

    row: OfferRow
    terms: Offer
    opening: Call | None


@dataclass(frozen=True)
class Plan:
    """What there is to carry on from one former market. left: what cannot be, and why."""

    former: Session
    listings: list[Listing]
    left: list[tuple[OfferRow, str]]


def plans(session: Session) -> Iterator[Plan]:
    """For each former market, every opening tried; carry one on before asking for the next.

    Raises ChainRefused where this market issues no licences: nothing would be sold here.
    """
    chain = session.chain
    if not chain.node.view(chain.deployed.licenses.is_issuer(chain.market)):
        raise ChainRefused(
            f"The market {chain.market} issues no licences yet: carry your listings on once "
            "governance has let it.",
            hint="daimm admin show",
        )
    later: set[Offer] = set()
    for former in session.former:
        yield _plan(session, former, later)
        mine = former.index.offers(seller=session.me.address, limit=None)
        later |= {_known(row.offer) for row in mine}


def _plan(session: Session, former: Session, later: Set[Offer]) -> Plan:
    """later: what the former markets after this one had, open or not."""
    chain, index, me = session.chain, session.index, session.me.address
    index.sync()
    here = {_known(row.offer): row.offer for row in index.offers(seller=me, limit=None)}
    issues = chain.node.view(chain.deployed.licenses.is_issuer(former.chain.market))
    plan = Plan(former, [], [])
    for row in former.index.offers(seller=me, open_only=True, limit=None):
        old = row.offer
        if opened := here.get(_known(old)):
            plan.listings.append(Listing(row, opened, None))
            continue
        if _known(old) in later:
            plan.left.append((row, "a market after that one had it: close it there"))
            continue
        terms = dataclasses.replace(old, supply=old.supply and max(old.supply - row.sold, 0))
        if old.supply and issues:
            plan.left.append((row, "its supply is limited, and the former market still sells it"))
        elif old.supply and not terms.supply:
            plan.left.append((row, "sold out"))
        else:
            (version,) = index.versions(old.model, version=old.version)
            parents = parents_hash(version.parents)
            call = chain.deployed.market.open_offer(terms, version.details, parents)
            try:
                chain.node.simulate(call, me)
                plan.listings.append(Listing(row, terms, call))
            except ChainRefused as error:
                plan.left.append((row, error.message))
    return plan


def carry(session: Session, plan: Plan) -> list[Receipt]:
    """Open here what is not, then close all of it there: one transaction for MOST listings each."""
    there = plan.former.chain.deployed.market
    openings = [each.opening for each in plan.listings if each.opening is not None]
    closings = [there.close_offer(each.row.offer) for each in plan.listings]
    steps = (
        (session.chain.deployed.market, openings, "open your listings here"),
        (there, closings, "close them on the former market"),
    )
    return [
        session.chain.node.send(market.together(calls[at : at + MOST], doing), session.account)
        for market, calls, doing in steps
        for at in range(0, len(calls), MOST)
    ]


def _known(offer: Offer) -> Offer:
    """What stays the same of a listing."""
    return dataclasses.replace(offer, supply=0)
