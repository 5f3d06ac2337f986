"""What holders sell and rent out, as the index has it: listings, and deals by which they are taken.

>>> [row.obstacle(now) for row in index.rows(ListingRow, rents=True, model=3)]
[None]
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from daimm_cli.bindings.structs import Deal, DealState, Listing
from daimm_cli.index.rows import Listed
from daimm_cli.protocol.delivery import KeyProof

if TYPE_CHECKING:
    from daimm_cli.index.index import Index


@dataclass(frozen=True)
class ListingRow(Listed):
    """A licence that its holder sells or rents out. owner: the licence's now. closed: sold, or
    taken back."""

    VIEW: ClassVar[str] = "listing_list"

    listing_id: bytes
    listing: Listing
    closed: bool
    convicted: bool
    owner: str

    def obstacle(self, now: int) -> str | None:
        """Why it cannot be taken at time `now`; None where it can, as far as the index knows."""
        if self.closed:
            return "closed"
        if now > self.listing.expires_at:
            return "expired"
        if self.convicted:
            return "wrong content"
        return None if self.owner == self.listing.holder else "licence has another owner"


@dataclass(frozen=True)
class DealRow(Listed):
    """A listing that was taken, until it ends. What has not happened is None.

    maker: the model's owner now. block, block_hash: of the taking. passed: whether a holder passed
    the key on. ends_at, collected_at: of a rental, its last second and until when its rent was
    collected.
    """

    VIEW: ClassVar[str] = "deal_list"

    deal_id: bytes
    listing_id: bytes
    deal: Deal
    holder: str
    maker: str
    model: int
    version: int
    state: DealState
    block: int
    block_hash: bytes
    taken_at: int
    delivered_block: int | None
    delivered_at: int | None
    deliverer: str | None
    passed: bool
    proof: KeyProof | None
    ends_at: int | None
    collected_at: int | None
    convicted_block: int | None


def listing_of(index: Index, deal: DealRow) -> Listing:
    """What a deal took."""
    return index.rows(ListingRow, listing_id=deal.listing_id)[0].listing
