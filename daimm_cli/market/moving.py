"""Prices that rise with each sale and fall with time: the numbers of contracts/pricing/MovingPrice.

>>> terms = unpack(offer.rule_data)
>>> price(terms, offer.price, at=terms.start_at + terms.half_life)
7000000000000000000

The same integers as the contract's, held together by tests/vectors/prices.json.
"""

from __future__ import annotations

from daimm_cli.bindings.structs import Bps, MovingTerms

WHOLE = 1_000_000
"""Shares are parts of this."""

ONE = 1 << 128
LN2 = 235865763225513294137944142764154484399
"""ln 2, times ONE, rounded down."""

TERMS = 32
MAX_PRICE = ONE - 1


def unpack(rule_data: bytes) -> MovingTerms:
    """The terms that an offer's rule data are; whether they are any, the contract says."""
    cuts = zip((0, 5, 9, 13, 17, 21), (5, 9, 13, 17, 21, 23), strict=True)
    start, life, floor, rise, cap, share = (int.from_bytes(rule_data[a:b]) for a, b in cuts)
    return MovingTerms(start, life, floor, rise, cap, Bps(share))


def left(amount: int, elapsed: int, half_life: int) -> int:
    """amount / 2^(elapsed / half_life), as contracts/libraries/Decay.sol rounds it."""
    halvings, part = divmod(elapsed, half_life)
    if amount >> halvings == 0:
        return 0
    factor = ONE
    if part:
        y = part * LN2 // half_life
        for k in range(TERMS, 0, -1):
            factor = ONE - (y * factor >> 128) // k
        factor += 1
    return -(-amount * factor >> 128 + halvings)


def price(terms: MovingTerms, listed: int, at: int, last: tuple[int, int] = (0, 0)) -> int:
    """What a sale costs at this time. last: price and time that the last sale left behind."""
    start, since = last if last[1] else (listed, 0)
    since, floor = max(since, terms.start_at), lowest(terms, listed)
    if not terms.half_life or start <= floor or at <= since:
        return start
    return floor + left(start - floor, at - since, terms.half_life)


def raised(terms: MovingTerms, listed: int, paid: int) -> int:
    """From what it falls after a sale at this price."""
    most = min(MAX_PRICE, listed * terms.cap // WHOLE) if terms.cap else MAX_PRICE
    return min(most, -(-paid * (WHOLE + terms.rise) // WHOLE))


def lowest(terms: MovingTerms, listed: int) -> int:
    """What it never falls below."""
    return -(-listed * terms.floor // WHOLE)
