"""Models as people look at them, with names from manifests at hand; and giving one away.

>>> [(entry.model.model, entry.name) for entry in catalogue(session)]
[(3, 'magika')]

Names and descriptions are the sellers' words; a manifest counts only if the chain committed to it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daimm_cli.base.errors import ChainRefused, DaimmError
from daimm_cli.base.text import sanitise
from daimm_cli.bindings.values import checksummed
from daimm_cli.chain.terms import ZERO_ADDRESS, ModelId
from daimm_cli.index.rows import OrderState
from daimm_cli.market.listing import read_listing, titled
from daimm_cli.store.fetcher import Fetcher

if TYPE_CHECKING:
    from daimm_cli.chain.client import Chain
    from daimm_cli.index.rows import ModelRow, OfferRow
    from daimm_cli.manifest.manifest import SignedManifest
    from daimm_cli.session.session import Session


@dataclass(frozen=True)
class Entry:
    """A model, what can be bought of it now, and the cheapest of that (see `cheapest`)."""

    model: ModelRow
    name: str | None
    offers: list[OfferRow]
    best: OfferRow | None


def catalogue(session: Session, *, mine: bool = False, limit: int | None = 100) -> list[Entry]:
    """The newest models."""
    chain, index, now = session.chain, session.index, session.now
    owner = session.me.address if mine else None
    models = index.models(owner=owner, limit=limit)
    on_sale: dict[int, list[OfferRow]] = {model.model: [] for model in models}
    for row in index.offers(models=[*on_sale], open_only=True, limit=None):
        if row.obstacle(now) is None:
            on_sale[row.offer.model].append(row)
    chain.tokens({row.offer.token for offers in on_sale.values() for row in offers})
    entries, at_hand = [], Fetcher(session.store)
    for model in models:
        newest = index.versions(model.model, version=model.versions)
        name = None  # where the local store has no manifest, or a wrong one
        with contextlib.suppress(DaimmError):
            name = read_listing(session, newest[0], fetcher=at_hand).name if newest else None
        offers = on_sale[model.model]
        entries.append(Entry(model, name, offers, cheapest(offers, chain.aim)))
    return entries


def cheapest(offers: Sequence[OfferRow], aim: str) -> OfferRow | None:
    """The offer with the least to pay in AIM; without one in AIM, in the only token there is.

    None where there are several tokens: their amounts cannot be compared.
    """
    tokens = {row.offer.token for row in offers}
    token = aim if aim in tokens or len(tokens) != 1 else tokens.pop()
    rows = [row for row in offers if row.offer.token == token]
    return min(rows, key=lambda row: row.offer.total, default=None)


def said(signed: SignedManifest, version: int) -> dict[str, object]:
    """What a manifest says, for people."""
    files = [f"{file.name} ({file.format}, {file.size:,} bytes)" for file in signed.files[:5]]
    more = len(signed.files) - len(files)
    return {
        "name": titled(signed, version),
        "summary": sanitise(signed.description, 1_000),
        "licence": signed.terms.shown,
        "files": ", ".join(files) + (f" and {more} more" if more else ""),
        "artifact": signed.artifact.cid,
    }


@dataclass(frozen=True)
class Plan:
    """What a transfer would change.

    offers: how many stop selling. waiting: ids of orders that wait for the old owner's key.
    """

    model: int
    receiver: str
    offers: int
    waiting: tuple[bytes, ...]

    @property
    def text(self) -> str:
        """As sentences for who is asked."""
        selling, orders = self.offers, len(self.waiting)
        return "\n".join(
            [
                f"Model {self.model} goes to {self.receiver}. Only its new owner can give it back.",
                *([f"Offers of yours that stop selling: {selling}."] if selling else []),
                *([f"Orders that wait, and stay yours to deliver: {orders}."] if orders else []),
                "Its key lines stay with your seed: the new owner publishes on lines of their own.",
            ]
        )


def plan(session: Session, model: int, receiver: str) -> Plan:
    """What it would change to give the model to `receiver`.

    Raises DaimmError where the receiver cannot be meant: nobody, the owner, or one of the market's
    own contracts, where the model would stay for ever; ChainRefused where the model is another's.
    """
    chain, index, owner = session.chain, session.index, session.me.address
    require_owner(chain, model, owner)
    receiver = checksummed(receiver, "receiver")
    if receiver == owner:
        raise DaimmError(f"Model {model} belongs to {owner} already: name somebody else.")
    own = chain.book.names.keys()
    if receiver in own or receiver == ZERO_ADDRESS:
        raise DaimmError(
            f"Nobody acts for {receiver}, the model would be lost there: name an account or a Safe."
        )
    offers = index.offers(model=model, seller=owner, open_only=True)
    selling = sum(row.obstacle(session.now) is None for row in offers)
    orders = index.orders(seller=owner, state=OrderState.PENDING, limit=None)
    waiting = tuple(row.order_id for row in orders if row.offer.model == model)
    return Plan(model, receiver, selling, waiting)


def require_owner(chain: Chain, model: int, account: str) -> None:
    """Raise DaimmError unless the model is the account's."""
    if chain.node.view(chain.deployed.registry.version_count(ModelId(model))) == 0:
        raise DaimmError(f"There is no model {model} on this chain.", hint="daimm model list")
    owner = chain.node.view(chain.deployed.registry.owner_of(model))
    if owner != account:
        raise ChainRefused(
            f"Model {model} belongs to {owner}, not to {account}: choose its owner's account."
        )
