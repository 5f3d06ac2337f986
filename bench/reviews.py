"""What a ring of buyers who buy their own model can do to its rating, and what that burns.

    python -m bench.reviews            # the tables of docs/reputation.md
    python -m bench.reviews --seed 7   # other honest buyers

The index's own views weigh: sales, transfers and words are put into its tables as events, without
a chain. Fifty honest buyers pay 10 AIM each within half a year and are not content; then a ring
pays 500 AIM to itself, in several ways, and says 5 stars. A fee is 1% of a price, and is all that
the ring loses; what governance gives back of it at the most (80%) comes back.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
from collections.abc import Callable
from typing import NamedTuple

from daimm_cli.chain.terms import ZERO_ADDRESS
from daimm_cli.index.database import schema

AIM = 10**18
DAY = 86_400
CAP = 10 * AIM
"""The highest delivery fee, as on test networks."""

END = 240
"""The day on which ratings are looked at."""

_EMPTY = {"INTEGER": 0, "TEXT": "0", "BLOB": bytes(32)}


class World:
    """A model of `seller` on a market without a chain."""

    def __init__(self) -> None:
        self.base = sqlite3.connect(":memory:")
        self.base.executescript(schema())
        self.count = 0
        self.put(0, "market_token_set", token="AIM", max_delivery_fee=str(CAP))  # noqa: S106
        self.put(0, "model_registry_transfer", to="seller", id="1")
        offer = {"terms_model": 1, "terms_token": "AIM", "terms_seller": "seller"}
        self.put(0, "market_offer_opened", seller="seller", **offer)

    def put(self, day: float, table: str, **said: object) -> None:
        """An event in a block of its own; what is not said is empty."""
        self.count += 1
        time = int(day * DAY)
        self.base.execute("INSERT INTO blocks VALUES (?, ?, ?, 1)", (self.count, b"", time))
        columns = [row[1:3] for row in self.base.execute(f"PRAGMA table_info({table})")]
        row = {name: _EMPTY[kind] for name, kind in columns}
        row |= {"block": self.count, "position": 0, **said}
        marks = ", ".join("?" for _ in row)
        self.base.execute(f"INSERT INTO {table} VALUES ({marks})", list(row.values()))  # noqa: S608

    def sell(self, day: float, buyer: str, price: float, back: float = 0) -> bytes:
        """A settled order; back: the part of its fee that rebates return."""
        order = self.count.to_bytes(32, "big")
        ident, fee = str(self.count), int(price * AIM) // 100
        bought = {"order": order, "buyer": buyer, "protocol_fee": str(fee), "license": ident}
        self.put(day, "market_purchased", offer=bytes(32), **bought)
        self.give(day, ident, ZERO_ADDRESS, buyer)
        self.put(day, "market_delivered", order=order)
        if back:
            self.put(day, "rebates_rebate_claimed", order=order, to_buyer=str(int(back * fee)))
        return order

    def give(self, day: float, ident: str, giver: str, to: str) -> None:
        """A licence's transfer."""
        self.put(day, "model_license_transfer", id=ident, to=to, **{"from": giver})

    def say(self, day: float, order: bytes, who: str, stars: int) -> None:
        self.put(day, "reviews_reviewed", order=order, model=1, reviewer=who, stars=stars)

    def buy_and_say(self, day: float, who: str, price: float, stars: int, back: float = 0) -> None:
        self.say(day, self.sell(day, who, price, back), who, stars)

    def rating(self) -> tuple[float, float]:
        """Stars and weight at the end."""
        self.put(END, "market_new_business_resumed")
        return self.base.execute("SELECT rating, weight FROM rating_list").fetchone() or (3.0, 0.0)


class Ring(NamedTuple):
    """What a ring does on the day, and what it burns: the fee of 500 AIM, in AIM."""

    what: str
    act: Callable[[World], None]
    burned: float = 5.0


def honest(world: World, seed: int, buyers: int = 50) -> None:
    draw = random.Random(seed)  # noqa: S311 - repeatable on purpose
    for number in range(buyers):
        stars = draw.choice((1, 1, 2, 2, 3, 4))
        world.buy_and_say(draw.randrange(180), f"honest {number}", 10, stars)


def _many(count: int, accounts: int, day: float = 200, back: float = 0) -> Callable[[World], None]:
    def act(world: World) -> None:
        for number in range(count):
            who = f"ring {number % accounts}"
            world.buy_and_say(day, who, 500 / count, 5, back)

    return act


def _passed_on(world: World) -> None:
    order = world.sell(200, "ring 0", 500)
    ident = str(int.from_bytes(order, "big"))
    for number in range(50):
        world.say(200, order, f"ring {number}", 5)
        world.give(200 + (number + 1) / 2, ident, f"ring {number}", f"ring {number + 1}")


RINGS = (
    Ring("one purchase", _many(1, 1)),
    Ring("50 purchases by one account", _many(50, 1)),
    Ring("50 purchases by 50 accounts", _many(50, 50)),
    Ring("5,000 purchases by 5,000 accounts", _many(5_000, 5_000)),
    Ring("50 purchases, three days before", _many(50, 50, END - 3)),
    Ring("one licence passed through 50 accounts", _passed_on),
    Ring("50 purchases, 80% of the fee given back", _many(50, 50, back=0.8), 1.0),
    Ring("50 purchases by the seller's own account", lambda world: _sold(world)),
)


def _sold(world: World) -> None:
    for _ in range(50):
        world.buy_and_say(200, "seller", 10, 5)


def outcome(seed: int, ring: Ring | None) -> tuple[float, float]:
    """Rating and weight after honest buyers, and a ring."""
    world = World()
    honest(world, seed)
    if ring is not None:
        ring.act(world)
    return world.rating()


def table(seed: int) -> list[str]:
    """What each ring moves, as Markdown."""
    before, weight = outcome(seed, None)
    rows = [
        "| who | AIM burned | weight added | for each AIM burned | rating |",
        "| --- | ---: | ---: | ---: | ---: |",
        f"| 50 honest buyers | 5.00 | {weight:.1f} | {weight / 5:.1f} | {before:.2f} |",
    ]
    for ring in RINGS:
        after, total = outcome(seed, ring)
        added = total - weight
        rows.append(
            f"| {ring.what} | {ring.burned:.2f} | {added:.1f} | {added / ring.burned:.1f} "
            f"| {after:.2f} |"
        )
    return rows


def costs(seed: int) -> list[str]:
    """What moving a rating to 4 stars burns at least, by how much was honestly sold."""
    rows = [
        "| honest sales, AIM | their fees | rating | AIM burned for 4 stars | sales it takes |",
        "| ---: | ---: | ---: | ---: | ---: |",
    ]
    for buyers in (1, 10, 100, 1_000):
        world = World()
        honest(world, seed, buyers)
        rating, weight = world.rating()
        needed = (10 + weight) * (4 - rating) / (5 - 4) / 10
        rows.append(
            f"| {buyers * 10:,} | {buyers / 10:.1f} | {rating:.2f} | {needed:.2f} "
            f"| {needed * 100:,.0f} |"
        )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.reviews", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    seed = parser.parse_args().seed
    print(*table(seed), "", *costs(seed), sep="\n")


if __name__ == "__main__":
    main()
