"""What hangs on a seed: the account's key lines and orders, each tried against the chain.

>>> found = take(chain, index, fetcher, seed, me)
>>> all(line.right for line in found.lines)   # then a backup of this seed is enough for them
True
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from daimm_cli.base.errors import DaimmError
from daimm_cli.index.rows import OrderRow, OrderState, VersionRow
from daimm_cli.market.lines import MOST, own_line, own_versions
from daimm_cli.protocol.keys import order_secret

if TYPE_CHECKING:
    from daimm_cli.chain.client import Chain
    from daimm_cli.index.index import Index
    from daimm_cli.store.fetcher import Fetcher


@dataclass(frozen=True)
class LineCheck:
    """A key line by the first version that has it; problem: why its secret cannot be had."""

    model: int
    version: int
    problem: str | None

    @property
    def right(self) -> bool:
        """Whether seed and label give its secret."""
        return self.problem is None


@dataclass(frozen=True)
class OrderCheck:
    """An order that this account bought. right: whether the seed gives its encryption key."""

    order_id: bytes
    state: OrderState
    right: bool


@dataclass(frozen=True)
class Inventory:
    """Everything of one account on one market. waiting: orders that its lines have to deliver."""

    lines: tuple[LineCheck, ...]
    bought: tuple[OrderCheck, ...]
    waiting: tuple[bytes, ...]

    @property
    def right(self) -> bool:
        """Whether the seed is enough for all of it."""
        return all(line.right for line in self.lines) and all(each.right for each in self.bought)


def take(chain: Chain, index: Index, fetcher: Fetcher, seed: bytes, me: str) -> Inventory:
    """Try every line and order of the account `me`."""
    lines = [_line(chain, index, fetcher, seed, row) for row in own_versions(index, me)]
    bought = index.orders(buyer=me, limit=MOST)
    waiting = index.orders(seller=me, state=OrderState.PENDING, limit=MOST)
    return Inventory(
        tuple(lines),
        tuple(OrderCheck(row.order_id, row.state, made_here(chain, seed, row)) for row in bought),
        tuple(row.order_id for row in waiting),
    )


def made_here(chain: Chain, seed: bytes, row: OrderRow) -> bool:
    """Whether the order's encryption key follows from this seed."""
    b = order_secret(
        seed,
        chain_id=chain.node.chain_id,
        market=chain.market,
        offer_id=row.offer_id,
        buyer=row.order.buyer,
        salt=row.order.salt,
    )
    return b.point == row.order.key


def _line(chain: Chain, index: Index, fetcher: Fetcher, seed: bytes, row: VersionRow) -> LineCheck:
    problem = None
    try:
        own_line(chain, index, fetcher, seed, model=row.model, version=row.version)
    except DaimmError as error:
        problem = error.message
    return LineCheck(row.model, row.version, problem)
