"""The keeper's loop on a real chain: finality, batches, re-orgs, stuck and lost transactions."""

from __future__ import annotations

from decimal import Decimal

import pytest

from daimm_cli.base.errors import DaimmError
from daimm_cli.bindings.erc20 import ERC20
from daimm_cli.bindings.structs import OrderId
from daimm_cli.chain.client import Placed
from daimm_cli.chain.node import GWEI, Call
from daimm_cli.chain.payment import Item
from daimm_cli.chain.terms import Offer
from daimm_cli.index.rows import OrderState
from daimm_cli.keeper.health import Health
from daimm_cli.keeper.settings import MAX_BATCH
from daimm_cli.market.deliver import MARGIN
from daimm_cli.protocol.curve import keccak
from tests.python.chain import samples
from tests.python.chain.samples import calldata
from tests.python.keeper.conftest import PATIENCE, World


def test_an_order_is_delivered_once_it_is_final_and_not_before(world: World) -> None:
    placed = world.buy(world.offer())
    keeper = world.keeper(finality=3)
    for _ in range(2):
        keeper.tick()
        assert world.seen.sent_ == []
        world.mine()
    keeper.tick()
    assert world.seen.sent_ == [(f"deliver 0x{placed.order_id.hex()}",)]
    assert world.state(placed) is OrderState.SETTLED
    assert keeper.outbox.entries
    world.mine(2)
    keeper.tick()
    assert world.seen.whats() == ["final"]
    assert not keeper.outbox.entries
    assert list(keeper.outbox.folder.glob("*.json")) == []
    world.mine(3)
    keeper.tick()
    assert world.deliveries(placed) == 1
    assert len(world.seen.sent_) == 1


def test_finality_can_be_the_nodes_word(world: World) -> None:
    placed = world.buy(world.offer())
    keeper = world.keeper(finality="finalized")
    keeper.tick()
    assert world.seen.sent_ == []
    world.mine(70)
    keeper.tick()
    assert world.state(placed) is OrderState.SETTLED


def test_many_that_are_due_go_together(world: World) -> None:
    offer = world.offer()
    orders = [world.buy(offer) for _ in range(7)]
    world.mine()
    world.by_hand()
    keeper = world.keeper(batch=3, in_flight=2)
    keeper.tick()
    assert [len(subjects) for subjects in world.seen.sent_] == [3, 3]
    keeper.tick()
    assert len(world.seen.sent_) == 2
    world.mine()
    keeper.tick()
    assert [len(subjects) for subjects in world.seen.sent_] == [3, 3, 1]
    world.mine(3)
    assert [world.deliveries(placed) for placed in orders] == [1] * 7


def test_the_largest_batch_is_one_transaction_below_its_cap(world: World) -> None:
    offer = world.offer()
    items = [Item(offer, samples.purchase(world.chain, offer)) for _ in range(MAX_BATCH)]
    orders = world.chain.buy(world.buyer, items).orders
    world.mine()
    world.keeper(batch=MAX_BATCH).tick()
    assert [len(subjects) for subjects in world.seen.sent_] == [MAX_BATCH]
    assert all(world.state(placed) is OrderState.SETTLED for placed in orders)


def test_the_keeper_needs_no_rights_and_earns_the_delivery_fee(world: World) -> None:
    offer = world.offer()
    world.buy(offer)
    world.mine()
    world.keeper().tick()
    chain = world.chain
    assert chain.credit(world.keeper_account.address, chain.aim) == offer.delivery_fee
    assert chain.credit(world.seller.address, chain.aim) > 0


def test_a_delivery_that_a_reorg_took_back_goes_out_again_in_the_same_bytes(world: World) -> None:
    placed = world.buy(world.offer())
    world.mine(4)
    keeper = world.keeper(finality=4)
    keeper.tick()
    (entry,) = keeper.outbox.entries.values()
    raw = entry.latest.raw
    assert world.deliveries(placed) == 1
    world.local.reorg(1)
    assert world.deliveries(placed) == 0
    keeper.tick()
    assert world.seen.whats() == ["again"]
    assert [a.raw for a in entry.attempts] == [raw]
    assert world.deliveries(placed) == 1
    assert len(world.seen.sent_) == 1


def test_a_dropped_transaction_goes_out_again_in_the_same_bytes(world: World) -> None:
    placed = world.buy(world.offer())
    world.mine()
    world.by_hand()
    keeper = world.keeper()
    keeper.tick()
    (entry,) = keeper.outbox.entries.values()
    world.local.rpc("anvil_dropTransaction", "0x" + entry.latest.hash.hex())
    assert not world.chain.node.knows(entry.latest.hash)
    keeper.tick()
    assert world.chain.node.knows(entry.latest.hash)
    assert world.seen.whats() == ["again"]
    world.mine()
    assert world.deliveries(placed) == 1


def test_what_the_node_does_not_take_was_not_sent_again(world: World) -> None:
    offer = world.offer()
    for _ in range(2):
        world.buy(offer)
    world.mine()
    world.by_hand()
    keeper = world.keeper(batch=1)
    keeper.tick()
    world.local.rpc("anvil_dropAllTransactions")
    world.local.rpc("anvil_setNextBlockBaseFeePerGas", hex(100 * GWEI))
    world.mine()
    keeper.tick()
    assert world.seen.whats() == []
    assert "dearer" in str(keeper.outbox.trouble)


def test_a_stuck_transaction_is_replaced_for_more(world: World) -> None:
    placed = world.buy(world.offer())
    world.mine()
    world.by_hand()
    keeper = world.keeper()
    keeper.tick()
    (entry,) = keeper.outbox.entries.values()
    world.local.rpc("anvil_setNextBlockBaseFeePerGas", hex(100 * GWEI))
    world.mine()
    assert world.deliveries(placed) == 0
    keeper.tick()
    assert world.seen.replaced_ == []
    world.wait(PATIENCE + 60)
    keeper.tick()
    assert len(world.seen.replaced_) == 1
    first, second = entry.attempts
    assert all(second.fees[name] * 8 >= first.fees[name] * 9 for name in first.fees)
    assert (second.hash != first.hash, second.subjects) == (True, first.subjects)
    world.mine()
    assert world.deliveries(placed) == 1
    world.mine(2)
    keeper.tick()
    assert world.seen.whats()[-1] == "final"
    assert world.seen.outcomes[-1].attempt == second


def test_no_higher_fee_than_allowed(world: World) -> None:
    world.buy(world.offer())
    world.mine()
    world.by_hand()
    keeper = world.keeper(most=max(world.chain.node.fees().values()))
    keeper.tick()
    (entry,) = keeper.outbox.entries.values()
    keeper.tick()
    world.local.rpc("anvil_dropAllTransactions")
    world.wait(PATIENCE + 60)
    keeper.tick()
    assert "A higher fee would pass the limit" in world.seen.held_[f"nonce {entry.nonce}"]
    assert len(entry.attempts) == 1


def test_what_costs_more_than_it_brings_is_not_delivered(world: World) -> None:
    offer = world.offer()
    placed = world.buy(offer)
    world.mine()
    subject = f"deliver 0x{placed.order_id.hex()}"
    chain = world.chain
    gas = 80_000 * chain.node.base_fee()
    brings = placed.order.price - placed.order.protocol_fee + offer.delivery_fee
    too_little = {chain.aim: Decimal(gas - 10**6) / brings}
    keeper = world.keeper(worth=too_little)
    keeper.tick()
    assert world.seen.sent_ == []
    assert "gas" in world.seen.held_[subject]
    enough = {chain.aim: Decimal(gas) * 2 / brings}
    world.keeper(worth=enough).tick()
    assert world.seen.sent_ == [(subject,)]


def test_a_minimum_profit_is_kept(world: World) -> None:
    placed = world.buy(world.offer())
    world.mine()
    rate = {world.chain.aim: Decimal("0.001")}
    brings = placed.order.price - placed.order.protocol_fee + samples.AIM // 10
    least = int(brings * Decimal("0.001"))
    world.keeper(worth=rate, minimum=least).tick()
    assert world.seen.sent_ == []
    world.keeper(worth=rate, minimum=least // 2).tick()
    assert len(world.seen.sent_) == 1


def test_no_first_delivery_within_the_margin(world: World) -> None:
    offer = world.offer(delivery_time=3600)
    placed = world.buy(offer)
    world.mine()
    world.local.travel(3600 - MARGIN - 30)
    world.by_hand()
    early = world.keeper()
    world.local.travel(60)
    world.mine()
    early.tick()
    assert world.seen.sent_ == []
    assert "too late" in world.seen.held_[f"deliver 0x{placed.order_id.hex()}"]


def test_one_that_may_have_been_seen_is_sent_until_grace_ends(world: World) -> None:
    offer = world.offer(delivery_time=3600, grace_period=1800)
    placed = world.buy(offer)
    world.mine()
    world.by_hand()
    world.keeper().tick()
    world.local.rpc("anvil_dropAllTransactions")
    world.local.travel(3600 + 1000)
    world.mine()
    keeper = world.keeper()
    keeper.tick()
    world.mine()
    assert world.deliveries(placed) == 1


def test_a_transaction_that_waits_past_grace_gives_its_nonce_back(world: World) -> None:
    offer = world.offer(delivery_time=3600, grace_period=1800)
    late = world.buy(offer)
    world.mine()
    world.by_hand()
    keeper = world.keeper()
    keeper.tick()
    (entry,) = keeper.outbox.entries.values()
    world.local.rpc("anvil_dropAllTransactions")
    world.local.travel(3600 + 1801)
    keeper.tick()
    assert world.seen.replaced_ == [()]
    world.mine()
    assert world.deliveries(late) == 0
    world.local.rpc("evm_setAutomine", True)
    fresh = world.buy(offer)
    world.mine(2)
    keeper.tick()
    assert world.deliveries(fresh) == 1
    assert entry.nonce not in keeper.outbox.entries


def copied(world: World, offer: Offer, placed: Placed) -> None:
    """Somebody sends a delivery of the keeper's as their own, and is mined before it."""
    made = samples.delivery(placed, receiver=world.keeper_account.address)
    call = world.chain.delivery_call([(offer, placed.order, made)])
    fees = {"maxFeePerGas": 400 * GWEI, "maxPriorityFeePerGas": 100 * GWEI}
    world.chain.node.broadcast(world.chain.node.sign(call, world.buyer, fees=fees))


def test_who_copies_one_delivery_of_a_batch_does_not_undo_the_others(world: World) -> None:
    lines: list[str] = []
    health = Health(lines.append)
    offer = world.offer()
    orders = [world.buy(offer) for _ in range(3)]
    world.mine()
    world.by_hand()
    keeper = world.keeper(in_flight=8)
    keeper.tick()
    copied(world, offer, orders[1])
    world.mine()
    assert [world.deliveries(placed) for placed in orders] == [1, 1, 1]
    chain = world.chain
    assert not chain.credit(world.buyer.address, chain.aim)
    assert chain.credit(world.keeper_account.address, chain.aim) == 3 * offer.delivery_fee
    world.mine()
    keeper.tick()
    (outcome,) = world.seen.outcomes
    subject = f"deliver 0x{orders[1].order_id.hex()}"
    assert (outcome.what, outcome.passed_over) == ("final", {subject: world.buyer.address})
    assert len(world.seen.sent_) == 1
    health.outcome(outcome)
    assert len([line for line in lines if ", final in block" in line]) == 2
    (told,) = [line for line in lines if f"was delivered by {world.buyer.address}" in line]
    assert orders[1].order_id.hex() in told


def test_one_that_others_delivered_does_not_raise_the_fee_of_a_batch_that_waits(
    world: World,
) -> None:
    """Else whoever copies one after the other drives it up to the limit."""
    offer = world.offer()
    first, second = world.buy(offer), world.buy(offer)
    world.mine()
    world.by_hand()
    keeper = world.keeper()
    keeper.tick()
    world.local.rpc("anvil_dropAllTransactions")
    copied(world, offer, first)
    world.mine()
    keeper.tick()
    assert world.seen.replaced_ == []
    assert world.seen.whats() == ["again"]
    world.mine()
    assert [world.deliveries(first), world.deliveries(second)] == [1, 1]


def test_a_batch_of_which_one_is_past_grace_goes_on_without_it(world: World) -> None:
    """What is late must not be seen any more: its bytes go out no more."""
    brief = world.buy(world.offer(delivery_time=3600, grace_period=1800))
    other = world.buy(world.offer(delivery_time=86_400))
    world.mine()
    world.by_hand()
    keeper = world.keeper()
    keeper.tick()
    assert len(world.seen.sent_[0]) == 2
    world.local.rpc("anvil_dropAllTransactions")
    world.local.travel(3600 + 1801)
    keeper.tick()
    assert world.seen.replaced_ == [(f"deliver 0x{other.order_id.hex()}",)]
    assert world.seen.whats() == []
    world.mine()
    assert [world.deliveries(brief), world.deliveries(other)] == [0, 1]


def test_a_batch_of_which_one_was_declined_goes_on_without_it(world: World) -> None:
    """Else the buyer of the declined one gets money and key."""
    offer = world.offer()
    declined, other = world.buy(offer), world.buy(offer)
    world.mine()
    world.by_hand()
    keeper = world.keeper()
    keeper.tick()
    raw = keeper.outbox.waiting[0].latest.raw
    world.local.rpc("anvil_dropAllTransactions")
    world.local.rpc("evm_setAutomine", True)
    world.chain.node.send(world.chain.deployed.market.decline(offer, declined.order), world.seller)
    world.by_hand()
    keeper.tick()
    assert world.seen.replaced_ == [(f"deliver 0x{other.order_id.hex()}",)]
    assert not world.chain.node.knows(keccak(raw))
    world.mine()
    assert [world.deliveries(declined), world.deliveries(other)] == [0, 1]


def test_a_settlement_that_somebody_copied_leaves_its_batch_the_others(world: World) -> None:
    chain = world.chain
    offer = world.offer(inspection=60)
    orders = [world.buy(offer) for _ in range(3)]
    parts = [(offer, placed.order, samples.delivery(placed)) for placed in orders]
    chain.node.send(chain.delivery_call([*parts]), world.buyer)
    world.local.travel(120)
    world.mine()
    world.by_hand()
    keeper = world.keeper(in_flight=8)
    keeper.tick()
    assert [len(subjects) for subjects in world.seen.sent_] == [3]
    terms = (offer.to_abi(), orders[1].order.to_abi())
    call = Call(chain.market, calldata(chain, "Market", "settle", *terms), "settle")
    fees = {"maxFeePerGas": 400 * GWEI, "maxPriorityFeePerGas": 100 * GWEI}
    chain.node.broadcast(chain.node.sign(call, world.buyer, fees=fees))
    world.mine()
    assert [world.state(placed) for placed in orders] == [OrderState.SETTLED] * 3
    keeper.tick()
    world.mine(4)
    keeper.tick()
    assert [len(subjects) for subjects in world.seen.sent_] == [3]


def test_a_nonce_that_something_else_used_is_given_up(world: World) -> None:
    placed = world.buy(world.offer())
    world.mine()
    world.by_hand()
    keeper = world.keeper()
    keeper.tick()
    world.local.rpc("anvil_dropAllTransactions")
    world.local.rpc("evm_setAutomine", True)
    world.chain.node.send(
        ERC20(world.chain.aim).transfer(world.buyer.address, 0), world.keeper_account
    )
    assert world.deliveries(placed) == 0
    keeper.tick()
    world.mine(2)
    keeper.tick()
    assert "usurped" in world.seen.whats()
    keeper.tick()
    assert world.deliveries(placed) == 1


def test_copied_offers_are_not_served(world: World) -> None:
    terms = world.offer()
    copy = samples.published(world.chain, world.buyer, line=samples.LINE.point)
    assert copy.offer.seller == world.buyer.address != terms.seller
    placed = world.buy(copy.offer)
    world.mine(3)
    world.keeper().tick()
    assert world.seen.sent_ == []
    assert world.deliveries(placed) == 0


def test_inspections_that_ran_out_are_settled(world: World) -> None:
    offer = world.offer(inspection=86_400)
    placed = world.buy(offer)
    world.mine()
    keeper = world.keeper()
    keeper.tick()
    world.mine(2)
    keeper.tick()
    assert world.state(placed) is OrderState.INSPECTION
    ends = world.chain.node.view(
        world.chain.deployed.market.inspection_of(OrderId(placed.order_id))
    ).ends_at
    world.local.travel(ends - world.chain.node.latest().time)
    keeper.tick()
    assert len(world.seen.sent_) == 1
    world.local.travel(1)
    keeper.tick()
    assert world.seen.sent_[-1] == (f"settle 0x{placed.order_id.hex()}",)
    assert world.state(placed) is OrderState.SETTLED


def test_credits_are_pushed_on_from_the_threshold(world: World) -> None:
    chain = world.chain
    placed = world.buy(world.offer())
    proceeds = placed.order.price - placed.order.protocol_fee
    world.mine()
    keeper = world.keeper(thresholds={chain.aim: proceeds + 1})
    keeper.tick()
    world.mine()
    keeper.tick()
    assert len(world.seen.sent_) == 1
    before = chain.balance(chain.aim, world.seller.address)
    keeper = world.keeper(thresholds={chain.aim: proceeds})
    keeper.tick()
    assert world.seen.sent_[-1] == (f"withdraw Market {world.seller.address} {chain.aim}",)
    assert chain.balance(chain.aim, world.seller.address) == before + proceeds
    world.mine(2)
    keeper.tick()
    keeper.tick()
    assert len(world.seen.sent_) == 2


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b"\xff"])
def test_a_damaged_record_is_set_aside_and_told(world: World, damage: bytes) -> None:
    offer = world.offer()
    lost = world.buy(offer)
    world.mine()
    world.by_hand()
    keeper = world.keeper()
    keeper.tick()
    (file,) = keeper.outbox.folder.glob("*.json")
    assert file.stat().st_mode & 0o077 == 0
    file.write_bytes(damage)
    lines: list[str] = []
    health = Health(lines.append)
    keeper = world.keeper(observer=health)
    placed = world.buy_by_hand(offer)
    for _ in range(4):
        keeper.tick()
        world.waited += PATIENCE + 1
        world.mine()
    keeper.tick()
    assert [world.deliveries(one) for one in (lost, placed)] == [1, 1]
    aside = file.with_name(file.name + ".damaged")
    assert aside.read_bytes() == damage
    told = f"set aside as {aside}"
    assert any(told in line for line in lines)
    assert told in str(health.ill())
    aside.unlink()
    keeper.tick()
    assert health.ill() is None


def test_another_accounts_outbox_is_not_taken_over(world: World) -> None:
    world.buy(world.offer())
    world.mine()
    world.by_hand()
    world.keeper().tick()
    world.keeper_account = world.buyer
    with pytest.raises(DaimmError, match="run the keeper with that account"):
        world.keeper()
