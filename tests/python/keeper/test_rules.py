"""The rules that keep a key from being given away, one by one: clocks, finality, what was seen."""

from __future__ import annotations

import json
import shutil
import time
from decimal import Decimal
from typing import Any

import pytest

from daimm_cli.base.errors import ChainRefused
from daimm_cli.bindings.erc20 import ERC20
from daimm_cli.chain.answers import Header
from daimm_cli.chain.client import Placed
from daimm_cli.chain.node import GWEI, Node
from daimm_cli.keeper.duties import GAS, Duty, NotWorth
from daimm_cli.keeper.keeper import REST, Keeper
from daimm_cli.market import deliver
from daimm_cli.market.deliver import MARGIN, Clocks, Moment
from daimm_cli.protocol.curve import SecretScalar
from tests.python.chain import samples
from tests.python.keeper.conftest import PATIENCE, World
from tools.faults import FaultyNode

BOUGHT = 1_000_000


def at(head: Header) -> Moment:
    return Moment(head.time, head.time)


def allowed(clocks: Clocks, now: int, *, seen: bool) -> bool:
    try:
        clocks.require_time(Moment(now, now), seen=seen)
    except ChainRefused:
        return False
    return True


@pytest.mark.parametrize(("delivery_time", "margin"), [(3600, MARGIN), (60, 15), (1200, MARGIN)])
def test_the_clocks_to_the_second(delivery_time: int, margin: int) -> None:
    offer = samples.offer(
        "0x" + "11" * 20, "0x" + "22" * 20, delivery_time=delivery_time, grace_period=600
    )
    clocks = Clocks.of(offer, BOUGHT)
    last_first = BOUGHT + delivery_time - margin
    assert allowed(clocks, last_first, seen=False)
    assert not allowed(clocks, last_first + 1, seen=False)
    assert allowed(clocks, BOUGHT + delivery_time + 600, seen=True)
    assert not allowed(clocks, BOUGHT + delivery_time + 601, seen=True)


def test_nothing_is_due_once_grace_is_over(world: World) -> None:
    world.buy(world.offer(delivery_time=3600, grace_period=1800))
    world.mine()
    keeper = world.keeper()
    keeper.duties.index.sync()
    keeper.duties.read(None)
    head = world.chain.node.latest()
    assert len(list(keeper.duties.due(head, head))) == 1
    world.local.travel(3600 + 1801)
    head = world.chain.node.latest()
    assert list(keeper.duties.due(head, head)) == []


def test_an_index_that_lags_behind_a_reorg_makes_no_order_final(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer = world.offer()
    salt = samples.fresh_word("salt")
    placed = samples.bought(world.chain, world.buyer, offer, salt=salt)
    world.mine(4)
    keeper = world.keeper(finality=4)
    keeper.duties.index.sync()
    keeper.duties.read(None)
    world.local.reorg(5)
    assert samples.bought(world.chain, world.buyer, offer, salt=salt) == placed
    with monkeypatch.context() as patched:
        patched.setattr(keeper.duties.index, "sync", lambda **_options: 0)
        keeper.tick()
        world.mine(3)
        keeper.tick()
    assert world.seen.sent_ == []
    world.mine()
    keeper.tick()
    assert world.seen.sent_ == [(f"deliver 0x{placed.order_id.hex()}",)]


def test_the_order_of_another_sellers_offer_is_refused(world: World) -> None:
    copy = samples.published(world.chain, world.buyer, line=samples.LINE.point)
    placed = world.buy(copy.offer)
    world.mine()
    keeper = world.keeper()
    keeper.duties.index.sync()
    keeper.duties.read(None)
    head = world.chain.node.latest()
    with pytest.raises(ChainRefused, match="placed with"):
        keeper.duties.make(f"deliver 0x{placed.order_id.hex()}", head, at(head))


def test_another_lines_secret_makes_no_delivery(world: World) -> None:
    placed = world.buy(world.offer())
    world.mine()
    world.keeper(line_of=lambda _model, _version: SecretScalar(7)).tick()
    assert "restore the seed" in world.seen.held_[f"deliver 0x{placed.order_id.hex()}"]
    assert not (world.home / "deliveries").exists()


def test_what_was_seen_goes_out_again_at_its_nonce_though_the_outbox_is_lost(world: World) -> None:
    placed = world.buy(world.offer(delivery_time=3600))
    world.mine()
    world.by_hand()
    nonce = world.chain.node.nonce(world.keeper_account.address)
    keeper = world.keeper()
    keeper.tick()
    assert deliver.was_sent(world.chain, world.home, placed.order_id)
    shutil.rmtree(keeper.outbox.folder)
    keeper = world.keeper()
    keeper.tick()
    assert sorted(keeper.outbox.entries) == [nonce]
    shutil.rmtree(keeper.outbox.folder)
    world.local.rpc("anvil_dropAllTransactions")
    world.local.travel(3600)
    world.keeper().tick()
    world.mine()
    assert world.deliveries(placed) == 1


def test_nothing_is_sent_again_after_grace_though_it_cannot_be_replaced(world: World) -> None:
    world.buy(world.offer(delivery_time=3600, grace_period=1800))
    world.mine()
    world.by_hand()
    with FaultyNode(world.local.url) as relay:
        keeper = world.keeper(submit=Node.connect(relay.url))
        keeper.tick()
        keeper.tick()
        sent = len(relay.sent)
        assert sent > 0
        world.local.rpc("anvil_dropAllTransactions")
        world.local.rpc("anvil_setNextBlockBaseFeePerGas", hex(700 * GWEI))
        world.local.travel(3600 + 1801)
        keeper.tick()
        assert len(relay.sent) == sent
        (entry,) = keeper.outbox.entries.values()
        assert "more than the limit" in world.seen.held_[f"nonce {entry.nonce}"]


def replaced(world: World) -> tuple[Placed, Keeper]:
    """An order, and its keeper, whose only entry was stuck and has a second attempt."""
    placed = world.buy(world.offer())
    world.mine()
    world.by_hand()
    keeper = world.keeper()
    keeper.tick()
    keeper.tick()
    world.local.rpc("anvil_dropAllTransactions")
    world.wait(PATIENCE + 60)
    keeper.tick()
    return placed, keeper


def test_a_replacement_is_on_disk(world: World) -> None:
    _, keeper = replaced(world)
    (entry,) = keeper.outbox.entries.values()
    (kept,) = world.keeper().outbox.entries.values()
    assert len(kept.attempts) == 2
    assert kept.attempts == entry.attempts


@pytest.mark.parametrize("damage", ["cut", "empty", "another order's", "another shape"])
def test_a_damaged_delivery_is_made_again_byte_for_byte(world: World, damage: str) -> None:
    offer = world.offer()
    one, other = world.buy(offer), world.buy(offer)
    world.mine()
    folder = world.home / "deliveries" / str(world.chain.node.chain_id)
    keeper = world.keeper()
    keeper.duties.index.sync()
    keeper.duties.read(None)
    head = world.chain.node.latest()
    for placed in (one, other):
        keeper.duties.make(f"deliver 0x{placed.order_id.hex()}", head, at(head))
    file = folder / f"0x{one.order_id.hex()}.json"
    right = json.loads(file.read_bytes())
    file.write_bytes(
        {
            "cut": file.read_bytes()[:200],
            "empty": b"",
            "another order's": (folder / f"0x{other.order_id.hex()}.json").read_bytes(),
            "another shape": b"[]",
        }[damage]
    )
    keeper.tick()
    assert [world.deliveries(one), world.deliveries(other)] == [1, 1]
    assert json.loads(file.read_bytes()) == right | {"sent": True}


def test_a_damaged_record_counts_as_seen(world: World) -> None:
    """Its bytes may be out there: what somebody saw has to be paid for."""
    placed = world.buy(world.offer(delivery_time=3600))
    world.mine()
    file = world.home / "deliveries" / str(world.chain.node.chain_id)
    file.mkdir(parents=True)
    (file / f"0x{placed.order_id.hex()}.json").write_bytes(b"{")
    world.local.travel(3600)
    world.keeper().tick()
    assert world.deliveries(placed) == 1


def test_a_nonce_that_something_else_used_is_given_up_once_that_is_final(world: World) -> None:
    world.buy(world.offer())
    world.mine()
    world.by_hand()
    keeper = world.keeper(finality=3)
    world.mine(2)
    keeper.tick()
    (entry,) = keeper.outbox.entries.values()
    world.local.rpc("anvil_dropAllTransactions")
    world.local.rpc("evm_setAutomine", True)
    world.chain.node.send(
        ERC20(world.chain.aim).transfer(world.buyer.address, 0), world.keeper_account
    )
    keeper.tick()
    assert "usurped" not in world.seen.whats()
    assert entry.nonce in keeper.outbox.entries
    world.mine(3)
    keeper.tick()
    assert "usurped" in world.seen.whats()


def test_an_older_attempt_that_was_mined_after_all_counts(world: World) -> None:
    placed, keeper = replaced(world)
    (entry,) = keeper.outbox.entries.values()
    first, _second = entry.attempts
    world.local.rpc("anvil_dropAllTransactions")
    world.chain.node.broadcast_raw(first.raw, "deliver the key")
    world.mine(3)
    keeper.tick()
    assert (world.seen.outcomes[-1].what, world.seen.outcomes[-1].attempt) == ("final", first)
    assert world.deliveries(placed) == 1


def test_an_order_that_is_not_pending_is_refused_whatever_the_index_says(world: World) -> None:
    offer = world.offer()
    placed = world.buy(offer)
    world.mine()
    keeper = world.keeper()
    keeper.duties.index.sync()
    keeper.duties.read(None)
    head = world.chain.node.latest()
    world.chain.node.send(
        world.chain.delivery_call([(offer, placed.order, samples.delivery(placed))]), world.buyer
    )
    with pytest.raises(ChainRefused, match="is delivered and paid already"):
        keeper.duties.make(f"deliver 0x{placed.order_id.hex()}", head, at(head))
    assert not (world.home / "deliveries").exists()


def test_what_was_refused_rests(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.buy(world.offer())
    world.mine()
    keeper = world.keeper(line_of=lambda _model, _version: SecretScalar(7))
    asked: list[str] = []
    make = keeper.duties.make

    def noted(subject: str, final: Header, now: Moment, gas_price: int = 0) -> Duty:
        asked.append(subject)
        return make(subject, final, now, gas_price)

    monkeypatch.setattr(keeper.duties, "make", noted)
    keeper.tick()
    keeper.tick()
    assert len(asked) == 1
    world.wait(REST + 1)
    keeper.tick()
    assert len(asked) == 2


def test_a_node_that_stands_still_does_not_stop_the_clock(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.buy(world.offer(delivery_time=3600))
    world.mine()
    later = world.chain.node.latest().time + 3600
    monkeypatch.setattr(time, "time", lambda: float(later))
    assert deliver.moment(world.chain).latest == later
    world.keeper().tick()
    assert world.seen.sent_ == []


def test_what_was_begun_is_not_weighed_again(world: World) -> None:
    placed = world.forgotten(world.offer())
    rate = {world.chain.aim: Decimal(0)}
    keeper = world.keeper(worth=rate, minimum=10**18)
    keeper.tick()
    world.local.rpc("anvil_dropAllTransactions")
    world.wait(PATIENCE + 60)
    keeper.tick()
    assert world.seen.replaced_ == [(f"deliver 0x{placed.order_id.hex()}",)]
    world.mine()
    assert world.deliveries(placed) == 1


def test_no_transaction_offers_more_than_allowed(world: World) -> None:
    placed = world.buy(world.offer())
    world.mine()
    asked = max(world.chain.node.fees().values())
    most = asked - 1
    keeper = world.keeper(most=most)
    keeper.tick()
    (entry,) = keeper.outbox.entries.values()
    assert max(entry.latest.fees.values()) == most
    assert world.deliveries(placed) == 1


def test_an_inspection_counts_from_a_delivery_that_is_final(world: World) -> None:
    offer = world.offer(inspection=60)
    placed = world.buy(offer)
    world.mine()
    young = world.chain.node.latest()
    world.local.travel(60)
    world.chain.node.send(
        world.chain.delivery_call([(offer, placed.order, samples.delivery(placed))]), world.buyer
    )
    world.local.travel(61)
    head = world.chain.node.latest()
    keeper = world.keeper()
    keeper.duties.index.sync()
    keeper.duties.read(None)
    assert list(keeper.duties.due(young, head)) == []
    assert list(keeper.duties.due(head, head)) == [f"settle 0x{placed.order_id.hex()}"]


def test_an_order_brings_its_price_less_the_protocols_share_and_the_delivery_fee(
    world: World,
) -> None:
    offer = world.offer()
    placed = world.buy(offer)
    world.mine()
    keeper = world.keeper(worth={world.chain.aim: Decimal(1)}, minimum=1_000)
    keeper.duties.index.sync()
    keeper.duties.read(None)
    head = world.chain.node.latest()
    brings = placed.order.price - placed.order.protocol_fee + offer.delivery_fee
    dearest = (brings - 1_000) // GAS["deliver"]
    subject = f"deliver 0x{placed.order_id.hex()}"
    with pytest.raises(NotWorth):
        keeper.duties.make(subject, head, at(head), dearest + 1)
    assert keeper.duties.make(subject, head, at(head), dearest).subject == subject


def test_nothing_leaves_before_it_is_on_disk(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.buy(world.offer())
    world.mine()
    world.by_hand()
    keeper = world.keeper()
    inner = keeper.node.broadcast_raw
    kept: list[bool] = []

    def watched(raw: bytes, doing: str) -> None:
        kept.append(any(raw.hex() in f.read_text() for f in keeper.outbox.folder.glob("*.json")))
        inner(raw, doing)

    monkeypatch.setattr(keeper.node, "broadcast_raw", watched)
    keeper.tick()
    keeper.tick()
    world.local.rpc("anvil_dropAllTransactions")
    world.wait(PATIENCE + 60)
    keeper.tick()
    assert len(world.seen.replaced_) == 1
    assert kept == [True, True]


def test_what_was_kept_goes_when_the_orders_end_is_final(world: World) -> None:
    """A delivery that never left is a free key for the buyer of a refunded order."""
    offer = world.offer(delivery_time=3600, grace_period=1800)
    delivered, refunded = world.buy(offer), world.buy(offer)
    world.mine(2)
    folder = world.home / "deliveries" / str(world.chain.node.chain_id)
    unsent = folder / f"0x{refunded.order_id.hex()}.json"
    deliver.prepare(
        world.chain,
        world.home,
        offer,
        refunded.order,
        lambda: samples.LINE,
        seller=world.seller.address,
    )
    world.chain.node.send(world.chain.deployed.market.decline(offer, refunded.order), world.seller)
    keeper = world.keeper(finality=3)
    keeper.tick()
    assert unsent.exists()
    assert len(list(folder.iterdir())) == 2
    world.local.travel(1)
    world.mine(2)
    keeper.tick()
    assert list(folder.iterdir()) == []
    assert world.deliveries(delivered) == 1


def test_a_block_that_comes_in_the_middle_of_a_tick_makes_nothing_seem_past(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed = world.buy(world.offer())
    world.mine()
    world.by_hand()
    keeper = world.keeper()
    keeper.tick()
    sync = keeper.duties.index.sync

    def mined_before(**options: Any) -> int:
        world.mine()
        return sync(**options)

    monkeypatch.setattr(keeper.duties.index, "sync", mined_before)
    keeper.tick()
    assert world.deliveries(placed) == 1
    assert world.seen.replaced_ == []
