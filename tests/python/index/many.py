"""An index of many models that no chain has to hold: rows beside those of a block that is there."""

from __future__ import annotations

import contextlib
import random
import sqlite3
from pathlib import Path

from daimm_cli.bindings.values import Kind, checksummed
from daimm_cli.chain.terms import ZERO_ADDRESS
from daimm_cli.index.cards import Card
from daimm_cli.index.cards import put as put_card
from daimm_cli.index.columns import CONTRACTS, sql_type, tables
from daimm_cli.protocol.curve import SecretScalar

LINE = SecretScalar(7).point
NOW = 1_900_000_000
FIRST = 1_000
"""The number of the first of the models."""

WORDS = ("quick", "brown", "fox", "language", "vision", "speech", "tiny", "large", "detector")


def address(number: int) -> str:
    return checksummed(f"0x{number:040x}", "address")


def fill(file: Path, count: int, *, aim: str, rule: str = ZERO_ADDRESS, named: bool = True) -> None:
    """Put in so many models with two offers and an order each, of 50 sellers; every kind of offer
    that does not sell is among them."""
    with contextlib.closing(sqlite3.connect(file)) as connection, connection:
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA foreign_keys = ON")
        put, chance = _Put(connection), random.Random(count)
        for model in range(FIRST, FIRST + count):
            _model(put, chance, model, (aim, rule))
            if named:
                name = f"{chance.choice(WORDS)} {chance.choice(WORDS)} {model}"
                formats = chance.choice(["onnx", "gguf", "json safetensors"])
                said = (name, "A model.", "MIT", "text-generation", formats)
                kept = (chance.randrange(10**10), " ".join(chance.choices(WORDS, k=200)))
                put_card(connection, Card(model, 1, model.to_bytes(32), NOW, None, *said, *kept))


def _model(put: _Put, chance: random.Random, model: int, terms: tuple[str, str]) -> None:
    aim, rule = terms
    owner = address(1 + model % 50)
    put("model_registry_transfer", **{"from": ZERO_ADDRESS, "to": owner, "id": str(model)})
    put("model_registry_version_added", model=model, version=1, details_manifest=model.to_bytes(32))
    if chance.random() < 0.05:
        put("model_registry_version_retired", model=model, version=1)
    if chance.random() < 0.02:
        put("model_registry_version_convicted", model=model, version=1)
    for ident in ((2 * model).to_bytes(32), (2 * model + 1).to_bytes(32)):
        seller = owner if chance.random() < 0.9 else address(99)
        put(
            "market_offer_opened",
            offer=ident,
            seller=seller,
            terms_seller=seller,
            terms_model=model,
            terms_version=1,
            terms_token=aim if chance.random() < 0.9 else address(98),
            terms_price=str(chance.choice([0, 1, 5, 10**18, 10**19 + 1, 2**127])),
            terms_delivery_fee=str(chance.choice([0, 1, 10**17])),
            terms_rule=chance.choice([ZERO_ADDRESS, ZERO_ADDRESS, rule, address(97)]),
            terms_expires_at=chance.choice([0, 0, NOW - 1, NOW, NOW + 1]),
            terms_supply=chance.choice([0, 0, 1, 2]),
        )
        if chance.random() < 0.05:
            put("market_offer_closed", offer=ident)
    order = model.to_bytes(32)
    put("market_purchased", order=order, offer=ident, buyer=address(77))
    if chance.random() < 0.9:
        put("market_delivered", order=order)
    elif model % 50 < 5:
        put("market_order_refunded", order=order, declined=0)


class _Put:
    """Puts rows into event tables, all columns that are not named being nothing."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.block = connection.execute("SELECT min(number) FROM blocks WHERE told").fetchone()[0]
        self.position = 1_000_000
        self.tables = {table.name: table for each in CONTRACTS for table in tables(each)}

    def __call__(self, table: str, **values: object) -> None:
        self.position += 1
        cells = [values.get(*_nothing(name, kind)) for name, kind in self.tables[table].columns]
        marks = ", ".join("?" * (2 + len(cells)))
        row = [self.block, self.position, *cells]
        self.connection.execute(f"INSERT INTO {table} VALUES ({marks})", row)


def _nothing(name: str, kind: Kind) -> tuple[str, object]:
    if kind == "address":
        return name, ZERO_ADDRESS
    if name[-6:] in ("line_x", "line_y"):
        return name, str(getattr(LINE, name[-1]))
    return name, {"INTEGER": 0, "TEXT": "0", "BLOB": bytes(32)}[sql_type(kind)]
