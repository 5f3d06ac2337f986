"""What a shell completes beside commands and options: ids out of the index, accounts, profiles.

>>> values("OFFER", context, "0x3f")
[('0x3f9a61c2...', 'magika')]

It looks into the home alone, asks no node and nobody, and never fails: a shell would show that.
Ids are the newest ones; orders and licences are those of the accounts that are here.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Callable
from typing import Any

from daimm_cli.cli.context import Context

MOST = 100
SECONDS = 0.1

_MINE = "WITH mine AS (SELECT value FROM json_each(:mine))"
_QUERIES = {
    "MODEL": "SELECT CAST(model AS TEXT), name FROM catalogue_list ORDER BY model DESC",
    "OFFER": """
    SELECT '0x' || lower(hex(offer)), name FROM market_offer_opened AS o
    LEFT JOIN cards AS c ON c.model = terms_model AND c.version = terms_version
    WHERE NOT EXISTS (SELECT 1 FROM market_offer_closed AS x WHERE x.offer = o.offer)
    ORDER BY o.block DESC, position DESC""",
    "ORDER": """
    SELECT '0x' || lower(hex(order_id)), state FROM order_list
    WHERE buyer IN mine OR recipient IN mine OR seller IN mine
    ORDER BY bought_at DESC""",
    "LICENSE": """
    SELECT license_id, '' FROM license_list
    WHERE license_id IN (SELECT id FROM model_license_transfer WHERE "to" IN mine)
        AND owner IN mine ORDER BY block DESC, position DESC""",
}
"""A value and what it is, by what stands for it in a command's usage."""


def completion(kind: str) -> Callable[..., list[tuple[str, str]]] | None:
    """What completes an argument or option of this kind, for typer; None for other kinds."""
    if kind not in (*_QUERIES, "ACCOUNT", "PROFILE"):
        return None

    def complete(ctx: Any, incomplete: str) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        with contextlib.suppress(Exception):
            context, step = Context(), ctx
            while step is not None:
                typed = {name: step.params.get(name) for name in ("home", "profile", "market")}
                context.choose(**{name: value for name, value in typed.items() if value})
                step = step.parent
            found = values(kind, context, incomplete)
        return found

    return complete


def values(kind: str, context: Context, incomplete: str) -> list[tuple[str, str]]:
    """Values that begin so, each with what it is."""
    config = context.config
    if kind == "PROFILE":
        return [(name, "") for name in config.profiles]
    accounts = context.accounts.list()
    if kind == "ACCOUNT":
        return [(info.alias, info.address) for info in accounts]
    market = (config.profile.market or "").removeprefix("0x").lower()
    chain = config.profile.chain_id or "*"
    files = config.home.glob(f"index-{chain}-{market if len(market) == 40 else '*'}.sqlite")
    newest = max(files, key=lambda file: file.stat().st_mtime)
    mine = json.dumps([*{info.address for info in accounts}, config.profile.safe])
    reading = sqlite3.connect(f"{newest.as_uri()}?mode=ro", SECONDS, uri=True)
    with contextlib.closing(reading) as connection:
        query = f"{_MINE} {_QUERIES[kind]} LIMIT {MOST}"
        rows = connection.execute(query, {"mine": mine}).fetchall()
    told = [(f"0x{int(v):064x}" if kind == "LICENSE" else v, name or "") for v, name in rows]
    return [(value, name) for value, name in told if value.startswith(incomplete.lower())]
