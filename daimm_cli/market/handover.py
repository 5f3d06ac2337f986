"""Keys that change hands for a fee, in deals and key requests: asked for, answered, opened.

>>> it = find(session, "0x5be2a004")      # a deal, or a key request
>>> deliver_key(session, it)       # as the line's seller, or as the holder whose key it names
>>> line_key(session, it)          # as who paid for it

The money waits in a contract until the key is proven there, as it does for an order, and the same
rules keep a key from being given away unpaid: `daimm_cli.market.deliver`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from daimm_cli.base.errors import ChainRefused, DaimmError
from daimm_cli.base.text import time_shown
from daimm_cli.bindings.structs import Deal, DealId, Delivery, HeldKey, Listing, Passing, RequestId
from daimm_cli.bindings.structs import KeyRequest as Asked
from daimm_cli.chain.terms import ZERO_WORD
from daimm_cli.index.deals import DealRow, RequestRow, listing_of
from daimm_cli.market import deliver, passing
from daimm_cli.market.deliver import Clocks
from daimm_cli.market.lines import own_line
from daimm_cli.market.lookup import find_asked
from daimm_cli.market.receive import kept_key, opened
from daimm_cli.market.wait import depth_of
from daimm_cli.protocol import passing as proofs
from daimm_cli.protocol.curve import NO_POINT, Point, SecretPoint, SecretScalar, keccak
from daimm_cli.protocol.delivery import KeyRequest, hinted
from daimm_cli.protocol.keys import order_key, order_secret
from daimm_cli.protocol.passing import PassRequest, ask, held_id

if TYPE_CHECKING:
    from daimm_cli.bindings.calls import Call, View
    from daimm_cli.chain.answers import Receipt
    from daimm_cli.chain.client import Chain
    from daimm_cli.index.index import Index
    from daimm_cli.session.session import Session

Opens = Callable[[SecretPoint], bool]
"""Whether an S opens the beginning of the file."""


@dataclass(frozen=True)
class Asker:
    """Who asks for a key, by what their secrets follow from, beside the seed.

    scope: 32 bytes that say for what: a listing's id, or a licence's.
    """

    chain_id: int
    contract: str
    scope: bytes
    payer: str
    salt: bytes

    def secret(self, seed: bytes) -> SecretScalar:
        """x, which opens what the line's seller delivers."""
        return order_secret(
            seed,
            chain_id=self.chain_id,
            market=self.contract,
            offer_id=self.scope,
            buyer=self.payer,
            salt=self.salt,
        )

    def pass_secret(self, seed: bytes) -> SecretScalar:
        """x', which opens what a holder passes on: another than x."""
        other = Asker(
            self.chain_id, self.contract, self.scope, self.payer, keccak(b"pass" + self.salt)
        )
        return other.secret(seed)

    def points(self, seed: bytes, held: HeldKey | None) -> tuple[Point, Point]:
        """X, and x'*Z of the held key that may be passed on, if there is one."""
        passed = ask(self.pass_secret(seed), held) if held else NO_POINT
        return order_key(self.secret(seed)), passed


@dataclass(frozen=True)
class Handover:
    """What a deal and a key request have in common.

    name: what people call it. back: the command that takes the money back. terms: line, held
    key and clocks. asked: the points. kept: by which number its key is kept at home. record: where
    it stands on the chain.
    """

    row: DealRow | RequestRow
    name: str
    back: str
    terms: Listing | Asked
    asked: Deal | Asked
    asker: Asker
    kept: int
    record: View[Any]
    refund: Call
    deliver: Callable[[Delivery], Call]
    deliver_if_pending: Callable[[Delivery], Call]
    pass_on: Callable[[HeldKey, Passing], Call]

    @classmethod
    def of(cls, chain: Chain, index: Index, row: DealRow | RequestRow) -> Handover:
        """All of it, from its row."""
        asker = functools.partial(Asker, chain.node.chain_id)
        if isinstance(row, DealRow):
            secondary, listing, deal = chain.deployed.secondary, listing_of(index, row), row.deal
            return cls(
                row,
                f"Deal 0x{row.ident.hex()}",
                f"{'rent' if listing.max_time else 'license'} refund",
                listing,
                deal,
                asker(secondary.address, row.listing_id, deal.taker, deal.salt),
                listing.license,
                secondary.deal_of(DealId(row.ident)),
                secondary.refund(listing, deal),
                functools.partial(secondary.deliver, listing, deal),
                functools.partial(secondary.deliver_if_pending, listing, deal),
                functools.partial(secondary.pass_on, listing, deal),
            )
        requests, it = chain.deployed.key_requests, row.request
        bought = index.orders(license=str(it.license), limit=1)
        # A licence can reach several lines. That of another than it was bought with has its own.
        own = bool(bought) and bought[0].offer.line == it.line
        return cls(
            row,
            f"Key request 0x{row.ident.hex()}",
            "license refund",
            it,
            it,
            asker(requests.address, it.license.to_bytes(32, "big"), it.asker, it.salt),
            it.license if own else int.from_bytes(row.ident, "big"),
            requests.request_of(RequestId(row.ident)),
            requests.refund_key(it),
            functools.partial(requests.deliver_key, it),
            functools.partial(requests.deliver_key_if_pending, it),
            functools.partial(requests.pass_key, it),
        )

    @property
    def clocks(self) -> Clocks:
        """When it was paid for, as the index has it, and when an answer counts last."""
        return Clocks.of(self.terms, self.row.taken_at)

    @property
    def request(self) -> KeyRequest:
        """What the line's seller answers."""
        return KeyRequest(self.row.ident, self.terms.line, self.asked.key)

    @property
    def pass_request(self) -> PassRequest:
        """What a holder answers."""
        return PassRequest(self.row.ident, self.terms.line, self.asked.pass_key)

    def made_by(self, seed: bytes) -> bool:
        """Whether its key follows from this seed."""
        return order_key(self.asker.secret(seed)) == self.asked.key


def find(session: Session, text: str) -> Handover:
    """The deal or the key request with this id, which can be shortened."""
    return Handover.of(session.chain, session.index, find_asked(session.index, text))


def deliver_key(session: Session, it: Handover, confirmations: int | None = None) -> Receipt:
    """Deliver the key, by the rules of orders: as the seller of its line, or as the holder whose
    key the terms name.

    Raises as `deliver.keep`, and ChainRefused where no key is waited for, or the payment is not as
    old as `confirmations` says (None: as the chain needs).
    """
    chain, row = session.chain, it.row
    require_pending(it)
    depth = depth_of(chain, confirmations)
    if not deliver.bought_by(chain, row, max(chain.node.latest().number - depth + 1, 0)):
        raise ChainRefused(
            f"{it.name} is younger than {depth} blocks, so a re-org could still undo its payment: "
            "wait, or accept that with a smaller --confirmations."
        )
    if it.terms.held != ZERO_WORD and row.holder == session.me.address:
        it.clocks.require_time(deliver.moment(chain), seen=False)
        return chain.node.send(it.pass_on(*answer(session, it)), session.courier)
    if row.maker != session.me.address:
        raise ChainRefused(
            f"Version {row.version} of model {row.model} was made by {row.maker}: deliver only "
            "what you made yourself, or choose that account."
        )
    kept = deliver.keep(
        chain,
        session.config.ensure_home(),
        it.request,
        it.clocks,
        lambda: own_line(session, model=row.model, version=row.version).secret,
        session.me.address,
    )
    return chain.node.send(
        it.deliver(kept.delivery),
        session.courier,
        before=lambda _signed: deliver.mark_sent([kept], deliver.moment(chain)),
    )


def holding(
    session: Session, license_id: int, line: Point, name: bytes | None = None
) -> passing.Holding:
    """The key of a line that a licence brought to this home, by a deal, a request or an order.

    name: the one that the chain calls so, of several. Raises as `passing.of_order` where there is
    none, ChainRefused where it is another.
    """
    index, licence, me = session.index, str(license_id), session.me.address
    rows: list[DealRow | RequestRow] = [*index.rows(DealRow, None, license=licence, taker=me)]
    rows += index.rows(RequestRow, None, license=licence, asker=me)
    brought = (Handover.of(session.chain, index, row) for row in rows if row.proof)
    for it in (it for it in brought if it.terms.line == line and it.made_by(session.seed)):
        found = _brought(session, it)
        if name is None or held_id(line, found.held) == name:
            return found
    (order,) = index.orders(license=licence, limit=1)
    found = passing.of_order(session, order)
    if name is not None and held_id(line, found.held) != name:
        raise ChainRefused("The terms name another key than this home has: decline, and list anew.")
    return found


def _brought(session: Session, it: Handover) -> passing.Holding:
    """What was handed over, to be handed on."""
    row, line, seed = it.row, it.terms.line, session.seed
    contract, proof = session.chain.deployed.key_requests, it.row.proof
    assert proof is not None
    if row.passed:
        source, key = passing.shown(session.index, line, it.terms.held), it.asked.pass_key
        given = proofs.hinted(source, it.pass_request, proof)
        shows = contract.prove_passed(row.ident, line, source, key, given)
        secret = it.asker.pass_secret(seed)
        return passing.Holding(proofs.passed(source, key, proof.z), secret, shows)
    held = proofs.delivered(it.asked.key, proof.z)
    shows = contract.prove(row.ident, line, it.asked.key, hinted(it.request, proof))
    return passing.Holding(held, it.asker.secret(seed), shows)


def answer(session: Session, it: Handover) -> tuple[HeldKey, Passing]:
    """What passes the key that the terms name on to who asks."""
    mine = holding(session, it.terms.license, it.terms.line, it.terms.held)
    me = session.me.address
    return mine.held, proofs.pass_on(mine.secret, mine.held, it.pass_request, me)


def line_key(session: Session, it: Handover, opens: Opens | None = None) -> SecretPoint:
    """S of the line: the one kept at home, else opened from what was delivered, and kept."""

    def taken() -> SecretPoint:
        proof = it.row.proof
        if not it.made_by(session.seed):
            raise DaimmError(
                f"The key opens only in the home that asked for it ({it.asker.payer}): restore "
                "that home's seed or set DAIMM_HOME to it."
            )
        if proof is None:
            ends = it.clocks.grace_end
            raise ChainRefused(
                "The key was not delivered yet: without it the money comes back after "
                f"{time_shown(ends)}.",
                hint=f"daimm {it.back} 0x{it.row.ident.hex()}" if session.now > ends else None,
            )
        if not it.row.passed:
            return opened(it.request, proof, it.asker.secret(session.seed))
        held = passing.shown(session.index, it.terms.line, it.terms.held)
        return passing.opened(held, it.pass_request, proof, it.asker.pass_secret(session.seed))

    return kept_key(session, it.kept, it.terms.line, taken, opens)


def require_pending(it: Handover) -> None:
    """Raise ChainRefused where no key is waited for any more."""
    if not it.row.waits:
        raise ChainRefused(f"{it.name} is {it.row.state.name.lower()} already.")
