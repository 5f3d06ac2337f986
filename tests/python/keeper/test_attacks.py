"""What money, broken disks and slow machines do to a keeper, and what it makes of it."""

from __future__ import annotations

import contextlib
import socket
import urllib.parse
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account

from daimm_cli.base.errors import ChainRefused, DaimmError, OutsideFailed
from daimm_cli.bindings.market import Market
from daimm_cli.chain.client import Placed
from daimm_cli.chain.node import GWEI, Call, Node
from daimm_cli.chain.terms import Offer
from daimm_cli.index.rows import OrderState
from daimm_cli.keeper.entries import Batch
from daimm_cli.keeper.health import Health, serving
from daimm_cli.keeper.keeper import REST
from daimm_cli.keeper.outbox import Outbox
from daimm_cli.keeper.settings import MAX_BATCH
from daimm_cli.market import deliver
from daimm_cli.market.deliver import MARGIN, Moment
from daimm_cli.protocol.curve import SecretScalar
from tests.python.chain import samples
from tests.python.keeper.conftest import PATIENCE, World
from tests.python.keeper.test_health import get, value
from tools.chain import LocalChain


def before(holder: Any, name: str, act: Callable[[], object], patch: pytest.MonkeyPatch) -> None:
    """Let something happen each time before a method of the keeper's is called."""
    inner = getattr(holder, name)

    def called(*arguments: Any, **options: Any) -> Any:
        act()
        return inner(*arguments, **options)

    patch.setattr(holder, name, called)


def record(world: World, order_id: bytes) -> bool:
    """Whether the order's delivery is written down as seen."""
    return deliver.was_sent(world.chain, world.home, order_id)


def inspected(world: World, count: int) -> tuple[Offer, list[Placed]]:
    """So many orders whose inspection has run out, and their offer."""
    offer = world.offer(inspection=60)
    orders = [world.buy(offer) for _ in range(count)]
    parts = [(offer, placed.order, samples.delivery(placed)) for placed in orders]
    world.chain.node.send(world.chain.delivery_call(parts), world.buyer)
    world.local.travel(120)
    world.mine()
    return offer, orders


# Keys that would not be paid for


def test_what_another_process_sent_during_a_question_stays_sent(world: World) -> None:
    offer = world.offer()
    placed = world.buy(offer)

    def prepared(secret_of: Callable[[], SecretScalar]) -> deliver.PreparedDelivery:
        return deliver.prepare(
            *(world.chain, world.home, offer, placed.order, secret_of),
            seller=world.seller.address,
        )

    def asked() -> SecretScalar:
        deliver.mark_sent([prepared(lambda: samples.LINE)], deliver.moment(world.chain))
        return samples.LINE

    prepared(asked)
    assert record(world, placed.order_id)


def test_a_slow_tick_reveals_no_key_after_the_margin(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed = world.buy(world.offer(delivery_time=3600))
    world.mine()
    world.by_hand()
    keeper = world.keeper()
    before(keeper.outbox, "price", lambda: world.local.travel(3601 - MARGIN), monkeypatch)
    keeper.tick()
    assert world.seen.sent_ == []
    assert "too late" in world.seen.held_[f"deliver 0x{placed.order_id.hex()}"]
    assert not record(world, placed.order_id)


def test_what_could_not_be_signed_was_not_seen(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else it would be sent for the first time in the last seconds of grace."""
    placed = world.buy(world.offer(delivery_time=3600))
    world.mine()
    world.by_hand()
    keeper = world.keeper()

    def broken(*_arguments: object, **_options: object) -> object:
        raise OutsideFailed("The node did not answer in time.")

    with monkeypatch.context() as patched:
        patched.setattr(keeper.node, "sign", broken)
        keeper.tick()
    assert "in time" in world.seen.held_[f"deliver 0x{placed.order_id.hex()}"]
    assert not record(world, placed.order_id)
    world.wait(3600)
    keeper.tick()
    assert world.seen.sent_ == []


def test_a_seen_delivery_is_not_dropped_when_its_line_cannot_be_had(world: World) -> None:
    placed = world.buy(world.offer())
    world.mine()
    world.by_hand()
    world.keeper().tick()
    world.local.rpc("anvil_setNextBlockBaseFeePerGas", hex(100 * GWEI))
    world.mine()
    keeper = world.keeper(line_of=missing_line)
    keeper.tick()
    world.wait(PATIENCE + 60)
    keeper.tick()
    assert world.seen.replaced_ == [(f"deliver 0x{placed.order_id.hex()}",)]
    world.mine()
    assert world.deliveries(placed) == 1


def missing_line(_model: int, _version: int) -> SecretScalar:
    raise OutsideFailed("No gateway has the manifest.")


def test_an_index_that_cannot_be_read_does_not_keep_back_what_was_seen(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed = world.buy(world.offer())
    world.mine()
    world.by_hand()
    keeper = world.keeper()
    keeper.tick()
    world.local.rpc("anvil_dropAllTransactions")

    def damaged(**_options: object) -> int:
        raise DaimmError("The index is damaged.")

    monkeypatch.setattr(keeper.duties.index, "sync", damaged)
    with pytest.raises(DaimmError, match="damaged"):
        keeper.tick()
    world.mine()
    assert world.deliveries(placed) == 1


# One that would stop all others


@pytest.mark.parametrize("part", [0.0, 0.3, 0.6, 0.95])
def test_a_damaged_page_of_the_index_stops_nothing(world: World, part: float) -> None:
    offer = world.offer()
    keeper = world.keeper()
    keeper.tick()
    placed = world.buy(offer)
    world.mine()
    (file,) = world.home.glob("index-*.sqlite")
    page = int(file.stat().st_size * part) // 4096
    with file.open("r+b") as stream:
        stream.seek(page * 4096)
        stream.write(b"\x5a" * 4096)
    for _ in range(3):
        with contextlib.suppress(DaimmError):
            keeper.tick()
        world.mine()
    assert world.deliveries(placed) == 1


def test_an_unreadable_delivery_stops_no_other(world: World) -> None:
    offer = world.offer()
    bad, good = world.buy(offer), world.buy(offer)
    world.mine()
    folder = world.home / "deliveries" / str(world.chain.node.chain_id)
    (folder / f"0x{bad.order_id.hex()}.json").mkdir(parents=True)
    world.keeper().tick()
    assert [world.deliveries(bad), world.deliveries(good)] == [0, 1]


def test_a_line_that_cannot_be_had_is_asked_for_once(world: World) -> None:
    offer = world.offer()
    other = world.offer(line=samples.LINE.point)
    orders = [world.buy(offer) for _ in range(4)]
    good = world.buy(other)
    world.mine()
    asked: list[int] = []

    def line_of(model: int, version: int) -> SecretScalar:
        asked.append(model)
        return missing_line(model, version) if model == offer.model else samples.LINE

    keeper = world.keeper(line_of=line_of)
    keeper.tick()
    keeper.tick()
    assert asked.count(offer.model) == 1
    assert world.deliveries(good) == 1
    assert all("No gateway" in world.seen.held_[f"deliver 0x{o.order_id.hex()}"] for o in orders)


def test_a_batch_that_is_refused_goes_one_by_one_and_keeps_to_what_may_be_in_flight(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, orders = inspected(world, 5)
    keeper = world.keeper(in_flight=2)
    sign = world.chain.node.sign

    def alone(call: Call, *arguments: Any, **how: Any) -> Any:
        read = Market.read_call(call.data)
        if read is not None and read.function.name == "multicall":
            raise ChainRefused("That is too much for one block.")
        return sign(call, *arguments, **how)

    monkeypatch.setattr(world.chain.node, "sign", alone)
    world.by_hand()
    keeper.tick()
    assert [len(subjects) for subjects in world.seen.sent_] == [1, 1]
    for _ in range(4):
        world.mine()
        keeper.tick()
    assert [world.state(placed) for placed in orders] == [OrderState.SETTLED] * 5
    assert [len(subjects) for subjects in world.seen.sent_] == [1] * 5


def test_what_somebody_settled_first_does_not_undo_the_rest_of_a_batch(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer, orders = inspected(world, 3)
    keeper = world.keeper()

    def settle() -> None:
        settling = world.chain.deployed.market.settle(offer, orders[0].order)
        world.chain.node.send(settling, world.buyer)

    before(keeper.outbox, "price", settle, monkeypatch)
    keeper.tick()
    assert [len(subjects) for subjects in world.seen.sent_] == [3]
    assert [world.state(placed) for placed in orders] == [OrderState.SETTLED] * 3


def test_a_nonce_without_a_record_does_not_stop_those_after_it(world: World) -> None:
    offer = world.offer()
    orders = [world.buy(offer) for _ in range(2)]
    world.mine()
    world.by_hand()
    keeper = world.keeper(batch=1, in_flight=2)
    keeper.tick()
    first, _second = sorted(keeper.outbox.entries)
    world.local.rpc("anvil_dropAllTransactions")
    (keeper.outbox.folder / f"{first}.json").unlink()
    keeper = world.keeper(batch=1, in_flight=1)
    keeper.tick()
    world.mine()
    world.wait(PATIENCE + 60)
    for _ in range(4):
        keeper.tick()
        world.mine()
    assert [world.deliveries(placed) for placed in orders] == [1, 1]
    assert world.seen.replaced_ == []


def test_a_forgotten_transaction_at_the_highest_fee_gives_its_nonce_back(world: World) -> None:
    offer = world.offer(delivery_time=3600, grace_period=1800)
    late = world.buy(offer)
    world.mine()
    world.by_hand()
    keeper = world.keeper(most=max(world.chain.node.fees().values()))
    keeper.tick()
    world.local.rpc("anvil_dropAllTransactions")
    world.local.travel(3600 + 1801)
    keeper.tick()
    assert world.seen.replaced_ == [()]
    world.wait(PATIENCE + 60)
    keeper.tick()
    keeper.tick()
    assert world.seen.replaced_ == [()]
    world.mine()
    world.local.rpc("evm_setAutomine", True)
    fresh = world.buy(offer)
    world.mine(2)
    keeper.tick()
    assert [world.deliveries(late), world.deliveries(fresh)] == [0, 1]


def test_late_orders_do_not_keep_others_waiting(world: World) -> None:
    """They are judged after the others, and without asking the node about each."""
    slow, offer = world.offer(delivery_time=3600), world.offer(delivery_time=86_400)
    late = [world.buy(slow) for _ in range(3)]
    world.mine()
    world.local.travel(3601)
    fresh = world.buy(offer)
    world.mine()
    keeper = world.keeper()
    head = world.chain.node.latest()
    keeper.duties.index.sync()
    keeper.duties.read(None)
    subjects = list(keeper.duties.due(head, head))
    assert subjects[0] == f"deliver 0x{fresh.order_id.hex()}"
    assert len(subjects) == 4
    keeper.tick()
    requests = count_requests(world)
    for placed in late:
        with pytest.raises(DaimmError, match="too late"):
            keeper.duties.make(
                f"deliver 0x{placed.order_id.hex()}", head, Moment(head.time, head.time)
            )
    assert requests == []


def count_requests(world: World) -> list[str]:
    """What the node is asked from now on."""
    asked: list[str] = []
    provider: Any = world.chain.node.provider
    inner = provider.make_request

    def noted(method: str, params: Any) -> Any:
        asked.append(method)
        return inner(method, params)

    provider.make_request = noted
    return asked


@pytest.mark.parametrize("asked", ["the order", "the licence"])
@pytest.mark.parametrize("number", range(4))
def test_an_order_at_which_the_node_always_fails_stops_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch, asked: str, number: int
) -> None:
    """The licence is asked for when a delivery is made, the order sent when it is signed."""
    offer = world.offer()
    orders = [world.buy(offer) for _ in range(4)]
    orders.sort(key=lambda placed: placed.order_id)
    world.mine()
    bad = orders.pop(number)
    license_id = world.chain.license_id(bad.order_id)
    part = bad.order.salt.hex() if asked == "the order" else f"{license_id:064x}"
    provider: Any = world.chain.node.provider
    inner = provider.make_request

    def times_out(method: str, params: Any) -> Any:
        if part in str(params):
            raise TimeoutError
        return inner(method, params)

    keeper = world.keeper(batch=3)
    with monkeypatch.context() as patched:
        patched.setattr(provider, "make_request", times_out)
        for _ in range(8):
            with contextlib.suppress(OutsideFailed):
                keeper.tick()
            world.waited += REST
            world.mine()
    assert [world.deliveries(placed) for placed in orders] == [1, 1, 1]
    assert world.deliveries(bad) == 0
    keeper.tick()
    assert world.deliveries(bad) == 1


def test_the_largest_batch_is_one_that_nodes_take(world: World) -> None:
    """Others are refused as "oversized data", again and again."""
    offer = world.offer()
    placed = world.buy(offer)
    one = (offer, placed.order, samples.delivery(placed))
    assert len(world.chain.delivery_call([one] * MAX_BATCH).data) < (128 << 10) - 1_024


# Money


@pytest.fixture(scope="module")
def legacy() -> Iterator[LocalChain]:
    """A chain from before EIP-1559."""
    with LocalChain(hardfork="berlin") as chain:
        yield chain


def test_a_chain_without_base_fees(legacy: LocalChain, tmp_path: Path) -> None:
    node = Node.connect(legacy.url, legacy_fees=True)
    account = Account.from_key(legacy.accounts[0].key)
    price = node.fees()["gasPrice"]
    stingy = Outbox(tmp_path / "stingy", node, account, price - 1, PATIENCE)
    with pytest.raises(DaimmError, match="more than the limit"):
        stingy.price()
    legacy.rpc("evm_setAutomine", False)
    outbox = Outbox(tmp_path / "outbox", node, account, 10 * price, PATIENCE)
    call = Call(account.address, b"", "do nothing")
    entry = outbox.add(Batch(call, ["first"]), outbox.price())
    outbox.replace(entry, Batch(call, ["second"]))
    first, second = entry.attempts
    assert second.fees["gasPrice"] * 8 > first.fees["gasPrice"] * 9
    assert outbox.trouble is None
    legacy.mine()
    head = node.latest()
    (outcome,) = outbox.advance(head, final=head.number)
    assert (outcome.what, outcome.attempt) == ("final", second)


def test_dear_gas_is_no_failure_of_the_node(world: World) -> None:
    placed = world.buy(world.offer())
    world.mine()
    world.local.rpc("anvil_setNextBlockBaseFeePerGas", hex(100 * GWEI))
    world.mine()
    world.by_hand()
    keeper = world.keeper(most=50 * GWEI)
    keeper.tick()
    assert world.seen.ticks == 1
    assert "more than the limit of 50 gwei" in world.seen.held_["sending"]
    world.local.rpc("anvil_setNextBlockBaseFeePerGas", hex(GWEI))
    world.mine()
    keeper.tick()
    world.mine()
    assert world.deliveries(placed) == 1


def test_an_empty_account_is_told_once_for_all_orders(world: World) -> None:
    offer = world.offer()
    orders = [world.buy(offer) for _ in range(3)]
    world.mine()
    world.local.rpc("anvil_setBalance", world.keeper_account.address, "0x0")
    keeper = world.keeper(batch=1)
    keeper.tick()
    assert list(world.seen.held_) == ["sending"]
    assert "send it some" in world.seen.held_["sending"]
    world.local.rpc("anvil_setBalance", world.keeper_account.address, hex(10**18))
    keeper.tick()
    assert [world.deliveries(placed) for placed in orders] == [1] * 3


# Those who look


def test_orders_that_nobody_can_serve_any_more_are_not_overdue_for_ever(world: World) -> None:
    health = Health(lambda _line: None)
    world.buy(world.offer(delivery_time=3600, grace_period=1800))
    world.local.travel(3601)
    world.by_hand()
    keeper = world.keeper(observer=health)
    keeper.tick()
    assert "past their delivery time" in (health.ill() or "")
    world.local.travel(1800)
    keeper.tick()
    assert health.ill() is None
    with serving(health, "127.0.0.1:0") as url:
        text = get(f"{url}/metrics")[1]
    assert value(text, "daimm_keeper_orders_overdue") == 0
    assert value(text, "daimm_keeper_orders_waiting") == 0


def test_a_silent_visitor_keeps_nobody_from_asking() -> None:
    health = Health(lambda _line: None)
    with serving(health, "127.0.0.1:0") as url:
        port = urllib.parse.urlsplit(url).port
        with socket.create_connection(("127.0.0.1", port or 0)) as silent:
            silent.sendall(b"GET /metrics")
            assert get(f"{url}/healthz")[0] == 503


def test_an_unprofitable_order_is_told_once_whatever_gas_does(world: World) -> None:
    lines: list[str] = []
    world.buy(world.offer())
    world.mine()
    health = Health(lines.append)
    for gwei in (20, 30, 40):
        world.local.rpc("anvil_setNextBlockBaseFeePerGas", hex(gwei * GWEI))
        world.local.travel(60)
        keeper = world.keeper(observer=health, worth={world.chain.aim: Decimal(0)})
        keeper.tick()
    assert len([line for line in lines if "worth its gas up to" in line]) == 1


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("daimm_cli.keeper.health.REMEMBERED", 1_000)
    lines: list[str] = []
    health = Health(lines.append)
    for number in range(2_500):
        health.held(f"deliver 0x{number:064x}", DaimmError("Too late."))
    assert len(health._told) <= 1_000
