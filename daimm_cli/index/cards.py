"""What sellers say of their models, kept beside the events and searched; and who is what.

>>> matches(index, Wanted(search="file types", format="onnx", sort="name"))
[Match(model=3, owner='0x8fd379246834eac74B8419FfdA202CF8051F7A03', retired=0, convicted=0, ...)]

A card comes from a manifest that was checked against the chain, and goes with the event that names
it. What is searched for is words: nothing in it is taken for SQLite's language.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from daimm_cli.base.errors import DaimmError
from daimm_cli.base.text import sanitise
from daimm_cli.chain.terms import ZERO_ADDRESS
from daimm_cli.index.reading import made
from daimm_cli.index.rows import CatalogueRow, OfferRow

if TYPE_CHECKING:
    from sqlite3 import Connection

    from daimm_cli.index.index import Index

ORDERS: Mapping[str, str] = {
    "newest": "model DESC",
    "oldest": "model",
    "name": "name IS NULL, name COLLATE NOCASE, model DESC",
    "size": "size IS NULL, size, model DESC",
    "sales": "sold DESC, model DESC",
    "rating": "coalesce(rating, 3) DESC, model DESC",
}
"""What a list is sorted by; where nothing is said, a search's by how well it fits."""

FITTING = "fit, model DESC"

_FOUND = """(
    SELECT c.id AS card_id, c.model AS card_model, bm25(card_words, 10, 4, 4, 1) AS fit
    FROM card_words CROSS JOIN cards AS c ON c.id = card_words.rowid
    WHERE card_words MATCH :search
) AS found CROSS JOIN catalogue_list ON model = card_model"""

STANDINGS = ("good", "new", "poor", "retired", "wrong")
MAX_WORDS = 16


@dataclass(frozen=True)
class Card:
    """What is kept of a version's manifest: see `CatalogueRow`. words: more to search in."""

    model: int
    version: int
    manifest: bytes
    tried_at: int
    problem: str | None = None
    name: str | None = None
    summary: str | None = None
    licence: str | None = None
    task: str | None = None
    formats: str | None = None
    size: int | None = None
    words: str | None = None


@dataclass(frozen=True)
class Wanted:
    """Which models: each that is None or empty leaves all in. max_size: bytes."""

    search: str | None = None
    owner: str | None = None
    format: str | None = None
    task: str | None = None
    licence: str | None = None
    max_size: int | None = None
    sort: str | None = None


class Match(NamedTuple):
    """A model that is wanted, and what its standing depends on. root: of its newest plaintext."""

    model: int
    owner: str
    retired: int
    convicted: int
    root: bytes


class Unnamed(NamedTuple):
    """A model without a card. problem: why none could be had when that was tried."""

    model: int
    version: int
    manifest: bytes
    problem: str | None
    tried_at: int | None


_KEEP = """
INSERT INTO cards (block, model, version, tried_at, problem,
    name, summary, licence, task, formats, size, words)
SELECT block, model, version, :tried_at, :problem,
    :name, :summary, :licence, :task, :formats, :size, :words
FROM model_registry_version_added
WHERE model = :model AND version = :version AND details_manifest = :manifest
"""

_TESTS = {
    "search": "card = found.card_id",
    "owner": "owner = :owner",
    "format": "instr(' ' || formats || ' ', ' ' || :format || ' ')",
    "task": "task = :task",
    "licence": "instr(' ' || lower(licence) || ' ', ' ' || :licence || ' ')",
    "max_size": "size <= :max_size",
}


def keep(index: Index, cards: Sequence[Card]) -> None:
    """Put the cards in the place of what was there."""
    with index.database.open(write=True) as connection:
        for card in cards:
            put(connection, card)


def put(connection: Connection, card: Card) -> None:
    """The same for one; nothing is put where a re-org took its version."""
    where = "DELETE FROM cards WHERE model = :model AND version = :version"
    connection.execute(where, vars(card))
    connection.execute(_KEEP, vars(card))


def named(index: Index, models: Sequence[int]) -> dict[int, CatalogueRow]:
    """These models, with what is said of them."""
    among = f"model IN ({', '.join(map(str, models)) or -1})"
    rows = index.select(f"SELECT * FROM catalogue_list WHERE {among}")  # noqa: S608
    return {row["model"]: made(CatalogueRow, row, "") for row in rows}


def unnamed(index: Index) -> list[Unnamed]:
    """Models whose newest version has no card, the newest first."""
    query = "SELECT model, versions, manifest, problem, tried_at FROM catalogue_list"
    return [*map(Unnamed._make, index.select(f"{query} WHERE name IS NULL ORDER BY model DESC"))]


def matches(index: Index, wanted: Wanted) -> list[Match]:
    """The models that are wanted, in order. Raises DaimmError for a search without a word."""
    asked = {name: value for name, value in vars(wanted).items() if name in _TESTS and value}
    asked |= {name: asked[name].lower() for name in ("format", "task", "licence") if name in asked}
    source, order = "catalogue_list", ORDERS["newest"]
    if "search" in asked:
        asked["search"] = _matching(asked["search"])
        source = _FOUND
        order = FITTING
    order = ORDERS.get(wanted.sort or "", order)
    tests = " AND ".join(_TESTS[name] for name in asked) or "1"
    columns = "model, owner, retired, convicted, root"
    query = f"SELECT {columns} FROM {source} WHERE {tests} ORDER BY {order}"  # noqa: S608
    return [*map(Match._make, index.select(query, **asked))]


def _matching(text: str) -> str:
    """All of its words, each of which may go on, for FTS5: quotes and operators are no words."""
    words = re.findall(r"\w+", text[:1_000])[:MAX_WORDS]
    if not words:
        raise DaimmError(f"There is no word in '{sanitise(text, 40)}': search for words.")
    return " ".join(f'"{word}"*' for word in words)


def prices(index: Index, now: int, rules: list[str]) -> list[tuple[int, str, int]]:
    """(model, token, listed price with its delivery fee) of all that can be bought now."""
    query = (
        "SELECT model, terms_token, terms_price, terms_delivery_fee FROM offer_list "  # noqa: S608
        f"WHERE {OfferRow.SELLS}"
    )
    rows = index.select(query, now=now, rules=json.dumps([ZERO_ADDRESS, *rules]))
    return [(model, token, int(price) + int(fee)) for model, token, price, fee in rows]


def standings(index: Index) -> dict[str, str]:
    """Sellers: "poor" where content was proven wrong or no key came in time, "good" where others
    got keys from them, else "new"."""
    return {
        row["seller"]: "poor" if row["convicted"] or row["refunded"] else
        "good" if row["delivered"] else "new"
        for row in index.select("SELECT * FROM standing_list")
    }  # fmt: skip


def standing(row: CatalogueRow | Match, sellers: Mapping[str, str]) -> str:
    """In one word, what speaks against the model, else its owner's standing."""
    if row.convicted:
        return "wrong"
    return "retired" if row.retired else sellers.get(row.owner, "new")
