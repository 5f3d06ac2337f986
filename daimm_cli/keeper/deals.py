"""What is due of deals and key requests: keys of a seller's lines, and rent of their licences.

>>> list(due(index, seller, {aim: 100 * 10**18}, final, head))
['hand 0x5be2...', 'answer 0x9c41...', 'rent 0x77b0...']

A key is handed over by the rules of orders (`daimm_cli.market.deliver`); what it brings is the fee
and, of deals, the royalty. Rent is collected from the amount on from which credits are withdrawn,
and all of it once a rental is over; then others' rentals are closed, too, for the royalty.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from daimm_cli.base.errors import ChainRefused
from daimm_cli.bindings.structs import (
    Deal,
    DealState,
    HeldKey,
    KeyRequest,
    Listing,
    Passing,
    RequestState,
)
from daimm_cli.chain.terms import ZERO_WORD
from daimm_cli.index.deals import DealRow, RequestRow, key_rows, listing_of
from daimm_cli.market import deals, deliver, rentals
from daimm_cli.market.deliver import Clocks

if TYPE_CHECKING:
    from daimm_cli.chain.answers import Header
    from daimm_cli.chain.client import Chain
    from daimm_cli.chain.node import Call
    from daimm_cli.index.index import Index
    from daimm_cli.market.deliver import Kept, Moment
    from daimm_cli.market.handover import Handover
    from daimm_cli.protocol.curve import SecretScalar

Answer = Callable[["Handover"], tuple[HeldKey, Passing]]
"""Passes a key that is held on to who asks."""

HAND, ANSWER, RENT = "hand", "answer", "rent"
GAS = {HAND: 140_000, ANSWER: 90_000, RENT: 90_000}
"""What each costs alone, to weigh it with."""


@dataclass(frozen=True)
class Part:
    """A call, and what it brings in the smallest unit of a token. deadline: its last second, or
    0."""

    call: Call
    token: str
    brings: int
    delivery: Kept | None = None
    deadline: int = 0


def due(
    index: Index, seller: str, thresholds: Mapping[str, int], final: Header, head: Header
) -> Iterator[str]:
    """The subjects that are due: of what was paid, or begun, in a block that is final."""
    waiting = int(DealState.PENDING)
    held = key_rows(index, holder=seller, state=waiting)
    theirs = [row for row in held if passes_on(index, row, seller)]
    for asked in (*key_rows(index, maker=seller, state=waiting), *theirs):
        if asked.block <= final.number and _waits(index, asked, head.time):
            yield f"{HAND if isinstance(asked, DealRow) else ANSWER} 0x{asked.ident.hex()}"
    for let in _let(index, seller):
        listing = listing_of(index, let)
        least = thresholds.get(listing.token, 0)
        pays = let.holder == seller and 0 < least <= rentals.uncollected(listing, let, head.time)
        is_final = (let.delivered_block or 0) <= final.number
        ends = let.holder == seller or _royalty(listing, let, head.time) > 0
        if is_final and (pays or (ends and rentals.over(listing, let) < head.time)):
            yield f"{RENT} 0x{let.deal_id.hex()}"


def stands(index: Index, kind: str, ident: bytes, now: int) -> bool:
    """Whether a duty that was begun still makes sense, as far as the index knows."""
    if kind == RENT:
        running = (DealState.RUNNING, DealState.HELD)
        return any(row.state in running for row in index.rows(DealRow, deal_id=ident))
    return any(_waits(index, row, now) for row in key_rows(index, ident=ident))


def passes_on(index: Index, row: DealRow | RequestRow, seller: str) -> bool:
    """Whether the key is theirs to pass on, as a holder whose key the terms name."""
    if row.holder != seller or row.maker == seller:
        return False
    terms = listing_of(index, row) if isinstance(row, DealRow) else row.request
    return terms.held != ZERO_WORD


def find(index: Index, ident: bytes) -> DealRow | RequestRow:
    """Raises ChainRefused where a re-org took it."""
    for row in key_rows(index, ident=ident):
        return row
    raise ChainRefused(f"There is no deal or key request 0x{ident.hex()} any more.")


def rent(chain: Chain, index: Index, row: DealRow, seller: str, now: int) -> Part:
    """What collects the rent until now, or closes the rental; ChainRefused where neither is due."""
    listing, secondary = listing_of(index, row), chain.deployed.secondary
    brings = rentals.uncollected(listing, row, now) if row.holder == seller else 0
    if rentals.over(listing, row) < now:
        call = secondary.close_if_due(listing, row.deal)
        if row.holder == seller:
            brings += listing.deposit  # their renter's; of others it is nothing to them
        if row.maker == seller:
            brings += _royalty(listing, row, now)
    else:
        call = secondary.collect_if_due(listing, row.deal)
    if not any(chain.node.simulate(call, row.holder)):
        raise ChainRefused(f"Nothing is due of rental 0x{row.deal_id.hex()}.")
    return Part(call, listing.token, brings)


def key(
    chain: Chain,
    home: Path,
    it: Handover,
    line_of: Callable[[], SecretScalar],
    receiver: str,
) -> Part:
    """What hands a key over; ChainRefused where the chain does not wait for it."""
    record = chain.node.view(it.record)
    if record.state not in (DealState.PENDING, RequestState.PENDING):
        raise ChainRefused(f"{it.name} does not wait for a key.")
    clocks = Clocks.of(it.terms, record.since)
    kept = deliver.keep(chain, home, it.request, clocks, line_of, receiver)
    call = it.deliver_if_pending(kept.delivery)
    chain.node.simulate(call, receiver)
    return Part(call, it.terms.token, _brings(it), kept, clocks.grace_end)


def passed(chain: Chain, it: Handover, now: Moment, answer: Answer) -> Part:
    """What passes a holder's key on; ChainRefused where the chain does not wait for it."""
    it.clocks.require_time(now, seen=False)
    call = it.pass_on(*answer(it))
    chain.node.simulate(call, it.row.holder)
    return Part(call, it.terms.token, _brings(it, holds=True), None, it.clocks.grace_end)


def _royalty(listing: Listing, row: DealRow, now: int) -> int:
    return rentals.earned(listing, row, now) * listing.royalty // 10_000


def _let(index: Index, seller: str) -> Iterator[DealRow]:
    """Rentals that are not closed, of licences that they let or whose model they made: a close
    credits the royalty."""
    for state in (DealState.RUNNING, DealState.HELD):
        where = {"rents": True, "state": int(state)}
        theirs = index.rows(DealRow, None, holder=seller, **where)
        made = index.rows(DealRow, None, maker=seller, **where)
        yield from theirs
        yield from (row for row in made if row.holder != seller)


def _brings(it: Handover, *, holds: bool = False) -> int:
    """What it brings to who made the model, or to the holder, who may keep the fee, too."""
    if isinstance(it.terms, KeyRequest):
        return it.terms.fee
    time = it.asked.time if isinstance(it.asked, Deal) else 0
    if holds:
        return it.terms.price * (time or 1)
    earned = deals.owed(it.terms, time) - it.terms.deposit - it.terms.delivery_fee
    return it.terms.delivery_fee + earned * it.terms.royalty // 10_000


def _waits(index: Index, row: DealRow | RequestRow, now: int) -> bool:
    terms = listing_of(index, row) if isinstance(row, DealRow) else row.request
    in_time = now <= Clocks.of(terms, row.taken_at).grace_end
    return row.waits and row.convicted_block is None and in_time
