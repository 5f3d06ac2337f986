"""A node whose answers take almost as long as they may: a tick stays short, and goes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from daimm_cli.base.errors import DaimmError
from daimm_cli.index import follow
from daimm_cli.index.index import Index
from daimm_cli.index.rows import OrderState
from daimm_cli.keeper.entries import Entry, Observer, Outcome
from daimm_cli.keeper.keeper import PART_SECONDS, REST, Behind
from tests.python.keeper.conftest import World

ANSWER = 9.9
"""Seconds that the node takes for each answer."""

MOST = 4 * PART_SECONDS + 33 * ANSWER
"""What a tick may take: its parts, and in each what was begun, or is done once at least."""


class Slow:
    """The world's node, slow by a clock of its own from now on; what there is, is indexed."""

    def __init__(self, world: World, *, indexed: bool = True) -> None:
        if indexed:
            world.keeper().duties.index.sync()
        self.time = 0.0
        self.asked: list[str] = []
        provider: Any = world.chain.node.provider
        self.inner = provider.make_request
        provider.make_request = self._answer
        self.inner_batch = provider.make_batch_request
        provider.make_batch_request = self._answers

    def clock(self) -> float:
        return self.time

    def _answer(self, method: str, params: Any) -> Any:
        self.time += ANSWER
        self.asked.append(method)
        return self.inner(method, params)

    def _answers(self, questions: Any) -> Any:
        self.time += ANSWER
        return self.inner_batch(questions)

    def took(self, act: Callable[[], None]) -> float:
        before = self.time
        act()
        return self.time - before


def test_much_to_deliver_makes_no_long_tick(world: World) -> None:
    offer = world.offer()
    orders = [world.buy(offer) for _ in range(25)]
    world.mine()
    slow = Slow(world)
    keeper = world.keeper(clock=slow.clock, in_flight=16)
    ticks = 0
    while len({s for subjects in world.seen.sent_ for s in subjects}) < len(orders):
        sent = len(world.seen.sent_)
        assert slow.took(keeper.tick) < MOST
        assert len(world.seen.sent_) > sent
        ticks += 1
    assert ticks > 1
    assert [world.state(placed) for placed in orders] == [OrderState.SETTLED] * 25


def test_many_that_wait_are_looked_at_and_sent_again_in_turn(world: World) -> None:
    offer = world.offer()
    for _ in range(12):
        world.buy(offer)
    world.mine()
    world.by_hand()
    world.keeper(batch=1, in_flight=12).tick()
    assert len(world.seen.sent_) == 12
    world.local.rpc("anvil_dropAllTransactions")
    slow = Slow(world)
    keeper = world.keeper(clock=slow.clock, batch=1, in_flight=12)
    for _ in range(12):
        assert slow.took(keeper.tick) < MOST
    assert world.seen.whats() == ["again"] * 12
    assert len({outcome.nonce for outcome in world.seen.outcomes}) == 12


def test_what_was_sent_goes_out_again_before_anything_new(world: World) -> None:
    offer = world.offer()
    world.forgotten(offer)
    world.local.rpc("evm_setAutomine", True)
    world.buy(offer)
    world.mine()
    told: list[str] = []

    class Told(Observer):
        def outcome(self, outcome: Outcome) -> None:
            told.append(outcome.what)

        def sent(self, entry: Entry) -> None:
            told.append(f"sent {entry.nonce}")

    keeper = world.keeper(clock=Slow(world).clock, observer=Told())
    first = min(keeper.outbox.entries)
    keeper.tick()
    assert told == ["again", f"sent {first + 1}"]


def test_what_is_refused_slowly_keeps_nothing_else_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer = world.offer(delivery_time=3600)
    bad = [world.buy(offer) for _ in range(3)]
    good = world.buy(world.offer(delivery_time=86_400))  # less urgent
    world.mine()
    slow = Slow(world)
    keeper = world.keeper(clock=slow.clock)
    make = keeper.duties.make

    def refused(subject: str, *arguments: Any) -> Any:
        if any(placed.order_id.hex() in subject for placed in bad):
            slow.time += PART_SECONDS
            raise DaimmError("No gateway has the manifest.")
        return make(subject, *arguments)

    monkeypatch.setattr(keeper.duties, "make", refused)
    for _ in range(4):
        world.wait(REST + 1)
        keeper.tick()
    assert len(world.seen.held_) == 3
    assert world.deliveries(good) == 1


def test_reading_many_events_ends_in_time_and_the_rest_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "BATCH", 2)
    offer = world.offer()
    world.forgotten(offer)
    world.local.rpc("evm_setAutomine", True)
    for _ in range(8):
        world.buy(offer)
    world.mine()
    slow = Slow(world, indexed=False)
    keeper = world.keeper(clock=slow.clock)

    def tick() -> None:
        with pytest.raises(Behind, match="blocks are still to be read"):
            keeper.tick()

    assert slow.took(tick) < MOST
    assert world.seen.whats() == ["again"]
    pauses: list[float] = []

    class Stop:
        def is_set(self) -> bool:
            return world.seen.ticks > 1

        def wait(self, seconds: float) -> None:
            pauses.append(seconds)

    keeper.run(Stop(), poll=3.0)  # type: ignore[arg-type]
    assert len(pauses) > 1
    assert set(pauses) == {3.0}
    assert len(keeper.duties.index.orders(limit=None)) == 9


def test_once_reads_all_events_before_it_looks(world: World) -> None:
    offer = world.offer()
    orders = [world.buy(offer) for _ in range(8)]
    world.mine()
    slow = Slow(world, indexed=False)
    world.keeper(clock=slow.clock).once()
    assert world.seen.ticks == 1
    assert len(world.seen.sent_) == 1
    with Index.open(world.home, world.chain) as index:
        assert len(index.orders(state=OrderState.PENDING)) == len(orders)
