"""Rentals: what they earn, more time, an early end, and collecting what is due.

>>> due(session, mine(session))
[DealRow(deal_id=b'...', ...)]
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING

from daimm_cli.base.errors import ChainRefused
from daimm_cli.base.text import DAY
from daimm_cli.bindings.structs import DealState
from daimm_cli.chain.terms import ZERO_ADDRESS
from daimm_cli.index.deals import DealRow, listing_of
from daimm_cli.market.deals import require_state
from daimm_cli.market.offers import MAX_HOLD
from daimm_cli.market.payments import Payments, mined
from daimm_cli.market.wait import PATIENCE

if TYPE_CHECKING:
    from daimm_cli.bindings.structs import Listing
    from daimm_cli.chain.answers import Receipt
    from daimm_cli.chain.node import Call
    from daimm_cli.chain.views import Token
    from daimm_cli.session.session import Session

CLAIM_TIME = 3 * DAY
"""Seconds after a rental in which its deposit can be claimed."""

CLOSING = 80_000
"""Gas that closing one takes, when it is not over at the estimate and is once it is mined."""

MOST = 20
"""Rentals of which rent is collected in one transaction."""


def mine(session: Session, model: int | None = None) -> list[DealRow]:
    """What who acts rents, and rents out, newest first. model: only this one's."""
    me, index = session.me.address, session.index
    found = index.rows(DealRow, rents=True, holder=me, model=model)
    found += index.rows(DealRow, rents=True, taker=me, model=model)
    unique = {row.deal_id: row for row in found}.values()
    return sorted(unique, key=lambda row: (row.block, row.deal_id), reverse=True)


def earned(listing: Listing, row: DealRow, now: int) -> int:
    """The rent until `now`, before royalty and protocol fee."""
    if row.delivered_at is None or row.ends_at is None:
        return 0
    return listing.price * (min(now, row.ends_at) - row.delivered_at)


def uncollected(listing: Listing, row: DealRow, now: int) -> int:
    """What of that was not collected yet."""
    if row.delivered_at is None or row.collected_at is None:
        return earned(listing, row, now)
    return earned(listing, row, now) - listing.price * (row.collected_at - row.delivered_at)


def over(listing: Listing, row: DealRow) -> int:
    """Last second before anybody may close it: of the rental, or of claims to its deposit."""
    claimable = listing.deposit and listing.arbitrator != ZERO_ADDRESS
    held = MAX_HOLD if row.state is DealState.HELD else 0
    return (row.ends_at or 0) + (CLAIM_TIME if claimable else 0) + held


def shown(token: Token, amount: int) -> str:
    """An amount of rent to six places: it is counted by the second, in the smallest unit."""
    unit = 10 ** max(token.decimals - 6, 0)
    return token.shown((amount + unit // 2) // unit * unit)


def extend(session: Session, row: DealRow, time: int) -> Receipt:
    """Pay for so many more seconds; asks before."""
    chain, listing = session.chain, listing_of(session.index, row)
    require_state(row, DealState.RUNNING)
    payments = Payments(session, "rental", f"daimm rent show 0x{row.deal_id.hex()}", mined(session))
    return payments.pay(
        row.deal_id,
        chain.token(listing.token),
        listing.price * time,
        lambda deadline: chain.deployed.secondary.extend(listing, row.deal, time, deadline),
    )


def end(session: Session, row: DealRow) -> Receipt:
    """Give the use up and have the rest of the rent credited, in one transaction after an approval:
    an owner who made the renter the user again in between would stop it else."""
    chain, me = session.chain, session.me.address
    require_state(row, DealState.RUNNING)
    if row.deal.taker != me:
        raise ChainRefused(f"{row.deal.taker} rents it: choose that account.")
    licenses, secondary = chain.deployed.licenses, chain.deployed.secondary
    if not chain.node.view(licenses.is_approved_for_all(me, secondary.address)):
        approval = licenses.set_approval_for_all(secondary.address, True)
        doing = "let the contract give up what is rented"
        chain.node.send(dataclasses.replace(approval, doing=doing), session.account)
    call = secondary.end(listing_of(session.index, row), row.deal)
    return chain.node.send(call, session.account)


def calls(session: Session, row: DealRow) -> list[Call]:
    """What collects the rent of a rental, and closes it where it is over: neither does harm where
    it is not due."""
    listing, secondary = listing_of(session.index, row), session.chain.deployed.secondary
    return [
        secondary.collect_if_due(listing, row.deal),
        secondary.close_if_due(listing, row.deal),
    ]


def due(session: Session, rows: Sequence[DealRow]) -> list[DealRow]:
    """Those of them where something would be collected or closed now, as the chain says; as many as
    one transaction takes."""
    node, me = session.chain.node, session.me.address
    running = (row for row in rows if row.state in (DealState.RUNNING, DealState.HELD))
    found = (row for row in running if any(any(node.simulate(c, me)) for c in calls(session, row)))
    return list(itertools.islice(found, MOST))


def settle(session: Session, rows: Sequence[DealRow]) -> Receipt:
    """Collect the rent of these, and close those that are over, in one transaction."""
    together = [call for row in rows for call in calls(session, row)]
    spare = CLOSING * sum((row.ends_at or 0) <= session.now + PATIENCE for row in rows)
    call = session.chain.deployed.secondary.together(together, "collect rent")
    return session.chain.node.send(dataclasses.replace(call, spare=spare), session.account)
