"""The seller's record and who delivers for him, from real purchases, deliveries and a clock."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from eth_account.signers.local import LocalAccount

from daimm_cli.bindings.structs import ModelId
from daimm_cli.chain.client import Chain, Opened, Placed
from daimm_cli.index.index import Index
from daimm_cli.index.rows import OrderState
from daimm_cli.index.sellers import SellerRecord
from daimm_cli.quote import seller as words
from daimm_cli.quote.checks import Result
from tests.python.chain.samples import AIM, bought, delivery, published
from tests.python.cli.conftest import Person
from tests.python.cli.test_buying import pass_time
from tests.python.quote.conftest import Quote, false, says
from tools.chain import LocalChain

MINUTE, HOUR, DAY = 60, 3600, 86400
NOBODY = SellerRecord(
    since=5, orders=0, buyers=0, delivered=0, in_time=0, refunded=0, declined=0, waiting=0,
    overdue=0, missed=0, silent=0, longest=0, last_delivery=None, median_seconds=None,
    other_offers=0, other_models=0, convicted=0, asked=0, unanswered=0, carried=0,
    carried_in_time=0, claimed=0, upheld=0, rejected=0, results=0, voided=0, survived=0, claims=0,
    claims_upheld=0, claims_rejected=0, opposed=0, opposed_vainly=0,
)  # fmt: skip


# What the database counts


@pytest.fixture
def index(tmp_path: Path, chain: Chain) -> Iterator[Index]:
    with Index.open(tmp_path, chain) as opened:
        yield opened


@pytest.fixture
def made(chain: Chain, accounts: list[LocalAccount], funded: Any) -> Opened:
    """An offer of the second account: due in an hour, half an hour of grace."""
    for number in (1, 2, 3):
        funded(number, 500 * AIM)
    return published(chain, accounts[1])


def record(index: Index, made: Opened) -> SellerRecord:
    index.sync()
    now = index._chain.node.latest().time
    return index.seller(made.offer.seller, offer=made.offer_id, now=now)


def test_somebody_unknown(index: Index, accounts: list[LocalAccount]) -> None:
    index.sync()
    found = index.seller(accounts[7].address, offer=bytes(32), now=10)
    assert found == replace(NOBODY, since=None)


def test_a_seller_who_sold_nothing(index: Index, made: Opened, chain: Chain) -> None:
    assert record(index, made) == replace(NOBODY, since=chain.node.header(made.sent.block).time)  # type: ignore[union-attr]


def test_a_history_is_counted_as_it_happened(
    index: Index,
    made: Opened,
    chain: Chain,
    accounts: list[LocalAccount],
    local_chain: LocalChain,
) -> None:
    seller = accounts[1]

    def buy(number: int) -> Placed:
        return bought(chain, accounts[number], made.offer)

    def deliver(placed: Placed, after: int) -> None:
        local_chain.travel(after)
        chain.node.send(
            chain.delivery_call([(made.offer, placed.order, delivery(placed))]), accounts[5]
        )

    for number, after in ((2, 40), (2, 700), (3, 90), (3, 20)):
        deliver(buy(number), after)
    chain.node.send(chain.deployed.market.decline(made.offer, buy(2).order), seller)
    late = buy(2)
    local_chain.travel(2 * HOUR)
    chain.node.send(chain.deployed.market.refund(made.offer, late.order), accounts[6])
    chain.node.send(
        chain.deployed.market.decline(made.offer, bought(chain, seller, made.offer).order), seller
    )  # his own
    buy(3)
    found = record(index, made)
    counts = (found.orders, found.buyers, found.delivered, found.refunded, found.declined)
    assert counts == (7, 2, 4, 1, 1)
    assert (found.waiting, found.overdue, found.missed, found.silent) == (1, 0, 0, 0)
    assert found.in_time == 4
    rows = [row for row in index.orders(seller=seller.address) if row.delivered_at]
    times = sorted(row.delivered_at - row.bought_at for row in rows if row.delivered_at)
    assert times[0] in range(20, 40)
    assert found.median_seconds == int(statistics.median(times)) in range(65, 90)
    assert found.last_delivery == max(row.delivered_at for row in rows if row.delivered_at)
    deliver(buy(2), 500)
    assert record(index, made).median_seconds in range(90, 130)
    deliver(buy(2), HOUR + 60)
    found = record(index, made)
    assert (found.delivered, found.in_time) == (6, 5)
    keeper = index.seller(accounts[5].address, offer=bytes(32), now=0)
    assert (keeper.orders, keeper.carried, keeper.carried_in_time) == (0, 6, 5)


def test_another_sellers_orders_do_not_count(
    index: Index, made: Opened, chain: Chain, accounts: list[LocalAccount]
) -> None:
    other = published(chain, accounts[4])
    placed = bought(chain, accounts[2], other.offer)
    chain.node.send(
        chain.delivery_call([(other.offer, placed.order, delivery(placed))]), accounts[5]
    )
    found = record(index, made)
    assert (found.orders, found.last_delivery, found.median_seconds) == (0, None, None)
    assert record(index, other).orders == 1


def test_every_side_of_an_overdue_orders_clocks(
    index: Index, made: Opened, chain: Chain, accounts: list[LocalAccount]
) -> None:
    placed = bought(chain, accounts[2], made.offer)
    index.sync()
    due = index.order(placed.order_id).deliver_by
    grace_end = index.order(placed.order_id).grace_end

    def at(now: int) -> tuple[int, int, int, int, int]:
        found = index.seller(made.offer.seller, offer=made.offer_id, now=now)
        return (found.waiting, found.overdue, found.missed, found.silent, found.longest)

    assert at(due) == (1, 0, 0, 0, 0)
    assert at(due + 1) == (1, 1, 0, 1, 1)
    assert at(grace_end) == (1, 1, 0, 1, grace_end - due)
    assert at(grace_end + 1) == (1, 1, 1, 1, grace_end - due + 1)


def test_an_order_left_out_is_not_silence(
    index: Index,
    made: Opened,
    chain: Chain,
    accounts: list[LocalAccount],
    local_chain: LocalChain,
) -> None:
    bought(chain, accounts[2], made.offer)
    local_chain.travel(HOUR + MINUTE)
    second = bought(chain, accounts[2], made.offer)
    assert record(index, made).silent == 1
    chain.node.send(
        chain.delivery_call([(made.offer, second.order, delivery(second))]), accounts[5]
    )
    found = record(index, made)
    assert (found.overdue, found.silent) == (1, 0)


def test_other_offers_are_those_that_can_be_bought(
    index: Index,
    made: Opened,
    chain: Chain,
    accounts: list[LocalAccount],
    local_chain: LocalChain,
) -> None:
    soon = chain.node.latest().time + HOUR
    chain.node.send(
        chain.deployed.market.close_offer(published(chain, accounts[1]).offer), accounts[1]
    )
    chain.node.send(
        chain.deployed.registry.retire(ModelId(published(chain, accounts[1]).model), 1), accounts[1]
    )
    chain.node.send(
        chain.deployed.registry.transfer_from(
            accounts[1].address, accounts[2].address, published(chain, accounts[1]).model
        ),
        accounts[1],
    )
    sold_out = published(chain, accounts[1], supply=1)
    bought(chain, accounts[2], sold_out.offer)
    published(chain, accounts[1], expires_at=soon)
    published(chain, accounts[1], supply=2)
    published(chain, accounts[4])
    found = record(index, made)
    assert (found.other_offers, found.other_models) == (2, 2)
    local_chain.travel(2 * HOUR)
    assert record(index, made).other_offers == 1


def test_a_reorg_takes_the_record_back(
    index: Index,
    made: Opened,
    chain: Chain,
    accounts: list[LocalAccount],
    local_chain: LocalChain,
) -> None:
    placed = bought(chain, accounts[2], made.offer)
    chain.node.send(
        chain.delivery_call([(made.offer, placed.order, delivery(placed))]), accounts[5]
    )
    assert record(index, made).delivered == 1
    local_chain.reorg(1)
    found = record(index, made)
    assert (found.delivered, found.waiting) == (0, 1)
    assert index.order(placed.order_id).state is OrderState.PENDING


# What is said of it


@pytest.mark.parametrize(
    ("changes", "result", "part"),
    [
        ({}, Result.UNKNOWN, "never delivered"),
        ({"last_delivery": 1000 * DAY}, Result.OK, "the last delivery was 1 hour ago"),
        ({"last_delivery": 960 * DAY}, Result.UNKNOWN, "the last delivery was 40 days 1 hour ago"),
        ({"last_delivery": 1000 * DAY, "overdue": 2}, Result.UNKNOWN, "leaves 2 orders out"),
        ({"overdue": 1, "silent": 1, "longest": 9000}, Result.FALSE, "the oldest 2 hours 30 min"),
        (
            {"last_delivery": 999 * DAY, "overdue": 3, "silent": 2, "longest": DAY},
            Result.FALSE,
            "2 orders fell due and no key was delivered since, the oldest 1 day ago",
        ),
    ],
)
def test_the_keeper(changes: dict[str, Any], result: Result, part: str) -> None:
    check = words.keeper(replace(NOBODY, **changes), 1000 * DAY + HOUR)
    assert check.result is result
    assert part in check.says


def test_no_record_is_called_that() -> None:
    assert words.describe(NOBODY)["orders"] == words.NO_EVIDENCE
    assert "delivered" not in words.describe(NOBODY)
    sold = words.describe(replace(NOBODY, orders=3, delivered=2, buyers=1, median_seconds=95))
    assert sold["median time"] == "1 minute 35 seconds from purchase to delivery"
    assert "can buy from themselves" in sold["note"]


# From the command


def test_a_seller_who_delivers(
    buyer: Person, seller: Person, offer: str, local_chain: LocalChain, quote: Quote
) -> None:
    pass_time(local_chain, 1)  # the chain's clock is not behind
    buyer("buy", offer, "--yes")
    local_chain.travel(90)
    seller("order", "deliver", "--all", "--yes")
    data, _ = quote(buyer, offer)
    assert data["results"]["keeper"] == data["verdict"] == "ok"
    record = data["record"]
    assert (record["orders"], record["delivered"], record["refunded"]) == (1, 1, 0)
    assert record["median_seconds"] in range(90, 120)
    assert data["keeper"]["last_delivery"] is not None
    assert "1 by 1 account, their own left out" in buyer("quote", offer).out


def test_a_seller_who_went_to_sleep(
    buyer: Person,
    offer: str,
    local_chain: LocalChain,
    quote: Quote,
    person: Callable[..., Person],
) -> None:
    pass_time(local_chain, 1)
    order = buyer.json("buy", offer, "--yes")["orders"][0]["order"]
    local_chain.travel(HOUR + 10 * MINUTE)
    data, _ = quote(buyer, offer)
    assert false(data) == {"keeper"}
    assert "1 order fell due and no key was delivered since" in says(data, "keeper")
    assert data["keeper"]["longest_overdue"] in range(10 * MINUTE, 12 * MINUTE)
    assert (data["keeper"]["overdue"], data["keeper"]["missed"]) == (1, 0)
    local_chain.travel(2 * HOUR)
    assert quote(buyer, offer)[0]["keeper"]["missed"] == 1
    assert "past grace, where only a refund is left" in buyer.type("quote", offer).out
    buyer("order", "refund", order, "--yes")
    data, _ = quote(buyer, offer)
    assert data["results"]["keeper"] == "unknown"
    assert (data["record"]["refunded"], data["keeper"]["overdue"]) == (1, 0)


def test_a_seller_who_declines(buyer: Person, seller: Person, offer: str, quote: Quote) -> None:
    order = buyer.json("buy", offer, "--yes")["orders"][0]["order"]
    seller("order", "decline", order, "--yes")
    seller("offer", "open", 1, "--price", "20", "--yes")
    record = quote(buyer, offer)[0]["record"]
    assert (record["declined"], record["delivered"], record["waiting"]) == (1, 0, 0)
    assert (record["other_offers"], record["other_models"]) == (1, 1)
