"""Key requests that a keeper answers, by the rules of orders."""

from __future__ import annotations

from decimal import Decimal

import pytest

from daimm_cli.bindings.erc20 import ERC20
from daimm_cli.bindings.structs import KeyRequest, LicenseId, RequestId, RequestState
from daimm_cli.chain.terms import ZERO_WORD, Offer, parents_hash
from daimm_cli.index.index import Index
from daimm_cli.keeper.duties import GAS
from daimm_cli.market.deliver import MARGIN
from daimm_cli.protocol.curve import NO_POINT
from tests.python.chain import samples
from tests.python.keeper.conftest import World

FEE = samples.AIM // 100
GRACE = 1800


def licence(world: World) -> tuple[Offer, int]:
    """A settled licence of the buyer's, and the offer that it was bought with."""
    offer = world.offer(inspection=0)
    placed = world.buy(offer)
    market = world.chain.deployed.market
    call = market.deliver(offer, placed.order, samples.delivery(placed))
    world.chain.node.send(call, world.seller)
    return offer, placed.license_id


def ask(world: World, sold: tuple[Offer, int], *, fee: int = FEE, time: int = 3600) -> bytes:
    """The id of a request for the same key."""
    chain, contract, (offer, ident) = world.chain, world.chain.deployed.key_requests, sold
    with Index.open(world.home, chain) as index:
        index.sync()
        (version,) = index.versions(offer.model, version=1)
    request = KeyRequest(
        *(world.buyer.address, LicenseId(ident), offer.model, 1, offer.line, ZERO_WORD),
        *(samples.BUYER_KEY.point, NO_POINT, offer.token, fee, time, GRACE),
        samples.fresh_word("request"),
    )
    chain.node.send(ERC20(offer.token).approve(contract.address, fee), world.buyer)
    call = contract.request_key(request, version.details, parents_hash(version.parents))
    chain.node.send(call, world.buyer)
    world.catch_up()
    return chain.node.view(contract.request_id_of(request))


def state(world: World, request: bytes) -> RequestState:
    world.catch_up()
    contract = world.chain.deployed.key_requests
    return world.chain.node.view(contract.request_of(RequestId(request))).state


@pytest.fixture
def sold(world: World) -> tuple[Offer, int]:
    return licence(world)


def test_a_final_request_is_answered_for_the_fee(world: World, sold: tuple[Offer, int]) -> None:
    request = ask(world, sold)
    keeper = world.keeper(finality=3)
    keeper.tick()
    assert state(world, request) is RequestState.PENDING
    world.mine(3)
    keeper.tick()
    assert state(world, request) is RequestState.ANSWERED
    chain, owed = world.chain, world.keeper_account.address
    assert chain.credit(owed, chain.aim, ledger="KeyRequests") == FEE
    world.mine(4)
    keeper.tick()
    assert "final" in world.seen.whats()


def test_several_are_answered_in_one_transaction(world: World, sold: tuple[Offer, int]) -> None:
    requests = [ask(world, sold) for _ in range(3)]
    world.mine(3)
    world.keeper().tick()
    assert {state(world, request) for request in requests} == {RequestState.ANSWERED}
    (subjects,) = world.seen.sent_
    assert sorted(subjects) == sorted(f"answer 0x{request.hex()}" for request in requests)


def test_many_orders_keep_no_request_waiting(world: World, sold: tuple[Offer, int]) -> None:
    """One transaction a tick: orders came first, as long as there were any."""
    for _ in range(4):
        world.buy(sold[0])
    requests = [ask(world, sold) for _ in range(2)]
    world.mine(3)
    keeper = world.keeper(batch=1, in_flight=1)
    for _ in range(6):
        keeper.tick()
        world.mine(3)
        keeper.tick()
    kinds = [subjects[0].split()[0] for subjects in world.seen.sent_]
    assert kinds == ["deliver", "answer", "deliver", "answer", "deliver", "deliver"]
    assert {state(world, request) for request in requests} == {RequestState.ANSWERED}


def test_a_fee_below_its_gas_is_left_alone(world: World, sold: tuple[Offer, int]) -> None:
    poor, fair = ask(world, sold, fee=1), ask(world, sold)
    world.mine(3)
    world.keeper(worth={sold[0].token: Decimal(1)}).tick()
    assert state(world, poor) is RequestState.PENDING
    assert state(world, fair) is RequestState.ANSWERED
    assert "worth its gas" in world.seen.held_[f"answer 0x{poor.hex()}"]


def test_the_first_answer_leaves_before_the_margin(world: World, sold: tuple[Offer, int]) -> None:
    late = ask(world, sold)
    world.mine(3)
    world.local.travel(3600 - MARGIN + 5)
    world.mine()
    keeper = world.keeper()
    keeper.tick()
    assert state(world, late) is RequestState.PENDING
    assert "too late" in world.seen.held_[f"answer 0x{late.hex()}"]
    assert not (world.home / "deliveries").exists()


def test_nothing_is_due_once_grace_is_over(world: World, sold: tuple[Offer, int]) -> None:
    ask(world, sold)
    world.mine(3)
    keeper, head = world.keeper(), world.chain.node.latest()
    keeper.duties.index.sync()
    assert [it.split()[0] for it in keeper.duties.due(head, head)] == ["answer"]
    world.local.travel(3600 + GRACE + 1)
    world.mine()
    head = world.chain.node.latest()
    assert list(keeper.duties.due(head, head)) == []


def test_another_lines_secret_answers_nothing(world: World, sold: tuple[Offer, int]) -> None:
    request = ask(world, sold)
    world.mine(3)
    world.keeper(line_of=lambda _model, _version: samples.BUYER_KEY).tick()
    assert "restore the seed" in world.seen.held_[f"answer 0x{request.hex()}"]


def test_an_answer_costs_what_it_is_weighed_with(world: World, sold: tuple[Offer, int]) -> None:
    for _ in range(2):  # whoever is credited was credited before
        request = ask(world, sold)
        world.mine(3)
        world.keeper().tick()
        world.catch_up()
    node, contract = world.chain.node, world.chain.deployed.key_requests
    assert state(world, request) is RequestState.ANSWERED
    (newest,) = [
        log
        for log in node.logs([contract.address], 0, node.latest().number)
        if request in [bytes(topic) for topic in log.topics]
    ][-1:]
    sent = node.receipt(newest.transaction)
    assert sent is not None
    assert GAS["answer"] * 0.6 < sent.gas_used <= GAS["answer"]
