"""A machine's clock that is wrong for a while parks nothing, and nothing is given up for it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from daimm_cli.chain.node import GWEI
from daimm_cli.index.rows import OrderState
from daimm_cli.keeper.health import Health
from daimm_cli.keeper.keeper import RETRY
from tests.python.keeper.conftest import PATIENCE, World

DAY = 86_400


@contextlib.contextmanager
def tomorrow() -> Iterator[None]:
    """The machine's clock is a day ahead."""
    real = time.time
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "time", lambda: real() + DAY)
        yield


def test_an_order_is_delivered_moments_after_the_clock_came_back(world: World) -> None:
    placed = world.buy(world.offer(delivery_time=3600))
    world.mine()
    keeper = world.keeper()
    with tomorrow():
        keeper.tick()
    assert world.seen.sent_ == []
    assert "this machine's clock" in world.seen.held_[f"deliver 0x{placed.order_id.hex()}"]
    world.waited += RETRY
    keeper.tick()
    assert world.state(placed) is OrderState.SETTLED


def test_a_delivery_that_waits_is_kept(world: World) -> None:
    placed = world.buy(world.offer(delivery_time=3600))
    world.mine()
    world.by_hand()
    keeper = world.keeper()
    keeper.tick()
    (entry,) = keeper.outbox.entries.values()
    with tomorrow():
        for _ in range(3):
            keeper.tick()
    assert world.seen.replaced_ == []
    assert len(entry.attempts) == 1
    world.mine()
    assert world.deliveries(placed) == 1


def test_one_that_is_stuck_is_not_replaced_by_nothing(world: World) -> None:
    placed = world.buy(world.offer(delivery_time=3600))
    world.mine()
    world.by_hand()
    keeper = world.keeper()
    keeper.tick()
    keeper.tick()
    world.local.rpc("anvil_setNextBlockBaseFeePerGas", hex(60 * GWEI))
    world.mine()
    world.waited += PATIENCE + 1
    with tomorrow():
        keeper.tick()
    assert world.seen.replaced_ == []
    keeper.tick()
    assert world.seen.replaced_ == [(f"deliver 0x{placed.order_id.hex()}",)]
    world.mine()
    assert world.deliveries(placed) == 1


def test_one_block_with_a_wrong_time_gives_nothing_up(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bad answer of the node's, as a replica that is on another fork may give."""
    world.buy(world.offer(delivery_time=3600))
    world.mine()
    world.by_hand()
    keeper = world.keeper()
    keeper.tick()
    latest = keeper.node.latest
    wrong = [replace(latest(), time=latest().time + DAY)]
    monkeypatch.setattr(keeper.node, "latest", lambda: wrong.pop() if wrong else latest())
    keeper.tick()
    assert not wrong
    assert world.seen.replaced_ == []


def test_a_clock_that_jumps_makes_nothing_stuck_before_its_time(world: World) -> None:
    world.buy(world.offer(delivery_time=30 * DAY))
    world.mine()
    world.by_hand()
    keeper = world.keeper()
    keeper.tick()
    keeper.tick()
    with tomorrow():
        keeper.tick()
    assert world.seen.replaced_ == []


def test_the_log_says_so_once(world: World) -> None:
    lines: list[str] = []
    world.buy(world.offer(delivery_time=3600))
    world.mine()
    keeper = world.keeper(observer=Health(lines.append))
    with tomorrow():
        for _ in range(3):
            keeper.tick()
            world.wait(30)
    assert len([line for line in lines if "is ahead of the chain's newest block" in line]) == 1
