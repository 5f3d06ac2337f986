"""Models as people look at them: what the chain says, with names from manifests that are at hand.

>>> [(entry.model.model, entry.name) for entry in catalogue(chain, index, store, now)]
[(3, 'magika')]

Names and descriptions are the sellers' words; a manifest counts only if the chain committed to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daimm_cli.base.errors import DaimmError
from daimm_cli.base.text import sanitise
from daimm_cli.market.listing import read_listing, titled
from daimm_cli.store.fetcher import Fetcher

if TYPE_CHECKING:
    from daimm_cli.chain.client import Chain
    from daimm_cli.index.index import Index
    from daimm_cli.index.rows import ModelRow, OfferRow, VersionRow
    from daimm_cli.manifest.manifest import SignedManifest
    from daimm_cli.store.local import LocalStore


@dataclass(frozen=True)
class Entry:
    """A model, what can be bought of it now, and the cheapest of that (see `cheapest`)."""

    model: ModelRow
    name: str | None
    offers: list[OfferRow]
    best: OfferRow | None


def catalogue(
    chain: Chain,
    index: Index,
    store: LocalStore,
    now: int,
    *,
    owner: str | None = None,
    limit: int | None = 100,
) -> list[Entry]:
    """The newest models."""
    models = index.models(owner=owner, limit=limit)
    on_sale: dict[int, list[OfferRow]] = {model.model: [] for model in models}
    for row in index.offers(models=[*on_sale], open_only=True, limit=None):
        if row.obstacle(now) is None:
            on_sale[row.offer.model].append(row)
    chain.tokens({row.offer.token for offers in on_sale.values() for row in offers})
    entries = []
    for model in models:
        newest = index.versions(model.model, version=model.versions)
        name = _name_at_hand(chain, store, newest[0]) if newest else None
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


def _name_at_hand(chain: Chain, store: LocalStore, row: VersionRow) -> str | None:
    """The name in a manifest that the local store has; None where it has none or a wrong one."""
    try:
        return read_listing(chain, Fetcher(store), row).signed.name
    except DaimmError:
        return None
