"""What is due of deals: keys of lines that a seller made, and rent of licences that they let.

>>> list(due(index, seller, {aim: 100 * 10**18}, final, head))
['hand 0x5be2...', 'rent 0x77b0...']

A key is handed over by the rules of orders (`daimm_cli.market.deliver`); what it brings is the
delivery fee and the royalty. Rent is collected from the amount on from which credits are withdrawn,
and all of it once a rental is over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from daimm_cli.base.errors import ChainRefused
from daimm_cli.bindings.structs import DealId, DealState, HeldKey, Listing, Passing
from daimm_cli.chain.terms import ZERO_WORD
from daimm_cli.index.deals import DealRow, listing_of
from daimm_cli.index.rows import OrderRow
from daimm_cli.market import deals, deliver, rentals
from daimm_cli.market.deliver import Clocks
from daimm_cli.protocol.delivery import KeyRequest
from daimm_cli.protocol.passing import PassRequest

if TYPE_CHECKING:
    from daimm_cli.chain.answers import Header
    from daimm_cli.chain.client import Chain
    from daimm_cli.chain.node import Call
    from daimm_cli.index.index import Index
    from daimm_cli.market.deliver import Kept, Moment
    from daimm_cli.protocol.curve import SecretScalar

Answer = Callable[[OrderRow, PassRequest], tuple[HeldKey, Passing]]
"""Passes the key of an order on to who asks."""

HAND, RENT = "hand", "rent"
GAS = {HAND: 140_000, RENT: 90_000}
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
    for row in index.rows(DealRow, None, maker=seller, state=int(DealState.PENDING)):
        if row.block <= final.number and _stands(index, HAND, row, head.time):
            yield f"{HAND} 0x{row.deal_id.hex()}"
    for row in index.rows(DealRow, None, holder=seller, state=int(DealState.PENDING)):
        if row.block <= final.number and passes_on(index, row, seller, head.time):
            yield f"{HAND} 0x{row.deal_id.hex()}"
    for state in (DealState.RUNNING, DealState.HELD):
        for row in index.rows(DealRow, None, holder=seller, rents=True, state=int(state)):
            listing = listing_of(index, row)
            least = thresholds.get(listing.token, 0)
            pays = 0 < least <= rentals.uncollected(listing, row, head.time)
            is_final = (row.delivered_block or 0) <= final.number
            if is_final and (pays or rentals.over(listing, row) < head.time):
                yield f"{RENT} 0x{row.deal_id.hex()}"


def stands(index: Index, kind: str, deal_id: bytes, now: int) -> bool:
    """Whether a duty that was begun still makes sense, as far as the index knows."""
    return any(_stands(index, kind, row, now) for row in index.rows(DealRow, deal_id=deal_id))


def passes_on(index: Index, row: DealRow, seller: str, now: int) -> bool:
    """Whether the key is theirs to pass on, as a holder who said so."""
    named = row.holder == seller and listing_of(index, row).held != ZERO_WORD
    return named and row.maker != seller and _stands(index, HAND, row, now)


def find(index: Index, deal_id: bytes) -> DealRow:
    """Raises ChainRefused where a re-org took it."""
    for row in index.rows(DealRow, deal_id=deal_id):
        return row
    raise ChainRefused(f"There is no deal 0x{deal_id.hex()} any more.")


def rent(chain: Chain, index: Index, row: DealRow, now: int) -> Part:
    """What collects the rent until now, or closes the rental; ChainRefused where neither is due."""
    listing, secondary = listing_of(index, row), chain.deployed.secondary
    brings = rentals.uncollected(listing, row, now)
    if rentals.over(listing, row) < now:
        call, brings = secondary.close_if_due(listing, row.deal), brings + listing.deposit
    else:
        call = secondary.collect_if_due(listing, row.deal)
    if not any(chain.node.simulate(call, row.holder)):
        raise ChainRefused(f"Nothing is due of rental 0x{row.deal_id.hex()}.")
    return Part(call, listing.token, brings)


def key(
    chain: Chain,
    index: Index,
    home: Path,
    row: DealRow,
    line_of: Callable[[], SecretScalar],
    receiver: str,
) -> Part:
    """What hands the key of a deal over; ChainRefused where the chain does not wait for it."""
    listing, secondary = listing_of(index, row), chain.deployed.secondary
    record = chain.node.view(secondary.deal_of(DealId(row.deal_id)))
    if record.state is not DealState.PENDING:
        raise ChainRefused(f"Deal 0x{row.deal_id.hex()} does not wait for a key.")
    clocks = Clocks.of(listing, record.since)
    request = KeyRequest(row.deal_id, listing.line, row.deal.key)
    kept = deliver.keep(chain, home, request, clocks, line_of, receiver)
    call = secondary.deliver_if_pending(listing, row.deal, kept.delivery)
    chain.node.simulate(call, receiver)
    return Part(call, listing.token, _brings(listing, row), kept, clocks.grace_end)


def passed(chain: Chain, index: Index, row: DealRow, now: Moment, answer: Answer) -> Part:
    """What passes a holder's key on; ChainRefused where the chain does not wait for it."""
    listing, secondary = listing_of(index, row), chain.deployed.secondary
    clocks = Clocks.of(listing, row.taken_at)
    clocks.require_time(now, seen=False)
    orders = index.orders(license=str(listing.license))
    held, passing = answer(orders[0], PassRequest(row.deal_id, listing.line, row.deal.pass_key))
    call = secondary.pass_on(listing, row.deal, held, passing)
    chain.node.simulate(call, row.holder)
    return Part(call, listing.token, listing.price * (row.deal.time or 1), None, clocks.grace_end)


def _brings(listing: Listing, row: DealRow) -> int:
    earned = deals.owed(listing, row.deal.time) - listing.deposit - listing.delivery_fee
    return listing.delivery_fee + earned * listing.royalty // 10_000


def _stands(index: Index, kind: str, row: DealRow, now: int) -> bool:
    if kind == RENT:
        return row.state in (DealState.RUNNING, DealState.HELD)
    ends = Clocks.of(listing_of(index, row), row.taken_at).grace_end
    return row.state is DealState.PENDING and row.convicted_block is None and now <= ends
