"""An order from its purchase to each of its ends, and both sides of every clock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from daimm_cli.base.text import time_shown
from daimm_cli.bindings.structs import Ruling
from daimm_cli.chain.client import Chain
from daimm_cli.chain.terms import ZERO_ADDRESS, LicenseState, Order
from daimm_cli.index.rows import OrderRow, OrderState
from daimm_cli.market import offers
from daimm_cli.market.orders import Standing, describe
from daimm_cli.protocol.curve import G
from tests.python.cli.conftest import AIM, Person
from tools.chain import LocalChain

HOUR = 3600
DAY = 24 * HOUR


@pytest.fixture
def ordered(seller: Person, buyer: Person, model_file: object) -> Callable[..., str]:
    """`ordered("--inspection", "2d")`: an order for 10 AIM; due in an hour, two more of grace."""

    def make(*more: str) -> str:
        offer = seller.json(
            *("model", "publish", model_file, "--license", "MIT", "--price", "10"),
            *("--deliver-within", "1h", "--grace", "2h", "--yes", *more),
        )["offer"]
        order: str = buyer.json("buy", offer, "--yes")["orders"][0]["order"]
        return order

    return make


def state(chain: Chain, order: str) -> LicenseState:
    return chain.license(chain.license_id(bytes.fromhex(order[2:]))).state


def test_list_shows_each_side_its_own(
    seller: Person, buyer: Person, person: Callable[..., Person], ordered: Callable[..., str]
) -> None:
    order = ordered()
    (bought,) = buyer.json("order", "list")
    (sold,) = seller.json("order", "list")
    assert bought["order"] == sold["order"] == order
    assert bought["state"] == "pending"
    assert (bought["price"], bought["protocol_fee"]) == (str(10 * AIM), str(AIM // 10))
    assert bought["next"] is None
    assert sold["next"] == f"daimm order deliver {order}"
    stranger = person("stranger", 4)
    assert stranger.json("order", "list") == []
    line = buyer("order", "list").out.splitlines()[1].split("\t")
    assert line[:5] == [order, "buyer", "1 v1", "10 AIM", "waiting"]
    line = seller("order", "list").out.splitlines()[1].split("\t")
    assert (line[1], line[-1]) == ("seller", "order deliver")
    assert stranger("order", "list").err == "No orders yet.\nNext: daimm model list\n"


def test_show_says_what_happens_if_nobody_does_anything(
    buyer: Person, ordered: Callable[..., str]
) -> None:
    order = ordered()
    data = buyer.json("order", "show", order[:10])
    ran = buyer("order", "show", order[:10])
    assert data["grace_end"] == data["bought_at"] + 3 * HOUR
    assert time_shown(data["deliver_by"]) in ran.out
    assert f"the buyer can take the money back after {time_shown(data['grace_end'])}" in ran.out


def test_show_needs_no_account(person: Callable[..., Person], ordered: Callable[..., str]) -> None:
    order = ordered()
    nobody = person("nobody", 4)
    (nobody.home / "accounts" / "nobody.json").unlink()
    assert nobody.json("order", "show", order)["state"] == "pending"


def test_a_refund_is_possible_after_grace_and_not_at_its_last_second(
    buyer: Person, ordered: Callable[..., str], chain: Chain, local_chain: LocalChain
) -> None:
    order = ordered()
    end = buyer.json("order", "show", order)["grace_end"]
    with local_chain.still():
        local_chain.travel(end - local_chain.now())
        told = buyer.refused("order", "refund", order, "--yes", status=3)
    assert f"may still deliver until {time_shown(end)}" in told
    assert state(chain, order) == LicenseState.PENDING
    local_chain.travel(1)
    buyer("order", "refund", order, "--yes")
    assert state(chain, order) == LicenseState.BURNED
    assert buyer.json("order", "show", order)["state"] == "refunded"
    buyer("withdraw", "--yes")
    assert chain.balance(chain.aim, buyer.account.address) == 100 * AIM


def test_a_refund_goes_to_the_buyer_whoever_asks(
    seller: Person, buyer: Person, ordered: Callable[..., str], local_chain: LocalChain
) -> None:
    order = ordered()
    local_chain.travel(4 * HOUR)
    assert "is credited to" in seller("order", "refund", order, "--yes").out
    assert buyer.json("balance")["owed"][0]["amount"] == str(10 * AIM)
    assert seller.json("balance")["owed"] == []
    assert "was refunded already" in buyer.refused("order", "refund", order, "--yes", status=3)


def test_an_inspection_holds_the_money_until_the_buyer_accepts(
    seller: Person, buyer: Person, ordered: Callable[..., str], chain: Chain
) -> None:
    order = ordered("--inspection", "2d")
    told = buyer.refused("order", "accept", order, "--yes", status=3)
    assert "nothing to inspect" in told
    licence = buyer.json("order", "show", order)["license"]
    seller("order", "deliver", licence, "--yes")
    shown = buyer.json("order", "show", licence)
    assert shown == buyer.json("order", "show", licence[:12]) == buyer.json("order", "show", order)
    assert (shown["state"], shown["standing"]) == ("inspection", "inspection")
    assert shown["inspection_ends_at"] == shown["delivered_at"] + 2 * DAY
    assert seller.json("balance")["owed"] == []
    told = seller.refused("order", "settle", order, "--yes", status=3)
    assert "The buyer may inspect until" in told
    told = seller.refused("order", "accept", order, "--yes", status=3)
    assert "choose the buyer's account" in told
    assert "is delivered" in buyer.refused("order", "refund", order, "--yes", status=3)
    buyer("order", "accept", licence, "--yes")
    assert state(chain, order) == LicenseState.SETTLED
    assert seller.json("balance")["owed"][0]["amount"] == str(99 * AIM // 10)
    for verb in ("accept", "settle", "refund"):
        told = buyer.refused("order", verb, order, "--yes", status=3)
        assert "delivered and paid already" in told


def test_an_inspection_can_be_accepted_in_its_last_second_and_settled_after_it(
    seller: Person, buyer: Person, ordered: Callable[..., str], local_chain: LocalChain
) -> None:
    order = ordered("--inspection", "2d")
    seller("order", "deliver", order, "--yes")
    end = buyer.json("order", "show", order)["inspection_ends_at"]
    with local_chain.still():
        local_chain.travel(end - local_chain.now())
        assert buyer.json("order", "show", order)["standing"] == "inspection"
        seller.refused("order", "settle", order, "--yes", status=3)
    local_chain.travel(1)
    told = buyer.refused("order", "accept", order, "--yes", status=3)
    assert "anybody can settle" in told
    assert f"daimm order show {order}" in told
    assert buyer.json("order", "show", order)["standing"] == "settlement due"
    seller("order", "settle", order, "--yes")
    assert seller.json("order", "show", order)["state"] == "settled"


def test_a_declined_order_is_shown_as_such(
    seller: Person, buyer: Person, ordered: Callable[..., str]
) -> None:
    order = ordered()
    seller("order", "decline", order, "--yes")
    shown = buyer.json("order", "show", order)
    assert (shown["state"], shown["next"]) == ("declined", "daimm withdraw")
    assert "was declined" in buyer.refused("order", "refund", order, "--yes", status=3)
    assert buyer.json("order", "list", "--open") == []


def test_without_yes_nothing_ends(
    seller: Person,
    buyer: Person,
    ordered: Callable[..., str],
    local_chain: LocalChain,
    chain: Chain,
) -> None:
    order = ordered("--inspection", "2d")
    seller("order", "deliver", order, "--yes")
    assert "--yes" in buyer.refused("order", "accept", order)
    assert state(chain, order) == LicenseState.ACTIVE


@pytest.mark.parametrize("verb", ["show", "accept", "settle", "refund"])
@pytest.mark.parametrize(
    ("order", "says"),
    [
        ("0x" + "12" * 32, "There is no order"),
        ("0x12345678", "of this account"),
        ("0x1234567", "is no order's id"),
        ("12 34", "is no order's id"),
        ("../../etc/passwd", "is no order's id"),
    ],
)
def test_unknown_orders(buyer: Person, verb: str, order: str, says: str) -> None:
    assert says in buyer.refused("order", verb, order, "--yes")


def test_a_wrong_password_ends_nothing(
    buyer: Person,
    ordered: Callable[..., str],
    local_chain: LocalChain,
    chain: Chain,
    tmp_path: Any,
) -> None:
    order = ordered()
    local_chain.travel(4 * HOUR)
    (tmp_path / "password").write_text("another password\n")
    assert "password does not open" in buyer.refused("order", "refund", order, "--yes")
    assert state(chain, order) == LicenseState.PENDING


def test_another_chain_has_no_such_order(buyer: Person, ordered: Callable[..., str]) -> None:
    order = ordered()
    with LocalChain(chain_id=4242) as other:
        assert "4242" in buyer.refused("order", "show", order, "--rpc", other.url)


@pytest.fixture
def judge(person: Callable[..., Person]) -> Person:
    return person("judge", 5)


@pytest.fixture
def disputed(ordered: Callable[..., str], seller: Person, judge: Person) -> str:
    """An order that was delivered, with two days of inspection and an arbitrator."""
    order = ordered("--inspection", "2d", "--arbitrator", judge.account.address)
    seller("order", "deliver", order, "--yes")
    return order


@pytest.fixture
def held(disputed: str, judge: Person) -> str:
    """An order that its arbitrator holds for two days and 90 more."""
    judge("order", "hold", disputed, "--yes")
    return disputed


def test_the_arbitrator_alone_holds_an_order_and_only_during_the_inspection(
    disputed: str, buyer: Person, judge: Person, local_chain: LocalChain
) -> None:
    shown = buyer("order", "show", disputed).out
    assert f"arbitrator       {judge.account.address}" in shown
    assert "may hold the price for the buyer (`daimm order hold`)" in shown
    assert judge("order", "list").out.splitlines()[1].split("\t")[1] == "arbitrator"
    told = buyer.refused("order", "hold", disputed, "--yes", status=3)
    assert "arbitrator" in told
    told = judge.refused("order", "resolve", disputed, "--for", "buyer", "--yes", status=3)
    assert "there is nothing to rule on" in told
    end = buyer.json("order", "show", disputed)["inspection_ends_at"]
    with local_chain.still():
        local_chain.travel(end + 1 - local_chain.now())
        told = judge.refused("order", "hold", disputed, "--yes", status=3)
    assert f"The inspection ended at {time_shown(end)}" in told


def test_an_order_is_held_in_the_last_second_of_its_inspection(
    disputed: str, buyer: Person, judge: Person, local_chain: LocalChain
) -> None:
    end = buyer.json("order", "show", disputed)["inspection_ends_at"]
    with local_chain.still():
        local_chain.travel(end - local_chain.now())
        judge("order", "hold", disputed[:10], "--yes")
    assert buyer.json("order", "show", disputed)["state"] == "held"


def test_a_ruling_for_the_seller_waits_for_the_end_of_the_inspection(
    held: str, seller: Person, judge: Person, local_chain: LocalChain
) -> None:
    ruling = ("order", "resolve", held[:10], "--yes", "--for")
    assert "rule --for buyer or --for seller" in judge.refused(*ruling, "justice")
    assert "may inspect until" in judge.refused(*ruling, "seller", status=3)
    told = seller.refused(*ruling, "seller", status=3)
    assert "arbitrator" in told
    local_chain.travel(2 * DAY + 1)
    assert "is ruled on, for the seller" in judge(*ruling, "seller").out
    assert seller.json("order", "show", held)["standing"] == "rejected"
    assert seller.json("balance")["owed"][0]["amount"] == str(99 * AIM // 10)


def test_a_ruling_for_the_buyer_gives_the_price_back_and_is_not_offered_twice(
    held: str, buyer: Person, judge: Person
) -> None:
    judge("order", "resolve", held, "--for", "buyer", "--yes")
    shown = buyer.json("order", "show", held)
    assert (shown["standing"], shown["next"]) == ("upheld", "daimm withdraw")
    buyer("withdraw", "--yes")
    assert buyer.json("order", "show", held)["next"] is None
    assert "Next" not in buyer("order", "show", held).err
    assert "withdraw" not in buyer.refused("order", "wait", held, status=6)


def test_a_held_order_is_not_settled_and_its_buyer_may_accept(
    held: str, seller: Person, buyer: Person, chain: Chain, local_chain: LocalChain
) -> None:
    local_chain.travel(3 * DAY)
    for person in (seller, buyer):
        (listed,) = person.json("order", "list", "--open")
        assert (listed["state"], listed["standing"]) == ("held", "held")
    told = seller.refused("order", "settle", held, "--yes", status=3)
    assert "held by its arbitrator: wait for the ruling, or for its buyer to accept it." in told
    assert "may rule until" in seller.refused("order", "refund", held, "--yes", status=3)
    buyer("order", "accept", held, "--yes")
    assert state(chain, held) is LicenseState.SETTLED


def test_a_held_order_is_refunded_once_nobody_ruled(
    held: str, seller: Person, buyer: Person, local_chain: LocalChain
) -> None:
    local_chain.travel(92 * DAY + 1)
    shown = buyer.json("order", "show", held)
    assert (shown["standing"], shown["next"]) == ("refund due", f"daimm order refund {held}")
    ran = seller("order", "refund", held, "--yes")
    assert "10 AIM is credited to" in ran.out
    assert "did not rule in time" in buyer.json("order", "show", held)["says"]


def test_a_seller_can_give_a_held_order_up(held: str, seller: Person, buyer: Person) -> None:
    told = seller("order", "decline", held, "--yes").out
    assert "10 AIM are owed to its buyer" in told  # the delivery fee is spent
    assert buyer.json("order", "show", held)["standing"] == "declined"
    assert "was declined" in seller.refused("order", "refund", held, "--yes", status=3)


# In words

BUYER = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
SELLER = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"


def row(state: OrderState, **more: Any) -> OrderRow:
    offer = offers.draft(SELLER, token=BUYER, model=1)
    order = Order(BUYER, BUYER, ZERO_ADDRESS, 0, G, 5, 1, bytes(32))
    fields: dict[str, Any] = {"delivered_at": None, "deliverer": None, "proof": None}
    fields |= {"inspection_ends_at": None, "ended_at": None, "ended_block": None}
    fields |= {"block_hash": bytes(32), "delivered_block": None}
    fields |= {"ruling": None, "convicted_block": None, **more}
    return OrderRow(
        b"\x01" * 32, b"\x02" * 32, offer, order, 7, state, block=5, bought_at=1_000, **fields
    )


GRACE_END = 1_000 + offers.DELIVERY_TIME + offers.GRACE
DELIVER_BY = 1_000 + offers.DELIVERY_TIME


@pytest.mark.parametrize(
    ("now", "word"),
    [
        (DELIVER_BY, "waiting"),
        (DELIVER_BY + 1, "late"),
        (GRACE_END, "late"),
        (GRACE_END + 1, "refund due"),
    ],
)
def test_the_word_for_a_pending_order_follows_its_clocks(now: int, word: str) -> None:
    assert describe(row(OrderState.PENDING), BUYER, now).word == word


@pytest.mark.parametrize(("now", "word"), [(50, "inspection"), (51, "settlement due")])
def test_the_word_for_an_inspection_follows_its_clock(now: int, word: str) -> None:
    delivered = row(OrderState.INSPECTION, inspection_ends_at=50, delivered_at=1)
    assert describe(delivered, SELLER, now).word == word


@pytest.mark.parametrize(("now", "word"), [(50, "held"), (51, "refund due")])
def test_the_word_for_a_held_order_follows_its_clock(now: int, word: str) -> None:
    held = row(OrderState.HELD, inspection_ends_at=50, delivered_at=1)
    assert describe(held, SELLER, now).word == word
    assert held.is_refundable(now) is (word == "refund due")


@pytest.mark.parametrize("state", [OrderState.PENDING, OrderState.INSPECTION, OrderState.HELD])
@pytest.mark.parametrize("me", [BUYER, SELLER, None])
def test_every_open_order_of_wrong_content_is_to_be_refunded(
    state: OrderState, me: str | None
) -> None:
    convicted = row(state, inspection_ends_at=50, convicted_block=7)
    standing = describe(convicted, me, 1)
    assert standing.word == "refund due"
    assert "proven wrong" in standing.says
    assert standing.step == f"daimm order refund 0x{'01' * 32}"


@pytest.mark.parametrize(
    ("state", "more", "word", "says"),
    [
        ("SETTLED", {"ruling": Ruling.REJECTED}, "rejected", "rejected the buyer's claim"),
        ("SETTLED", {"convicted_block": 9}, "settled", "proven wrong since"),
        ("REFUNDED", {"ruling": Ruling.UPHELD, "delivered_at": 1}, "upheld", "upheld"),
        ("REFUNDED", {"ruling": Ruling.NONE, "delivered_at": 1}, "refunded", "for nobody"),
        ("REFUNDED", {"delivered_at": 1}, "refunded", "did not rule in time"),
        ("REFUNDED", {"convicted_block": 8, "ended_block": 9}, "refunded", "proven wrong"),
        ("REFUNDED", {"convicted_block": 9, "ended_block": 8}, "refunded", "Never delivered"),
        ("REFUNDED", {"ruling": Ruling.REJECTED, "convicted_block": 8, "ended_block": 9},
         "refunded", "proven wrong"),
        ("DECLINED", {"delivered_at": 1}, "declined", "after the delivery"),
    ],
)  # fmt: skip
def test_an_end_names_its_reason(state: str, more: dict[str, Any], word: str, says: str) -> None:
    standing = describe(row(OrderState[state], **more), BUYER, 0)
    assert standing.word == word
    assert says in standing.says


@pytest.mark.parametrize("state", OrderState)
@pytest.mark.parametrize("me", [BUYER, SELLER, None])
def test_every_state_has_words_for_everybody(state: OrderState, me: str | None) -> None:
    for now in (0, DELIVER_BY + 1, GRACE_END + 1):
        standing: Standing = describe(row(state, inspection_ends_at=50), me, now)
        assert standing.word
        assert standing.says.endswith(".")


def test_what_comes_next_is_said_to_whom_it_concerns() -> None:
    waiting = row(OrderState.PENDING)
    assert describe(waiting, BUYER, 0).step is None
    assert describe(waiting, SELLER, 0).step == f"daimm order deliver 0x{'01' * 32}"
    assert describe(waiting, None, GRACE_END + 1).step == f"daimm order refund 0x{'01' * 32}"
    assert "fetch" in str(describe(row(OrderState.SETTLED), BUYER, 0).step)
    assert describe(row(OrderState.SETTLED), SELLER, 0).step is None
