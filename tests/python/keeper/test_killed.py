"""A keeper that is killed at any step: the next one goes on, and nothing is done twice."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest

from daimm_cli.chain.client import Chain
from daimm_cli.chain.node import GWEI, Node
from daimm_cli.keeper.keeper import Keeper
from tests.python.keeper.conftest import PATIENCE, World

MOST_STEPS = 200
Live = Callable[[Keeper], None]


class Steps:
    """Counts what a process does to its disk and to the node, and kills it at one of them."""

    def __init__(self, last: int) -> None:
        self.left = last

    def watch(self, holder: Any, name: str) -> None:
        """Make each call two steps, one before it and one after."""
        inner = getattr(holder, name)

        def watched(*arguments: Any, **options: Any) -> Any:
            self.step()
            result = inner(*arguments, **options)
            self.step()
            return result

        setattr(holder, name, watched)

    def step(self) -> None:
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        self.left -= 1


def _life(world: World, last: int, live: Live) -> NoReturn:
    """A keeper's life in a process of its own; ends before step `last`, or with status 0."""
    status = 1
    try:
        steps = Steps(last)
        for holder, name in [
            (os, "fsync"),
            (Path, "replace"),
            (Path, "unlink"),
            (Node, "sign"),
            (Node, "broadcast_raw"),
        ]:
            steps.watch(holder, name)
        live(world.keeper(chain=Chain(Node.connect(world.local.url), world.chain.book)))
        status = 0
    finally:
        os._exit(status)


def killed(world: World, last: int, live: Live) -> bool:
    """Whether the life was cut short at that step; fails where it failed otherwise."""
    child = os.fork()
    if child == 0:
        _life(world, last, live)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.waitstatus_to_exitcode(status) == 0
    return False


def at_every_step(world: World, live: Live, *, orders: int = 1) -> int:
    """Play it again and again, with a kill at one step more each time; returns the steps.

    orders: so many wait when it begins. live: what the killed keeper does; a new one finishes the
    work.
    """
    offer = world.offer()
    for last in range(MOST_STEPS):
        before = world.local.snapshot()
        placed = [world.buy(offer) for _ in range(orders)]
        world.mine(2)
        world.by_hand()
        nonce = world.chain.node.nonce(world.keeper_account.address)
        was_killed = killed(world, last, live)
        world.local.rpc("anvil_setNextBlockBaseFeePerGas", hex(GWEI))
        keeper = world.keeper()
        for _ in range(6):
            keeper.tick()
            world.mine(2)
        assert [world.deliveries(one) for one in placed] == [1] * len(placed), last
        assert world.chain.node.nonce(world.keeper_account.address) == nonce + 1, last
        assert not keeper.outbox.entries, last
        world.local.rpc("evm_setAutomine", True)
        world.local.revert(before)
        if not was_killed:
            return last
    pytest.fail("the life has no end")


def test_delivering(world: World) -> None:
    def live(keeper: Keeper) -> None:
        for _ in range(4):
            keeper.tick()
            world.mine()

    assert at_every_step(world, live, orders=2) > 20


def test_replacing(world: World) -> None:
    def live(keeper: Keeper) -> None:
        keeper.tick()
        world.local.rpc("anvil_setNextBlockBaseFeePerGas", hex(60 * GWEI))
        world.mine()
        keeper.tick()
        world.wait(PATIENCE + 60)
        keeper.tick()
        world.local.rpc("anvil_setNextBlockBaseFeePerGas", hex(GWEI))
        world.mine()
        keeper.tick()

    assert at_every_step(world, live) > 25


def test_after_a_reorg(world: World) -> None:
    def live(keeper: Keeper) -> None:
        keeper.tick()
        world.mine()
        keeper.tick()
        world.local.reorg(1)
        keeper.tick()
        world.mine()
        keeper.tick()

    assert at_every_step(world, live) > 20
