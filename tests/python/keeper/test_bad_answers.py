"""A node of whose answers some are bad, always: the others are enough."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from daimm_cli.base.errors import DaimmError, OutsideFailed
from daimm_cli.chain.client import Chain
from daimm_cli.chain.node import Node
from daimm_cli.keeper.keeper import REST, Keeper
from tests.python.chain import samples
from tests.python.keeper.conftest import World
from tools.faults import HIDES, FaultyNode

MOST_TICKS = 150


@pytest.fixture
def faulty(world: World) -> Iterator[FaultyNode]:
    with FaultyNode(world.local.url, hang=3.0) as node:
        yield node


def behind(world: World, faulty: FaultyNode) -> Chain:
    return Chain(Node.connect(faulty.url, timeout=1.0), world.chain.book)


@pytest.mark.parametrize("share", [0.05, 0.15])
def test_every_order_is_delivered(world: World, faulty: FaultyNode, share: float) -> None:
    offer = world.offer(delivery_time=86_400)
    orders = [world.buy(offer) for _ in range(32)]
    world.mine(2)
    keeper = world.keeper(chain=behind(world, faulty), batch=4, in_flight=8)
    faulty.bad = share
    for _ in range(MOST_TICKS):
        try:
            keeper.tick()
        except OutsideFailed:
            pass
        except DaimmError as error:
            pytest.fail(f"not of the node: {error.message}")
        world.waited += 2
        world.mine()
        if len({s for subjects in world.seen.sent_ for s in subjects}) == len(orders):
            break
    faulty.clear()
    for _ in range(3):
        world.waited += REST
        keeper.tick()
        world.mine(2)
    assert [world.deliveries(placed) for placed in orders] == [1] * 32
    assert faulty.touched["bad answers"]


@pytest.mark.parametrize("fault", ["garbage", "cut", "error", "limit", "busy"])
def test_what_is_no_answer_is_asked_for_again(world: World, faulty: FaultyNode, fault: str) -> None:
    node = behind(world, faulty).node
    faulty.next(fault, fault)
    assert node.latest() == world.chain.node.latest()
    assert faulty.met[fault] == 2


def test_one_order_whose_answers_are_bad_keeps_no_other_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer = world.offer()
    bad, good = world.buy(offer), world.buy(offer)
    world.mine()
    keeper = world.keeper()
    license_of = keeper.chain.license

    def fails(license_id: int) -> object:
        if license_id == bad.license_id:
            raise OutsideFailed("The node gave an answer that makes no sense.")
        return license_of(license_id)

    monkeypatch.setattr(keeper.chain, "license", fails)
    keeper.tick()
    assert [world.deliveries(bad), world.deliveries(good)] == [0, 1]
    assert world.seen.ticks == 1
    monkeypatch.undo()
    world.waited += 1.0
    keeper.tick()
    assert world.deliveries(bad) == 1


@pytest.mark.parametrize("kind", HIDES)
def test_logs_that_a_node_hides_for_a_while(world: World, faulty: FaultyNode, kind: str) -> None:
    """As behind a load balancer, whose logs come later than its blocks."""
    offer = world.offer()
    keeper = world.keeper(chain=behind(world, faulty))
    faulty.hides = kind
    orders = []
    for _ in range(4):
        orders.append(world.buy(offer))
        _tick(keeper)
        world.mine()
    for _ in range(3):
        _tick(keeper)
        world.mine()
    faulty.clear()
    for _ in range(4):
        world.waited += REST
        _tick(keeper)
        world.mine(2)
    assert [world.deliveries(placed) for placed in orders] == [1] * 4


def test_replicas_at_different_heights(world: World, faulty: FaultyNode) -> None:
    offer = world.offer()
    keeper = world.keeper(chain=behind(world, faulty))
    faulty.behind = 3
    orders = [samples.bought(world.chain, world.buyer, offer) for _ in range(3)]
    for _ in range(12):
        world.waited += 2
        _tick(keeper)
        world.mine()
    faulty.clear()
    for _ in range(4):
        world.waited += REST
        _tick(keeper)
        world.mine(2)
    assert [world.deliveries(placed) for placed in orders] == [1] * 3


def _tick(keeper: Keeper) -> None:
    with contextlib.suppress(OutsideFailed):
        keeper.tick()
