"""An order from its purchase to each of its ends, and both sides of every clock."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from eth_account.signers.local import LocalAccount

from daimm_cli.base.text import time_shown
from daimm_cli.bindings.structs import Ruling
from daimm_cli.chain.client import Chain
from daimm_cli.chain.terms import ZERO_ADDRESS, LicenseState, Order
from daimm_cli.index.index import Index
from daimm_cli.index.rows import OrderRow, OrderState
from daimm_cli.market import offers
from daimm_cli.market.orders import Standing, describe
from daimm_cli.protocol.curve import G
from tests.python.cli.conftest import AIM, Person
from tools import disputes
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
def held(
    ordered: Callable[..., str],
    seller: Person,
    chain: Chain,
    accounts: list[LocalAccount],
    tmp_path: Path,
) -> str:
    """An order that its arbitrator holds for two days and 90 more."""
    order = ordered("--inspection", "2d", "--arbitrator", accounts[5].address)
    seller("order", "deliver", order, "--yes")
    with Index.open(tmp_path / "judge", chain) as index:
        index.sync()
        row = index.order(bytes.fromhex(order[2:]))
    what = disputes.deal(row.offer, row.order)
    chain.node.send(chain.deployed.market.hold(what, row.order.buyer), accounts[5])
    return order


def test_a_held_order_is_not_settled_and_its_buyer_may_accept(
    held: str, seller: Person, buyer: Person, chain: Chain, local_chain: LocalChain
) -> None:
    local_chain.travel(3 * DAY)
    for person in (seller, buyer):
        (listed,) = person.json("order", "list", "--open")
        assert (listed["state"], listed["standing"]) == ("held", "held")
    assert "held by its arbitrator" in seller.refused("order", "settle", held, "--yes", status=3)
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
