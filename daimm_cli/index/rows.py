"""The rows that the index answers with; `daimm_cli.index.reading` makes them.

>>> row.obstacle(now) or "for sale"
'sold out'

Amounts are in the token's smallest unit, times in seconds since 1970.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace
from typing import ClassVar

from daimm_cli.bindings.structs import Bond, Result, ResultState, Ruling
from daimm_cli.chain.terms import ZERO_ADDRESS, Offer, Order, Parent, Version
from daimm_cli.protocol.delivery import KeyProof


class OrderState(enum.Enum):
    """Where an order stands: docs/states.md has the diagram."""

    PENDING = "pending"
    INSPECTION = "inspection"
    HELD = "held"
    SETTLED = "settled"
    REFUNDED = "refunded"
    DECLINED = "declined"


class Listed:
    """A row of a view, as lists have it: the newest comes first. VIEW: `BondRow`s are of bond_list.
    NAMED: the field with its id, what people call it, and the command that lists such."""

    VIEW: ClassVar[str]
    NAMED: ClassVar[tuple[str, str, str]]
    ORDER: ClassVar[str] = "block DESC, position DESC"

    def __init_subclass__(cls) -> None:
        cls.VIEW = f"{cls.__name__.removesuffix('Row').lower()}_list"


@dataclass(frozen=True)
class ModelRow(Listed):
    """A model; royalty in hundredths of a percent, versions counted."""

    ORDER: ClassVar[str] = "model DESC"

    model: int
    owner: str
    royalty: int
    versions: int
    published_at: int


@dataclass(frozen=True)
class CatalogueRow(ModelRow):
    """A model with what is said of its newest version: all None where no manifest was read.

    task: as the card has it; formats: words; size: bytes of all files; problem: why there is none.
    rating: see `index.reputation.Rating`; None where nobody said anything.
    """

    manifest: bytes
    name: str | None
    summary: str | None
    licence: str | None
    task: str | None
    formats: str | None
    size: int | None
    problem: str | None
    tried_at: int | None
    retired: bool
    convicted: bool
    sold: int
    rating: float | None
    reviews: int


@dataclass(frozen=True)
class VersionRow(Listed):
    """A version as registered."""

    ORDER: ClassVar[str] = "version DESC"

    model: int
    version: int
    details: Version
    parents: tuple[Parent, ...]
    retired: bool
    convicted: bool
    added_at: int


_OBSTACLES = {
    "closed": "was closed by its seller",
    "expired": "has run out",
    "sold out": "is sold out",
    "wrong content": "is for a version whose content was proven wrong",
    "version retired": "is for a version that was retired",
    "model has another owner": "is of somebody who no longer owns the model",
    "unknown price rule": "lets a rule quote its price that daimm does not know",
    "token not allowed": "asks for a token that the market does not take",
}


@dataclass(frozen=True)
class OfferRow(Listed):
    """An offer and what decides whether it sells; owner is the model's now.

    understood: whether its price is fixed, or quoted by a rule that daimm knows.
    """

    NAMED: ClassVar = ("offer_id", "offer", "daimm model list")

    offer_id: bytes
    offer: Offer
    opened_at: int
    closed: bool
    retired: bool
    convicted: bool
    sold: int
    owner: str
    allowed: bool
    understood: bool

    def obstacle(self, now: int) -> str | None:
        """Why it cannot be bought at time `now`; None where it can."""
        if self.closed:
            return "closed"
        if self.offer.expires_at and now > self.offer.expires_at:
            return "expired"
        if self.offer.supply and self.sold >= self.offer.supply:
            return "sold out"
        if self.convicted:
            return "wrong content"
        if not self.understood:
            return "unknown price rule"
        if self.retired:
            return "version retired"
        if self.owner != self.offer.seller:
            return "model has another owner"
        return None if self.allowed else "token not allowed"

    SELLS: ClassVar[str] = """
    NOT closed AND NOT retired AND NOT convicted AND owner = seller AND allowed
    AND (terms_expires_at = 0 OR terms_expires_at >= :now)
    AND (terms_supply = 0 OR sold < terms_supply)
    AND terms_rule IN (SELECT value FROM json_each(:rules))
    """
    """`obstacle(:now) is None`, for the database; :rules has the zero address and known rules."""

    def refusal(self, now: int) -> str | None:
        """The same as a sentence."""
        obstacle = self.obstacle(now)
        ident = f"0x{self.offer_id.hex()}"
        return f"Offer {ident} {_OBSTACLES[obstacle]}: look for another." if obstacle else None

    def renews(self, now: int) -> str | None:
        """Why it sells no more time of a licence, as the end of a sentence; None where it does."""
        if not self.offer.duration:
            return "gives access for ever and sells no time"
        if self.offer.rule != ZERO_ADDRESS:
            return "has no fixed price, and renewals need one"
        if not self.offer.price:
            return "is free, and a renewal has to be paid for"
        obstacle = replace(self, sold=0).obstacle(now)
        return _OBSTACLES[obstacle] if obstacle else None


@dataclass(frozen=True)
class OrderRow(Listed):
    """An order from purchase to end. What has not happened is None.

    block, block_hash: of the purchase. delivered_block, ended_block: of what ended the wait for the
    key, and the order. inspection_ends_at: of the arbitrator's time to rule where it is held.
    convicted_block: of the proof that the version's content is wrong.
    """

    NAMED: ClassVar = ("order_id", "order", "daimm order list")

    order_id: bytes
    offer_id: bytes
    offer: Offer
    order: Order
    license_id: int
    state: OrderState
    block: int
    block_hash: bytes
    bought_at: int
    delivered_block: int | None
    delivered_at: int | None
    deliverer: str | None
    proof: KeyProof | None
    inspection_ends_at: int | None
    ended_block: int | None
    ended_at: int | None
    ruling: Ruling | None
    convicted_block: int | None

    @property
    def is_open(self) -> bool:
        """Whether its money still waits."""
        return self.state in (OrderState.PENDING, OrderState.INSPECTION, OrderState.HELD)

    def is_refundable(self, now: int) -> bool:
        """Whether anybody can give the buyer the money back at time `now`."""
        if self.convicted_block is not None:
            return self.is_open
        if self.state is OrderState.HELD:
            return now > (self.inspection_ends_at or 0)
        return self.state is OrderState.PENDING and now > self.grace_end

    @property
    def refund(self) -> int:
        """What a refund gives back: after a delivery its fee is spent."""
        return self.order.price + (0 if self.delivered_at else self.offer.delivery_fee)

    @property
    def deliver_by(self) -> int:
        """When the seller should have delivered."""
        return self.bought_at + self.offer.delivery_time

    @property
    def grace_end(self) -> int:
        """Last second of a delivery; a refund is possible afterwards."""
        return self.deliver_by + self.offer.grace_period


@dataclass(frozen=True)
class LicenseRow(Listed):
    """A licence. owner: the zero address once burned. expires_at: 0 for ever or while pending."""

    license_id: int
    owner: str
    order_id: bytes
    expires_at: int


@dataclass(frozen=True)
class BondRow(Listed):
    """A stake on a version. amount: what was staked first; the chain says what is left of it."""

    NAMED: ClassVar = ("bond_id", "bond", "daimm guarantee list")

    bond_id: bytes
    bond: Bond
    amount: int
    posted_at: int


@dataclass(frozen=True)
class InsuredRow(BondRow):
    """One of which some pool insures orders, or did."""


@dataclass(frozen=True)
class CoverRow(Listed):
    """What insures an order, in some pool. start, end: what becomes known between counts; paid:
    None as long as nothing was."""

    order_id: bytes
    bond_id: bytes
    buyer: str
    amount: int
    premium: int
    start: int
    end: int
    paid: int | None


@dataclass(frozen=True)
class ClaimRow(Listed):
    """A claim against a deal. opposer, ruling: None as long as there is none. cost: what the
    opposer paid, in wei."""

    claim: bytes
    target: str
    claimant: str
    opened_at: int
    opposer: str | None
    dispute_id: int | None
    cost: int | None
    opposed_at: int | None
    ruling: Ruling | None
    executed: bool


@dataclass(frozen=True)
class ResultRow(Listed):
    """What an evaluator measured and staked on. claimant: None where nobody claims against it, or
    lost. lost: how many claims were. claimable_until: the last second for another.

    state: as far as it was told; one that is posted stands after that second, too.
    """

    NAMED: ClassVar = ("result_id", "result", "daimm bench results")

    result_id: bytes
    result: Result
    state: ResultState
    posted_at: int
    claimant: str | None
    lost: int
    claimable_until: int


@dataclass(frozen=True)
class Credit:
    """What a ledger (Market, Bonds, ...) owes to (payee, account) in one token."""

    payee: str
    account: bytes
    token: str
    amount: int
    ledger: str = "Market"
