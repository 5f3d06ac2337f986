"""A keeper whose node fails between any two of its requests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from daimm_cli.base.errors import OutsideFailed
from daimm_cli.chain.client import Chain
from daimm_cli.chain.node import Node
from daimm_cli.index.rows import OrderState
from daimm_cli.keeper.keeper import Keeper
from tests.python.keeper.conftest import World
from tools.faults import FAULTS, FaultyNode


@pytest.fixture
def faulty(world: World) -> Iterator[FaultyNode]:
    with FaultyNode(world.local.url, hang=3.0) as node:
        yield node


def keeper_behind(world: World, faulty: FaultyNode) -> Keeper:
    node = Node.connect(faulty.url, timeout=1.0)
    return world.keeper(chain=Chain(node, world.chain.book))


def tick(keeper: Keeper) -> bool:
    """Whether the tick ended well; one that fails blames the node."""
    try:
        keeper.tick()
    except OutsideFailed:
        return False
    return True


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_at_any_request(world: World, faulty: FaultyNode, fault: str) -> None:
    """Whatever request meets the fault, the order is delivered once, in one transaction."""
    placed = world.buy(world.offer())
    world.mine()
    world.by_hand()
    nonce = world.chain.node.nonce(world.keeper_account.address)
    keeper = keeper_behind(world, faulty)
    step = {"hang": 7, "late": 5}.get(fault, 1)  # these two take their time
    for number in range(0, 45, step):
        faulty.clear()
        faulty.calm(number % 15)
        faulty.next(fault)
        tick(keeper)
        world.mine()
    faulty.clear()
    for _ in range(3):
        assert tick(keeper)
        world.mine()
    assert faulty.met[fault] >= 3
    assert world.deliveries(placed) == 1
    assert world.chain.node.nonce(world.keeper_account.address) == nonce + 1
    assert len(set(faulty.sent)) == 1
    assert not keeper.outbox.entries


def test_an_answer_that_never_came_is_no_reason_to_sign_again(
    world: World, faulty: FaultyNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed = world.buy(world.offer())
    world.mine()
    world.by_hand()
    keeper = keeper_behind(world, faulty)
    monkeypatch.setattr(keeper.node, "broadcast_raw", _loses_answers(keeper.node))
    keeper.tick()
    (entry,) = keeper.outbox.entries.values()
    assert keeper.outbox.trouble is not None
    assert world.chain.node.knows(entry.latest.hash)
    world.mine()
    keeper.tick()
    assert world.state(placed) is OrderState.SETTLED
    assert len(entry.attempts) == 1


def _loses_answers(node: Node) -> object:
    inner = node.broadcast_raw

    def lost(raw: bytes, doing: str) -> None:
        inner(raw, doing)
        raise OutsideFailed("The node did not answer in time: try again or use another node.")

    return lost


def test_an_outage_changes_nothing(world: World, faulty: FaultyNode) -> None:
    placed = world.buy(world.offer())
    world.mine()
    keeper = keeper_behind(world, faulty)
    faulty.down = True
    assert not tick(keeper)
    assert not tick(keeper)
    faulty.clear()
    assert tick(keeper)
    assert world.deliveries(placed) == 1


def test_what_became_of_one_is_told_although_the_node_fails_at_the_next(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer = world.offer()
    for _ in range(2):
        world.buy(offer)
    world.mine()
    keeper = world.keeper(batch=1)
    keeper.tick()
    first, second = sorted(keeper.outbox.entries.values(), key=lambda entry: entry.nonce)
    world.mine(2)
    receipt = keeper.node.receipt

    def fails(transaction: bytes) -> object:
        if transaction == second.latest.hash:
            raise OutsideFailed("The node did not answer in time: try again or use another node.")
        return receipt(transaction)

    with monkeypatch.context() as patched:
        patched.setattr(keeper.node, "receipt", fails)
        assert not tick(keeper)
    assert [(o.what, o.nonce) for o in world.seen.outcomes] == [("final", first.nonce)]
    assert tick(keeper)
    assert [o.nonce for o in world.seen.outcomes] == [first.nonce, second.nonce]
