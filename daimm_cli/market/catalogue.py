"""Models as people look at them: what the chain says, with names from manifests that are at hand.

>>> page = Page.of(chain, index, fetcher, model=3, now=chain.node.latest().time)
>>> print(page.text)

Names and descriptions are the sellers' words. A manifest is fetched only if it is what the chain
committed to; where none can be had the page says so and shows what is on the chain.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from daimm_cli.artifact.unixfs import RAW, Cid
from daimm_cli.base.errors import DaimmError
from daimm_cli.base.text import duration_shown, format_amount, sanitise, time_shown
from daimm_cli.cli.output import fields
from daimm_cli.market.listing import read_listing, titled
from daimm_cli.store.fetcher import Fetcher

if TYPE_CHECKING:
    from daimm_cli.chain.client import Chain
    from daimm_cli.chain.views import Token
    from daimm_cli.index.index import Index
    from daimm_cli.index.rows import OfferRow, VersionRow
    from daimm_cli.manifest.manifest import SignedManifest
    from daimm_cli.store.local import LocalStore


MOST = 100
"""Models that a list shows unless more are asked for."""


@dataclass(frozen=True)
class Entry:
    """A line of the list: `row` for people, `data` for programs."""

    row: list[object]
    data: dict[str, Any]


def catalogue(
    chain: Chain,
    index: Index,
    store: LocalStore,
    now: int,
    *,
    owner: str | None = None,
    limit: int | None = MOST,
) -> list[Entry]:
    """The newest models with the cheapest offer that can be bought now (see `cheapest`)."""
    entries = []
    models = index.models(owner=owner, limit=limit)
    on_sale: dict[int, list[OfferRow]] = {model.model: [] for model in models}
    for row in index.offers(models=[*on_sale], open_only=True, limit=None):
        if row.obstacle(now) is None:
            on_sale[row.offer.model].append(row)
    tokens = chain.tokens({row.offer.token for offers in on_sale.values() for row in offers})
    for model in models:
        offers = on_sale[model.model]
        best = cheapest(offers, chain.aim)
        newest = index.versions(model.model, version=model.versions)
        name = _name_at_hand(chain, store, newest[0]) if newest else None
        shown_offer = f"{len(offers)} offers" if offers else "-"
        shown_offer = f"0x{best.offer_id.hex()}" if best else shown_offer
        total = _amount(best.offer.total, tokens[best.offer.token]) if best else "-"
        line: list[object] = [
            model.model, name or "-", model.versions, total, shown_offer, model.owner,
        ]  # fmt: skip
        data = {
            "model": model.model,
            "name": name,
            "owner": model.owner,
            "royalty": model.royalty,
            "versions": model.versions,
            "published_at": model.published_at,
            "offers": [offer_data(row, tokens[row.offer.token], now) for row in offers],
        }
        entries.append(Entry(line, data))
    return entries


def cheapest(offers: Sequence[OfferRow], aim: str) -> OfferRow | None:
    """The offer with the least to pay in AIM; without one in AIM, in the only token there is.

    None where there are several tokens: their amounts cannot be compared.
    """
    tokens = {row.offer.token for row in offers}
    token = aim if aim in tokens or len(tokens) != 1 else tokens.pop()
    rows = [row for row in offers if row.offer.token == token]
    return min(rows, key=lambda row: row.offer.total, default=None)


@dataclass(frozen=True)
class Page:
    """A model in full: `text` for people, `data` for programs."""

    text: str
    data: dict[str, Any]

    @classmethod
    def of(cls, chain: Chain, index: Index, fetcher: Fetcher, model: int, now: int) -> Page:
        """The model's page; raises DaimmError where there is no such model."""
        row = index.model(model)
        head = {"model": row.model, "owner": row.owner, "royalty": f"{row.royalty / 100:g}%"}
        texts = [fields(head)]
        versions, offers = [], []
        for version in index.versions(model):
            data, text = _version(chain, fetcher, version)
            versions.append(data)
            texts.append(text)
        rows = index.offers(model=model)
        tokens = chain.tokens({row.offer.token for row in rows})
        for offer in rows:
            token = tokens[offer.offer.token]
            offers.append(offer_data(offer, token, now))
            if not offer.closed:
                texts.append(offer_text(offer, token, now))
        data = {
            "model": row.model,
            "owner": row.owner,
            "royalty": row.royalty,
            "published_at": row.published_at,
            "versions": versions,
            "offers": offers,
        }
        return cls("\n\n".join(texts), data)


def offer_data(row: OfferRow, token: Token, now: int) -> dict[str, Any]:
    """An offer for programs; amounts in the token's smallest unit, as text."""
    return {
        "offer": row.offer_id,
        "terms": row.offer.to_json(),
        "symbol": token.symbol,
        "decimals": token.decimals,
        "opened_at": row.opened_at,
        "sold": row.sold,
        "obstacle": row.obstacle(now),
    }


def offer_text(row: OfferRow, token: Token, now: int) -> str:
    """An offer in two lines."""
    offer = row.offer
    state = row.obstacle(now) or "for sale"
    left = f", {row.sold} of {offer.supply} sold" if offer.supply else ""
    inspected = f", inspection {duration_shown(offer.inspection)}" if offer.inspection else ""
    return (
        f"Offer 0x{row.offer_id.hex()}\n"
        f"  version {offer.version}, {_amount(offer.total, token)}, {state}{left}, key within "
        f"{duration_shown(offer.delivery_time)}{inspected}"
    )


def _version(chain: Chain, fetcher: Fetcher, row: VersionRow) -> tuple[dict[str, Any], str]:
    details = row.details
    data: dict[str, Any] = {
        "version": row.version,
        "retired": row.retired,
        "added_at": row.added_at,
        "manifest_cid": str(Cid(RAW, details.manifest)),
        "details": details.to_json(),
        "parents": [parent.to_json() for parent in row.parents],
        "manifest": None,
        "problem": None,
    }
    title = f"Version {row.version}{' (retired)' if row.retired else ''}"
    pairs: dict[str, object] = {"added": time_shown(row.added_at)}
    try:
        signed = read_listing(chain, fetcher, row).signed
        data["manifest"] = signed.model_dump(exclude_none=True)
        pairs = {**_said(signed, row.version), **pairs}
    except DaimmError as error:
        data["problem"] = error.message
        pairs["manifest"] = error.message
    pairs["manifest cid"] = data["manifest_cid"]
    body = "\n".join(f"  {line}" for line in fields(pairs).splitlines())
    return data, f"{title}\n{body}"


def _said(signed: SignedManifest, version: int) -> dict[str, object]:
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


def _amount(value: int, token: Token) -> str:
    return format_amount(value, token.decimals, token.symbol)
