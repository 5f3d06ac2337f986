"""Writes tests/vectors/premiums.json: premiums of covers that Solidity and Python tests share.

    python -m tools.premium_vectors

A column each for a pool's assets, of which nothing is locked, the yearly rate in basis points, the
seconds until the cover's end and its amount, and for the premium. Amounts are decimal text.
"""

from __future__ import annotations

import itertools
import json
from pathlib import Path

from bench.economics_pool import premium

PATH = Path(__file__).parent.parent / "tests" / "vectors" / "premiums.json"
DAY = 86_400
ASSETS = (1, 10**6 + 1, 3 * 10**18 + 7, 10**24)
RATES = (1, 360, 10_000)
TIMES = (1, 30 * DAY + 1, 150 * DAY)
SHARES = ((1, 10**6), (1, 7), (1, 2), (1, 1), (3, 2))
"""Of the assets, that are covered: more than there is has a price, too."""


def generate() -> dict[str, list[str]]:
    """The columns by name."""
    found: dict[str, list[str]] = {
        name: [] for name in ("assets", "rate", "time", "amount", "premium")
    }
    for assets, rate, time, (part, whole) in itertools.product(ASSETS, RATES, TIMES, SHARES):
        amount = assets * part // whole
        row = assets, rate, time, amount, premium(amount, rate, time, assets, 0)
        for column, value in zip(found.values(), row, strict=True):
            column.append(str(value))
    return found


if __name__ == "__main__":
    PATH.write_text(json.dumps(generate(), indent=0) + "\n")
