"""Licences that holders sell and rent out: listed, taken into escrow, delivered, opened.

>>> listing = terms(session, find_license(session.index, "0x3f9a61c2", me), price=11574, ...)
>>> ident, sent = open_listing(session, listing)
>>> deal, sent = take(session, find_listing(session.index, "0x77b0e4d9"), time=604_800)  # asks

The money waits in the contract `Secondary` until the key is proven there, as it does for an order,
and the same rules keep a key from being given away unpaid: `daimm_cli.market.deliver`.
"""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from daimm_cli.base.errors import ChainRefused, DaimmError
from daimm_cli.base.text import time_shown
from daimm_cli.bindings.structs import Bps, Deal, DealState, LicenseId, Listing, ListingId
from daimm_cli.chain import payment
from daimm_cli.chain.terms import ZERO_ADDRESS, ZERO_WORD, parents_hash
from daimm_cli.index.deals import DealRow, listing_of
from daimm_cli.market import deliver, passing, splits
from daimm_cli.market.lines import own_line
from daimm_cli.market.lookup import find_license
from daimm_cli.market.money import require_funds
from daimm_cli.market.receive import kept_key, opened
from daimm_cli.market.wait import depth_of, mined_by
from daimm_cli.protocol.curve import NO_POINT, Point, SecretPoint, SecretScalar, keccak
from daimm_cli.protocol.delivery import KeyRequest
from daimm_cli.protocol.keys import order_key, order_secret
from daimm_cli.protocol.passing import PassRequest, ask

if TYPE_CHECKING:
    from pathlib import Path

    from daimm_cli.chain.answers import Receipt
    from daimm_cli.chain.transactions import Signer
    from daimm_cli.index.deals import ListingRow
    from daimm_cli.market.lookup import Held
    from daimm_cli.session.session import Session


def terms(session: Session, held: Held, *, pass_on: bool = False, **said: Any) -> Listing:
    """A listing of a licence of who acts. pass_on: whether they can hand the key over, too, which
    the chain has to be shown. said: the terms that do not follow from the licence."""
    offer, index = held.order.offer, session.index
    (version,) = index.versions(offer.model, version=offer.version)
    payout, account = splits.paid(session, version, ZERO_ADDRESS)
    return Listing(
        holder=session.me.address,
        license=LicenseId(held.order.license_id),
        model=offer.model,
        version=offer.version,
        line=offer.line,
        held=passing.prove(session, held.order) if pass_on else ZERO_WORD,
        royalty=Bps(index.model(offer.model).royalty),
        royalty_payout=payout,
        royalty_account=account,
        salt=secrets.token_bytes(32),
        **said,
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
    if obstacle := row.obstacle(session.now):
        raise ChainRefused(f"The listing cannot be taken: {obstacle}. Look for another.")
    token, total = chain.token(listing.token), owed(listing, time)
    require_funds(session, token, total)
    session.console.confirm(f"Pay {token.shown(total)}?")
    account = session.account.asking(dataclasses.replace(session.asking, agreed=True))
    salt, secondary = secrets.token_bytes(32), chain.deployed.secondary
    key = order_key(_secret(session, session.new_seed, row.listing_id, me, salt))
    pass_key: Point = NO_POINT
    if listing.held != ZERO_WORD:
        held = passing.shown(session.index, listing.line, listing.held)
        pass_key = ask(_pass_secret(session, session.new_seed, row.listing_id, me, salt), held)
    deal = Deal(me, key, pass_key, time, used_until, salt)
    approve_payment(session, account, listing.token, total)
    call = secondary.take(listing, deal, mined_by(session))
    sent = chain.node.send(call, account)
    return chain.node.view(secondary.deal_id_of(ListingId(row.listing_id), deal)), sent


def approve_payment(session: Session, account: Signer, token: str, total: int) -> None:
    """Let the contract take so much of a token of who acts, where it cannot yet."""
    chain, secondary = session.chain, session.chain.deployed.secondary.address
    if chain.allowance(token, account.address, secondary) < total:
        for approval in payment.approvals(chain, account, token, total, secondary):
            chain.node.send(approval, account)


def deliver_key(session: Session, row: DealRow, confirmations: int | None = None) -> Receipt:
    """Deliver the key of a deal, by the rules of orders: as the seller of its line, or as its
    holder, where the listing names the key that they pass on.

    Raises as `deliver.keep`, and ChainRefused where the deal does not wait for a key, or is not as
    old as `confirmations` says (None: as the chain needs).
    """
    chain, listing = session.chain, listing_of(session.index, row)
    require_state(row, DealState.PENDING)
    depth = depth_of(chain, confirmations)
    if not deliver.bought_by(chain, row, max(chain.node.latest().number - depth + 1, 0)):
        raise ChainRefused(
            f"The deal is younger than {depth} blocks, so a re-org could still undo its payment: "
            "wait, or accept that with a smaller --confirmations."
        )
    clocks, secondary = deliver.Clocks.of(listing, row.taken_at), chain.deployed.secondary
    if listing.held != ZERO_WORD and listing.holder == session.me.address:
        clocks.require_time(deliver.moment(chain), seen=False)
        order = find_license(session.index, f"0x{listing.license:064x}", listing.holder).order
        request = PassRequest(row.deal_id, listing.line, row.deal.pass_key)
        held, passed = passing.answer(session, order, request)
        call = secondary.pass_on(listing, row.deal, held, passed)
        return chain.node.send(call, session.courier)
    kept = deliver.keep(
        chain,
        session.config.ensure_home(),
        KeyRequest(row.deal_id, listing.line, row.deal.key),
        clocks,
        lambda: own_line(session, model=row.model, version=row.version).secret,
        session.me.address,
    )
    return chain.node.send(
        secondary.deliver(listing, row.deal, kept.delivery),
        session.courier,
        before=lambda _signed: deliver.mark_sent([kept], deliver.moment(chain)),
    )


def line_key(
    session: Session, row: DealRow, opens: Callable[[SecretPoint], bool] | None = None
) -> SecretPoint:
    """S of a deal's line: the one kept at home, else opened from what was delivered, and kept."""
    listing = listing_of(session.index, row)

    def taken() -> SecretPoint:
        deal = row.deal
        x = _secret(session, session.seed, row.listing_id, deal.taker, deal.salt)
        if order_key(x) != deal.key:
            raise DaimmError(
                f"The key opens only in the home that took the listing ({deal.taker}): restore "
                "that home's seed or set DAIMM_HOME to it."
            )
        if row.proof is None:
            ends = deliver.Clocks.of(listing, row.taken_at).grace_end
            raise ChainRefused(
                f"The key was not delivered yet: without it the money comes back after "
                f"{time_shown(ends)}.",
                hint=f"daimm rent refund 0x{row.deal_id.hex()}",
            )
        if row.passed:
            secret = _pass_secret(session, session.seed, row.listing_id, deal.taker, deal.salt)
            held = passing.shown(session.index, listing.line, listing.held)
            request = PassRequest(row.deal_id, listing.line, deal.pass_key)
            return passing.opened(held, request, row.proof, secret)
        return opened(KeyRequest(row.deal_id, listing.line, deal.key), row.proof, x)

    return kept_key(session, listing.license, listing.line, taken, opens)


def bring_key(session: Session, license_id: int) -> None:
    """Keep the key of a licence that who acts bought from its holder, where it came by a deal."""
    me, licence = session.me.address, str(license_id)
    for row in session.index.rows(DealRow, taker=me, license=licence, rents=False):
        if row.state is DealState.CLOSED:
            line_key(session, row)


def fetch(
    session: Session, row: DealRow, target: Path | None = None, *, unpack: bool = False
) -> list[Path]:
    """Open what a deal brought, as `fetch.fetch` does for an order."""
    from daimm_cli.market.fetch import fetch_with

    line_key(session, row)
    (version,) = session.index.versions(row.model, version=row.version)

    def key(opens: Callable[[SecretPoint], bool] | None) -> SecretPoint:
        return line_key(session, row, opens)

    return fetch_with(session, version, version.details.line, key, target, unpack)


def require_state(row: DealRow, *states: DealState) -> None:
    """Raise ChainRefused where the deal is in none of these states."""
    if row.state not in states:
        raise ChainRefused(f"Deal 0x{row.deal_id.hex()} is {row.state.name.lower()} already.")


def _pass_secret(
    session: Session, seed: bytes, listing: bytes, taker: str, salt: bytes
) -> SecretScalar:
    """x' of a deal, which opens what its holder passes on: another than x."""
    return _secret(session, seed, listing, taker, keccak(b"pass" + salt))


def _secret(session: Session, seed: bytes, listing: bytes, taker: str, salt: bytes) -> SecretScalar:
    """x of a deal: seed and public terms restore it."""
    chain = session.chain
    return order_secret(
        seed,
        chain_id=chain.node.chain_id,
        market=chain.deployed.secondary.address,
        offer_id=listing,
        buyer=taker,
        salt=salt,
    )
