"""Licences that holders sell and rent out: listed, taken into escrow, opened.

>>> listing = terms(session, find_license(session.index, "0x3f9a61c2", me), price=11574, ...)
>>> ident, sent = open_listing(session, listing)
>>> deal, sent = take(session, row, time=604_800)  # asks

The money waits in the contract `Secondary` until the key is proven there:
`daimm_cli.market.handover`.
"""

from __future__ import annotations

import dataclasses
import functools
import secrets
from pathlib import Path
from typing import Any

from daimm_cli.base.errors import ChainRefused
from daimm_cli.bindings.structs import Bps, Deal, DealState, LicenseId, Listing, ListingId
from daimm_cli.chain.answers import Receipt
from daimm_cli.chain.terms import ZERO_ADDRESS, ZERO_WORD, parents_hash
from daimm_cli.index.deals import DealRow, ListingRow
from daimm_cli.market import passing, splits
from daimm_cli.market.handover import Asker, Handover, holding, line_key
from daimm_cli.market.lookup import Held
from daimm_cli.market.payments import Payments, made
from daimm_cli.session.session import Session


def terms(session: Session, held: Held, *, pass_on: bool = False, **said: Any) -> Listing:
    """A listing of a licence of who acts. pass_on: whether they can hand the key over, too, which
    the chain has to be shown. said: the terms that do not follow from the licence; for sale unless
    they say how long it is let."""
    sale: dict[str, Any] = {"deposit": 0, "min_time": 0, "max_time": 0, "arbitrator": ZERO_ADDRESS}
    offer, index = held.order.offer, session.index
    (version,) = index.versions(offer.model, version=offer.version)
    payout, account = splits.paid(session, version, ZERO_ADDRESS)
    name = ZERO_WORD
    if pass_on:
        mine = holding(session, held.order.license_id, offer.line)
        name = passing.prove(session, offer.line, mine.held, mine.shows)
    return Listing(
        holder=session.me.address,
        license=LicenseId(held.order.license_id),
        model=offer.model,
        version=offer.version,
        line=offer.line,
        held=name,
        royalty=Bps(index.model(offer.model).royalty),
        royalty_payout=payout,
        royalty_account=account,
        salt=secrets.token_bytes(32),
        **sale | said,
    )


def open_listing(session: Session, listing: Listing) -> tuple[bytes, Receipt]:
    """List a licence, after the approval that handing it over takes; its id, and what was sent."""
    chain, deployed = session.chain, session.chain.deployed
    licenses, secondary = deployed.licenses, deployed.secondary
    (version,) = session.index.versions(listing.model, version=listing.version)
    views = (
        licenses.get_approved(listing.license),
        licenses.is_approved_for_all(listing.holder, secondary.address),
    )
    if not chain.node.view(views[1]) and chain.node.view(views[0]) != secondary.address:
        approval = licenses.approve(secondary.address, listing.license)
        doing = "let the contract hand the licence over"
        chain.node.send(dataclasses.replace(approval, doing=doing), session.account)
    call = secondary.list(listing, version.details, parents_hash(version.parents))
    sent = chain.node.send(call, session.account)
    return chain.node.view(secondary.listing_id_of(listing)), sent


def used_until(session: Session, listing: Listing) -> int:
    """Last second of somebody's use of the licence; 0 where nobody uses it."""
    licenses, node = session.chain.deployed.licenses, session.chain.node
    if node.view(licenses.user_of(listing.license)) == ZERO_ADDRESS:
        return 0
    return node.view(licenses.user_expires(listing.license))


def owed(listing: Listing, time: int = 0) -> int:
    """What a taker pays: of a rental for `time` seconds with its deposit, in the smallest unit."""
    return listing.price * (time or 1) + listing.deposit + listing.delivery_fee


def take(
    session: Session, row: ListingRow, *, time: int = 0, used_until: int = 0
) -> tuple[bytes, Receipt]:
    """Pay a listing into escrow; the deal's id, and what was sent. Asks before.

    time: seconds of a rental. used_until: until when somebody else's use is agreed to in a sale.
    Raises ChainRefused where it cannot be taken now.
    """
    chain, listing, me = session.chain, row.listing, session.me.address
    look = "daimm rent list --mine" if listing.max_time else "daimm license list"
    payments = Payments(session, "listing", look, made(session, DealRow, "taker"))
    payments.require_none({row.listing_id})
    if obstacle := row.obstacle(session.now):
        raise ChainRefused(f"The listing cannot be taken: {obstacle}. Look for another.")
    salt, secondary = secrets.token_bytes(32), chain.deployed.secondary
    asker = Asker(chain.node.chain_id, secondary.address, row.listing_id, me, salt)
    named = listing.held != ZERO_WORD
    held = passing.shown(session.index, listing.line, listing.held) if named else None

    def deal() -> Deal:
        return Deal(me, *asker.points(session.new_seed, held), time, used_until, salt)

    sent = payments.pay(
        row.listing_id,
        chain.token(listing.token),
        owed(listing, time),
        lambda deadline: secondary.take(listing, deal(), deadline),
        salt=salt,
    )
    return chain.node.view(secondary.deal_id_of(ListingId(row.listing_id), deal())), sent


def bring_key(session: Session, license_id: int) -> None:
    """Keep the key of a licence that this home bought from its holder, where it came by a deal."""
    me, licence = session.me.address, str(license_id)
    for row in session.index.rows(DealRow, taker=me, license=licence, rents=False):
        it = Handover.of(session.chain, session.index, row)
        if row.state is DealState.CLOSED and it.made_by(session.seed):
            line_key(session, it)


def fetch(
    session: Session, row: DealRow, target: Path | None = None, *, unpack: bool = False
) -> list[Path]:
    """Open what a deal brought, as `fetch.fetch` does for an order."""
    from daimm_cli.market.fetch import fetch_with

    it = Handover.of(session.chain, session.index, row)
    (version,) = session.index.versions(row.model, version=row.version)
    key = functools.partial(line_key, session, it)
    return fetch_with(session, version, version.details.line, key, target, unpack)


def require_state(row: DealRow, *states: DealState) -> None:
    """Raise ChainRefused where the deal is in none of these states."""
    if row.state not in states:
        raise ChainRefused(f"Deal 0x{row.deal_id.hex()} is {row.state.name.lower()} already.")
