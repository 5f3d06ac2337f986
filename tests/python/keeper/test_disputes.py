"""A keeper among holds, rulings and convictions, on a real chain."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from daimm_cli.bindings.calls import Call
from daimm_cli.bindings.structs import OrderId, Ruling
from daimm_cli.chain.client import Placed
from daimm_cli.chain.node import GWEI
from daimm_cli.chain.terms import Offer, deal
from daimm_cli.index.index import Index
from daimm_cli.index.rows import OrderState
from daimm_cli.keeper.keeper import Keeper
from daimm_cli.protocol.curve import H, mul
from daimm_cli.protocol.delivery import KeyProof, KeyRequest, prove
from tests.python.chain import samples
from tests.python.keeper.conftest import World
from tools import disputes

DAY = 86_400
HOLD = 90 * DAY


@dataclass
class Dispute:
    """An order under inspection, its buyer's arbitrator, and a keeper that delivered it."""

    world: World
    offer: Offer
    placed: Placed
    keeper: Keeper

    @property
    def id(self) -> str:
        return f"0x{self.placed.order_id.hex()}"

    @property
    def what(self) -> bytes:
        return deal(self.offer, self.placed.order)

    @property
    def sent(self) -> list[tuple[str, ...]]:
        """What the keeper sent after the delivery."""
        return self.world.seen.sent_[1:]

    def hold(self) -> None:
        market = self.world.chain.deployed.market
        call = market.hold(self.what, self.world.buyer.address)
        self.world.chain.node.send(call, self.world.keeper_account)

    def resolve(self, ruling: Ruling) -> None:
        call = self.world.chain.deployed.market.resolve(self.what, ruling)
        self.world.chain.node.send(call, self.world.keeper_account)

    def conviction(self) -> Call:
        world = self.world
        with Index.open(world.home / "judge", world.chain) as index:
            index.sync()
            (version,) = index.versions(self.offer.model, version=self.offer.version)
        request = KeyRequest(bytes(32), samples.LINE.point, mul(samples.BUYER_KEY, H))
        proof = KeyProof.of(prove(samples.LINE, request))
        return disputes.conviction(
            world.chain, version, world.buyer.address, samples.BUYER_KEY, request, proof
        )

    def convict(self) -> None:
        self.world.chain.node.send(self.conviction(), self.world.buyer)


@pytest.fixture
def dispute(world: World) -> Dispute:
    terms = samples.offer(
        world.seller.address,
        world.chain.aim,
        inspection=DAY,
        arbitrator=world.keeper_account.address,
    )
    details = disputes.garbage(samples.version())
    offer = world.chain.publish(world.seller, royalty=0, details=details, offer=terms).offer
    placed = world.buy(offer)
    world.mine()
    keeper = world.keeper()
    keeper.tick()
    assert world.state(placed) is OrderState.INSPECTION
    world.mine(2)
    return Dispute(world, offer, placed, keeper)


def test_a_held_order_is_not_settled_and_is_refunded_without_a_ruling(dispute: Dispute) -> None:
    world, node = dispute.world, dispute.world.chain.node
    dispute.hold()
    inspection = world.chain.deployed.market.inspection_of(OrderId(dispute.placed.order_id))
    ends = node.view(inspection).ends_at
    world.wait(DAY + 1)
    dispute.keeper.tick()
    assert dispute.sent == []
    world.wait(ends - node.latest().time)
    dispute.keeper.tick()
    assert dispute.sent == []
    world.wait(1)
    dispute.keeper.tick()
    assert dispute.sent == [(f"refund {dispute.id}",)]
    assert world.state(dispute.placed) is OrderState.REFUNDED


@pytest.mark.parametrize(
    ("ruling", "state"),
    [(Ruling.REJECTED, OrderState.SETTLED), (Ruling.UPHELD, OrderState.REFUNDED)],
)
def test_what_was_ruled_on_is_done_with(
    dispute: Dispute, ruling: Ruling, state: OrderState
) -> None:
    dispute.hold()
    dispute.keeper.tick()
    dispute.world.wait(DAY + 1)
    dispute.resolve(ruling)
    dispute.world.wait(HOLD + 1)
    dispute.keeper.tick()
    assert dispute.sent == []
    assert dispute.world.state(dispute.placed) is state


def test_what_was_convicted_is_refunded_and_neither_delivered_nor_settled(
    dispute: Dispute,
) -> None:
    world = dispute.world
    pending = world.buy(dispute.offer)
    world.wait(DAY + 1)
    pending_too = world.buy(dispute.offer)
    dispute.convict()
    dispute.keeper.tick()
    assert dispute.sent == []  # the proof is not final
    world.mine(2)
    dispute.keeper.tick()
    orders = [dispute.placed, pending, pending_too]
    assert {*dispute.sent} == {(f"refund 0x{placed.order_id.hex()}",) for placed in orders}
    assert {world.state(placed) for placed in orders} == {OrderState.REFUNDED}
    world.mine(3)
    dispute.keeper.tick()
    assert len(dispute.sent) == 3
    assert "reverted" not in world.seen.whats()
    assert world.seen.held_ == {}


def test_a_settlement_that_a_conviction_overtook_is_tried_once(dispute: Dispute) -> None:
    world = dispute.world
    world.wait(DAY + 1)
    convicting = dispute.conviction()
    world.by_hand()
    dispute.keeper.tick()
    assert dispute.sent == [(f"settle {dispute.id}",)]
    fees = {"maxFeePerGas": 400 * GWEI, "maxPriorityFeePerGas": 100 * GWEI}
    node = world.chain.node
    nonce = node.nonce(world.buyer.address, "latest")
    node.broadcast(node.sign(convicting, world.buyer, nonce=nonce, fees=fees))
    for _ in range(4):
        world.mine(3)
        dispute.keeper.tick()
    assert dispute.sent == [(f"settle {dispute.id}",), (f"refund {dispute.id}",)]
    assert world.state(dispute.placed) is OrderState.REFUNDED
    assert {f"settle {dispute.id}": None} in [o.passed_over for o in world.seen.outcomes]


def test_a_delivery_that_waits_gives_way_to_a_conviction(dispute: Dispute) -> None:
    world = dispute.world
    waiting = world.buy(dispute.offer)
    world.mine(2)
    world.by_hand()
    dispute.keeper.tick()
    assert dispute.sent == [(f"deliver 0x{waiting.order_id.hex()}",)]
    world.local.rpc("anvil_dropAllTransactions")
    world.local.rpc("evm_setAutomine", True)
    dispute.convict()
    world.mine(2)
    for _ in range(3):
        dispute.keeper.tick()
        world.mine(2)
    assert world.deliveries(waiting) == 0
    assert world.state(waiting) is OrderState.REFUNDED


@pytest.mark.parametrize("kind", ["refund", "settle"])
def test_what_somebody_else_did_is_not_paid_for(
    dispute: Dispute, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, node = dispute.world, dispute.world.chain.node
    if kind == "refund":
        dispute.convict()
    else:
        world.wait(DAY + 1)
    world.mine(2)
    index = dispute.keeper.duties.index
    index.sync()
    monkeypatch.setattr(index, "sync", lambda **_: 0)  # it has not heard of the other's
    call = getattr(world.chain.deployed.market, kind)(dispute.offer, dispute.placed.order)
    node.send(call, world.buyer)
    before = node.ether(world.keeper_account.address)
    dispute.keeper.tick()
    assert dispute.sent == []
    assert f"{kind} {dispute.id}" in world.seen.held_
    assert node.ether(world.keeper_account.address) == before
