"""Where an index differs from what the node tells now.

>>> audit(index, chain)
{'model_license_transfer': (1, 0)}
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from daimm_cli.index.columns import CONTRACTS, tables
from daimm_cli.index.index import Index

if TYPE_CHECKING:
    from daimm_cli.chain.client import Chain


def audit(index: Index, chain: Chain) -> dict[str, tuple[int, int]]:
    """Table to (surplus, missing) rows, as far as both have read; nothing is changed."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        fresh = Index.open(Path(folder), chain)
        fresh.sync()
        both = index, fresh
        end = min(each.select("SELECT max(number) FROM blocks")[0][0] or 0 for each in both)
        for table in (table for contract in CONTRACTS for table in tables(contract)):
            query = f"SELECT * FROM {table.name} WHERE block <= :end"  # noqa: S608
            ours, told = ({*map(tuple, each.select(query, end=end))} for each in both)
            if ours != told:
                found[table.name] = len(ours - told), len(told - ours)
    return found
