"""A keeper whose node tells events late, in parts, or not at all for a while."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable
from typing import Any

import pytest

from daimm_cli.base.errors import OutsideFailed
from daimm_cli.chain.client import Chain
from daimm_cli.chain.node import Node
from tests.python.chain.proxy import Proxy
from tests.python.keeper.conftest import World

Logs = list[dict[str, Any]]


def late(world: World, _chance: random.Random) -> Callable[[Logs], Logs]:
    """Two blocks behind the head, as logs are for a second behind some load balancers."""

    def told(logs: Logs) -> Logs:
        newest = world.chain.node.latest().number
        return [log for log in logs if int(log["blockNumber"], 16) <= newest - 2]

    return told


def partial(_world: World, chance: random.Random) -> Callable[[Logs], Logs]:
    return lambda logs: [log for log in logs if chance.random() < 0.7]


def empty(_world: World, chance: random.Random) -> Callable[[Logs], Logs]:
    return lambda logs: logs if chance.random() < 0.5 else []


@pytest.mark.parametrize("lossy", [late, partial, empty])
def test_every_order_is_delivered_once(
    world: World, lossy: Callable[[World, random.Random], Callable[[Logs], Logs]]
) -> None:
    offer = world.offer()
    orders = []
    with Proxy(world.local.url) as proxy:
        keeper = world.keeper(chain=Chain(Node.connect(proxy.url), world.chain.book))
        proxy.alter["eth_getLogs"] = lossy(world, random.Random(3))
        for _ in range(4):
            orders.append(world.buy(offer))
            world.mine()
            tick(keeper.tick)
        if lossy is late:
            world.mine(2)
        for _ in range(12):
            tick(keeper.tick)
            world.mine()
    assert [world.deliveries(placed) for placed in orders] == [1] * 4


def tick(ticking: Callable[[], None]) -> None:
    """One that fails over answers which contradict each other is made up for by the next."""
    with contextlib.suppress(OutsideFailed):
        ticking()
