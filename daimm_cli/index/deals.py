"""What holders sell, rent out and ask for, as the index has it: listings, deals, key requests; and
what is shown to claims.

>>> [row.obstacle(now) for row in index.rows(ListingRow, rents=True, model=3)]
[None]
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from daimm_cli.bindings.structs import Deal, DealState, KeyRequest, Listing, RequestState
from daimm_cli.index.rows import Listed
from daimm_cli.protocol.delivery import KeyProof

if TYPE_CHECKING:
    from daimm_cli.index.index import Index


@dataclass(frozen=True)
class ListingRow(Listed):
    """A licence that its holder sells or rents out. owner: the licence's now. closed: sold, or
    taken back."""

    NAMED: ClassVar = ("listing_id", "listing", "daimm rent list")

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
class KeyRow(Listed):
    """A key that somebody pays for in a deal or a key request. What has not happened is None.

    ident: what the proof of its key is bound to. maker: who owned the model when the version was
    added. holder: whose key may be passed on, where the terms name one. block, block_hash,
    taken_at: of the payment. passed: whether the holder passed the key on.
    """

    ident: bytes
    model: int
    version: int
    maker: str
    holder: str
    state: DealState | RequestState
    block: int
    block_hash: bytes
    taken_at: int
    delivered_block: int | None
    delivered_at: int | None
    deliverer: str | None
    passed: bool
    proof: KeyProof | None
    convicted_block: int | None

    @property
    def waits(self) -> bool:
        """Whether its key was neither delivered nor given up, in time or not."""
        return self.state in (DealState.PENDING, RequestState.PENDING)


@dataclass(frozen=True)
class DealRow(KeyRow):
    """A listing that was taken, until it ends.

    ends_at, collected_at: of a rental, its last second and until when its rent was collected.
    """

    NAMED: ClassVar = ("deal_id", "deal", "daimm rent list --mine")

    deal_id: bytes
    listing_id: bytes
    deal: Deal
    state: DealState
    ends_at: int | None
    collected_at: int | None


@dataclass(frozen=True)
class RequestRow(KeyRow):
    """A key that somebody with access by a licence asked for."""

    request: KeyRequest
    asker: str
    state: RequestState


@dataclass(frozen=True)
class EvidenceRow(Listed):
    """What somebody shows to a claim: the SHA-256 of a raw block."""

    ORDER: ClassVar[str] = "block, position"

    claim: bytes
    party: str
    evidence: bytes
    at: int


def listing_of(index: Index, deal: DealRow) -> Listing:
    """What a deal took."""
    return index.rows(ListingRow, listing_id=deal.listing_id)[0].listing


def key_rows(
    index: Index, limit: int | None = None, **where: str | bytes | int
) -> list[DealRow | RequestRow]:
    """Deals and key requests that fit all that is named."""
    deals: list[DealRow | RequestRow] = [*index.rows(DealRow, limit, **where)]
    return deals + index.rows(RequestRow, limit, **where)
