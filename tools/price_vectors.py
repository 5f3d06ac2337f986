"""Writes tests/vectors/prices.json: moving prices that Solidity and Python tests share.

    python -m tools.price_vectors

A column each for rule data, the offer's price, the time, price and time that the last sale left
behind, and for what follows: the price, and what a sale at it leaves behind. Amounts are decimal
text.
"""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import json
from pathlib import Path

from daimm_cli.bindings.structs import Bps, MovingTerms
from daimm_cli.market import moving

PATH = Path(__file__).parent.parent / "tests" / "vectors" / "prices.json"
START = 1_800_000_000
DAY = 86_400
YEARS = 100 * 365 * DAY
LISTED = (0, 1, 3, 10**6 + 1, 10**19, 7 * 10**27 + 13, 2**125 - 1, 2**128 - 1)
SHAPES = (
    MovingTerms(START, 2 * DAY, 400_000, 30_000, 0, Bps(0)),
    MovingTerms(START, 1, 0, 0, 0, Bps(500)),
    MovingTerms(0, 2**32 - 1, 999_999, 1, 1_000_000, Bps(5_000)),
    MovingTerms(2**40 - 1, 3600, 1, 2**32 - 1, 2**32 - 1, Bps(1)),
    MovingTerms(START, 0, 1_000_000, 50_000, 2_000_000, Bps(0)),
    MovingTerms(START, 7 * DAY + 1, 333_333, 0, 0, Bps(0)),
)


def cases() -> list[dict[str, str]]:
    """Every shape at every price in the seconds that matter, and some by chance."""
    found = []
    for terms, listed in itertools.product(SHAPES, LISTED):
        life = terms.half_life or DAY
        times = (0, 1, life - 1, life, life + 1, 10 * life + life // 3, 64 * life, 127 * life + 1)
        for after in (*times, 128 * life, YEARS, _chance(f"{terms} {listed}", 40 * life)):
            for last in ((0, 0), _sold(terms, listed, after)):
                since = max(terms.start_at, last[1])
                found.append(_case(terms, listed, min(since + after, 2**40 - 1), last))
    return found


def _packed(terms: MovingTerms) -> bytes:
    sizes = (5, 4, 4, 4, 4, 2)
    values = dataclasses.astuple(terms)
    return b"".join(v.to_bytes(n) for v, n in zip(values, sizes, strict=True)).ljust(32, b"\0")


def _sold(terms: MovingTerms, listed: int, number: int) -> tuple[int, int]:
    paid = moving.price(terms, listed, terms.start_at + _chance(f"paid {number}", 3 * DAY))
    return moving.raised(terms, listed, paid), START + _chance(f"sold {number}", YEARS)


def _chance(label: str, below: int) -> int:
    return int.from_bytes(hashlib.sha256(label.encode()).digest()) % below


def _case(terms: MovingTerms, listed: int, at: int, last: tuple[int, int]) -> dict[str, str]:
    paid = moving.price(terms, listed, at, last)
    return {
        "rule_data": "0x" + _packed(terms).hex(),
        "listed": str(listed),
        "time": str(at),
        "last_price": str(last[0]),
        "last_time": str(last[1]),
        "price": str(paid),
        "raised": str(moving.raised(terms, listed, paid)),
    }


def generate() -> dict[str, list[str]]:
    """The columns by name."""
    found = cases()
    return {name: [case[name] for case in found] for name in found[0]}


if __name__ == "__main__":
    PATH.write_text(json.dumps(generate(), indent=0) + "\n")
