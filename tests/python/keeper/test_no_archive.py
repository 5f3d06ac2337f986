"""A node without an archive: it has the state of the newest 128 blocks, and of no other."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from daimm_cli.base.errors import ChainRefused, OutsideFailed
from daimm_cli.bindings.erc20 import ERC20
from daimm_cli.chain.answers import Receipt
from daimm_cli.chain.client import Chain
from daimm_cli.chain.node import Node
from daimm_cli.index.index import Index
from daimm_cli.index.rows import OrderState
from daimm_cli.market import deliver
from daimm_cli.market.wait import Ending, look
from tests.python.chain import samples
from tests.python.keeper.conftest import World
from tools.faults import FaultyNode

KEPT = 128
FINALITY = 300
"""Blocks: as far as the finalized one of a rollup may lag behind."""


@pytest.fixture
def forgetful(world: World) -> Iterator[tuple[FaultyNode, Chain]]:
    with FaultyNode(world.local.url, keeps=KEPT) as node:
        yield node, Chain(Node.connect(node.url), world.chain.book)


def test_the_node_forgets(world: World, forgetful: tuple[FaultyNode, Chain]) -> None:
    """Or nothing below would mean anything."""
    node, chain = forgetful
    world.mine(FINALITY)
    head = chain.node.latest().number
    assert chain.node.nonce(world.seller.address, head - KEPT + 1) >= 0
    with pytest.raises(OutsideFailed, match="missing trie node"):
        chain.node.nonce(world.seller.address, head - KEPT)
    assert node.forgotten == 1


@pytest.mark.parametrize("finality", [FINALITY, "finalized"])
def test_an_order_is_delivered_once_it_is_final(
    world: World, forgetful: tuple[FaultyNode, Chain], finality: int | str
) -> None:
    node, chain = forgetful
    node.keeps = KEPT if finality == FINALITY else 16  # anvil finalizes what 64 blocks are upon
    placed = world.buy(world.offer())
    keeper = world.keeper(chain=chain, finality=finality)
    world.mine(40)
    keeper.tick()
    assert world.seen.sent_ == []
    world.mine(FINALITY - 41)
    keeper.tick()
    assert world.state(placed) is OrderState.SETTLED
    world.mine(FINALITY)
    keeper.tick()
    assert world.seen.whats() == ["final"]
    assert node.forgotten == 0


def test_a_purchase_that_a_reorg_replaced_is_not_final(
    world: World, forgetful: tuple[FaultyNode, Chain]
) -> None:
    _, chain = forgetful
    offer = world.offer()
    placed = world.buy(offer)
    world.mine(5)
    keeper = world.keeper(chain=chain)
    keeper.duties.index.sync()
    keeper.duties.read(None)
    row = keeper.duties.index.order(placed.order_id)
    final = chain.node.latest().number
    assert deliver.bought_by(chain, row, final)
    assert not deliver.bought_by(chain, row, row.block - 1)
    world.local.reorg(6)
    assert not deliver.bought_by(chain, row, final)


def test_a_nonce_that_something_else_used_is_given_up_once_that_is_final(
    world: World, forgetful: tuple[FaultyNode, Chain]
) -> None:
    node, chain = forgetful
    placed = world.buy(world.offer())
    world.mine(FINALITY)
    world.by_hand()
    keeper = world.keeper(chain=chain, finality=FINALITY)
    keeper.tick()
    (entry,) = keeper.outbox.entries.values()
    world.local.rpc("anvil_dropAllTransactions")
    world.local.rpc("evm_setAutomine", True)
    world.chain.node.send(
        ERC20(world.chain.aim).transfer(world.buyer.address, 0), world.keeper_account
    )
    keeper.tick()
    assert entry.usurped is not None
    first = entry.usurped
    world.mine(FINALITY - 2)
    keeper = world.keeper(chain=chain, finality=FINALITY)  # it is remembered over a start
    keeper.tick()
    assert keeper.outbox.entries[entry.nonce].usurped == first
    assert "usurped" not in world.seen.whats()
    world.mine()
    keeper.tick()
    assert "usurped" in world.seen.whats()
    keeper.tick()
    assert world.deliveries(placed) == 1
    assert node.forgotten == 0


def test_a_nonce_counts_as_taken_from_a_block_that_is_still_there(world: World) -> None:
    placed = world.buy(world.offer())
    world.mine(8)
    world.by_hand()
    keeper = world.keeper(finality=8)
    keeper.tick()
    (entry,) = keeper.outbox.entries.values()
    raw = entry.latest.raw
    world.local.rpc("anvil_dropAllTransactions")
    world.local.rpc("evm_setAutomine", True)
    world.chain.node.send(
        ERC20(world.chain.aim).transfer(world.buyer.address, 0), world.keeper_account
    )
    keeper.tick()
    assert entry.usurped
    assert not keeper.outbox.waiting
    world.local.reorg(1)
    keeper.tick()
    assert [e.usurped for e in keeper.outbox.entries.values()] == [None]
    assert world.seen.whats() == ["again"]
    assert entry.latest.raw == raw
    assert world.deliveries(placed) == 1


def test_what_was_mined_is_looked_at_again_when_it_is_final_or_the_chain_moved(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.buy(world.offer())
    world.mine(6)
    keeper = world.keeper(finality=6)
    asked: list[bytes] = []
    receipt = keeper.node.receipt

    def noted(transaction: bytes) -> Receipt | None:
        asked.append(transaction)
        return receipt(transaction)

    monkeypatch.setattr(keeper.node, "receipt", noted)

    def requests() -> int:
        asked.clear()
        keeper.tick()
        return len(asked)

    assert requests() == 0
    assert requests() == 1
    world.mine()
    assert requests() == 0
    world.local.reorg(1)
    assert requests() == 1
    world.mine(4)
    assert requests() == 1
    assert world.seen.whats() == ["final"]


def test_deliver_and_wait_ask_for_no_old_state(
    world: World, forgetful: tuple[FaultyNode, Chain]
) -> None:
    node, chain = forgetful
    offer = world.offer()
    placed = world.buy(offer)
    world.mine(FINALITY - 2)
    with Index.open(world.home, chain) as index:
        index.sync()
        row = index.order(placed.order_id)
        with pytest.raises(ChainRefused, match="younger than 300 blocks"):
            deliver.require_depth(chain, row, FINALITY)
        world.mine()
        deliver.require_depth(chain, row, FINALITY)
        world.chain.node.send(
            world.chain.delivery_call([(offer, placed.order, samples.delivery(placed))]),
            world.seller,
        )
        world.mine(FINALITY - 2)
        assert look(chain, index, row, FINALITY).ending is None
        world.mine()
        assert look(chain, index, row, FINALITY).ending is Ending.DELIVERED
    assert node.forgotten == 0


def test_a_failed_trial_of_an_old_block_is_a_refusal_all_the_same(
    world: World, forgetful: tuple[FaultyNode, Chain]
) -> None:
    """Why it reverted cannot be asked any more."""
    node, chain = forgetful
    offer = world.offer()
    placed = world.buy(offer)
    call = chain.delivery_call([(offer, placed.order, samples.delivery(placed))])
    world.by_hand()
    ours = chain.node.sign(call, world.seller)
    rival = chain.node.sign(
        call, world.buyer, fees={n: 2 * v for n, v in chain.node.fees().items()}
    )
    for signed in (ours, rival):
        chain.node.broadcast(signed)
    world.mine(KEPT + 1)
    with pytest.raises(ChainRefused, match="without a reason"):
        chain.node.wait(ours)
    assert node.forgotten == 1
