"""Models as people look for them, with what is said of them; and giving one away.

>>> [(entry.model.model, entry.model.name) for entry in catalogue(session, Wanted()).entries]
[(3, 'magika')]

Names and descriptions are the sellers' words; a manifest counts only if the chain committed to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daimm_cli.base.errors import ChainRefused, DaimmError
from daimm_cli.base.text import format_amount, sanitise
from daimm_cli.bindings.values import checksummed
from daimm_cli.chain.terms import ZERO_ADDRESS, ModelId
from daimm_cli.index import cards
from daimm_cli.index.rows import OrderState
from daimm_cli.market.measured import scores

if TYPE_CHECKING:
    from daimm_cli.benchmark.suites import Opened
    from daimm_cli.chain.client import Chain
    from daimm_cli.index.cards import Unnamed, Wanted
    from daimm_cli.index.rows import CatalogueRow, OfferRow
    from daimm_cli.manifest.manifest import SignedManifest
    from daimm_cli.session.session import Session


@dataclass(frozen=True)
class Entry:
    """A model, what can be bought of it now, and the cheapest of that (see `cheapest`).

    standing: see `index.cards.standing`. score: by the suite that was asked for.
    """

    model: CatalogueRow
    standing: str
    offers: list[OfferRow]
    best: OfferRow | None
    score: str | None


@dataclass(frozen=True)
class Found:
    """A page of the models that were looked for. total: how many there are; unnamed: of which
    nobody knows yet what they are called, so that a search passes them by."""

    entries: list[Entry]
    total: int
    unnamed: list[Unnamed]


def catalogue(
    session: Session,
    wanted: Wanted,
    *,
    max_price: int | None = None,
    standing: str | None = None,
    suite: Opened | None = None,
    page: int = 1,
    limit: int | None = None,
) -> Found:
    """The models that are wanted, and what can be bought of them. max_price: in AIM's smallest
    unit, delivery fee included, as listed. suite: only what has a score by it that stands, the best
    first where nothing else is said."""
    from daimm_cli.market import names

    chain, index, now = session.chain, session.index, session.now
    if unnamed := cards.unnamed(index):
        names.at_hand(session, unnamed)
        unnamed = cards.unnamed(index)
    sellers = cards.standings(index)
    found = cards.matches(index, wanted)
    found = [it for it in found if standing in (None, cards.standing(it, sellers))]
    scored: dict[bytes, int] = {}
    if suite is not None:
        scored = scores(session, suite.sha256)
        found = [it for it in found if it.root in scored]
        if wanted.sort is None:
            found.sort(key=lambda it: scored[it.root], reverse=suite.suite.more_is_better)
    models, roots = [it.model for it in found], {it.model: it.root for it in found}
    if wanted.sort == "price" or max_price is not None:
        models = _by_price(session, models, wanted.sort, max_price)
    shown = models[(page - 1) * limit : page * limit] if limit else models
    on_sale: dict[int, list[OfferRow]] = {model: [] for model in shown}
    for row in index.offers(models=shown, open_only=True, limit=None):
        if row.obstacle(now) is None:
            on_sale[row.offer.model].append(row)
    chain.tokens({row.offer.token for offers in on_sale.values() for row in offers})
    known = cards.named(index, shown)
    entries = [
        Entry(
            *(known[it], cards.standing(known[it], sellers), on_sale[it], best),
            format_amount(scored[roots[it]], 9) if scored else None,
        )
        for it in shown
        for best in [cheapest(on_sale[it], chain.aim)]
    ]
    return Found(entries, len(models), unnamed)


def _by_price(session: Session, models: list[int], sort: str | None, most: int | None) -> list[int]:
    """Those that cost at most so much in AIM; sorted, the cheapest first and the others last."""
    least: dict[int, int] = {}
    rules = [*session.chain.book.rules]
    for model, token, price in cards.prices(session.index, session.now, rules):
        if token == session.chain.aim:
            least[model] = min(price, least.get(model, price))
    if most is not None:
        models = [model for model in models if model in least and least[model] <= most]
    if sort == "price":
        models = sorted(models, key=lambda model: (model not in least, least.get(model, 0)))
    return models


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
    from daimm_cli.market.listing import titled

    files = [f"{file.name} ({file.format}, {file.size:,} bytes)" for file in signed.files[:5]]
    more = len(signed.files) - len(files)
    scores = [sanitise(f"{it.value} {it.metric} on {it.suite}") for it in signed.benchmarks[:5]]
    return {
        "name": titled(signed, version),
        "summary": sanitise(signed.description, 1_000),
        "licence": signed.terms.shown,
        **({"says of itself": "; ".join(scores)} if scores else {}),
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
