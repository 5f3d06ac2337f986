"""The index against the contracts' own views, over random histories and re-orgs."""

from __future__ import annotations

import contextlib
import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from eth_account.signers.local import LocalAccount

from daimm_cli.base.errors import ChainRefused, DaimmError, OutsideFailed
from daimm_cli.bindings.market import Purchased
from daimm_cli.bindings.structs import ModelId, OfferId, OrderId, Part, Ruling
from daimm_cli.chain.answers import Log
from daimm_cli.chain.book import Book
from daimm_cli.chain.client import Chain, Placed
from daimm_cli.chain.node import Node
from daimm_cli.chain.terms import (
    ZERO_ADDRESS,
    ZERO_WORD,
    LicenseState,
    Offer,
    Parent,
    Relation,
    deal,
)
from daimm_cli.index import follow
from daimm_cli.index.index import Index
from daimm_cli.index.rows import OrderState
from daimm_cli.market.money import Withdrawal
from daimm_cli.protocol.delivery import NOBODY, KeyProof
from tests.python.chain.samples import AIM, bought, delivery, offer, published, version, withdraw
from tools.chain import LocalChain


@pytest.fixture
def index(chain: Chain, tmp_path: Path) -> Iterator[Index]:
    with Index.open(tmp_path, chain) as opened:
        yield opened


def everything(index: Index) -> dict[str, Any]:
    """All that the index answers, to compare two of them."""
    models = index.models()
    return {
        "models": models,
        "versions": [index.versions(row.model) for row in models],
        "offers": index.offers(),
        "orders": index.orders(),
        "licenses": index.licenses(),
        "credits": index.credits(),
        "withdrawals": index.rows(Withdrawal),
    }


def require_true(index: Index, chain: Chain, tmp_path: Path) -> None:
    """The index says what the contracts say, and what an index made anew says."""
    index.sync()
    for model in index.models():
        assert model.owner == chain.node.view(chain.deployed.registry.owner_of(model.model))
        assert model.versions == chain.node.view(
            chain.deployed.registry.version_count(ModelId(model.model))
        )
        for made in index.versions(model.model):
            assert chain.is_version(made.model, made.version, made.details, made.parents)
            assert made.retired == chain.node.view(
                chain.deployed.registry.is_retired(ModelId(made.model), made.version)
            )
    for terms in index.offers():
        assert terms.closed != chain.is_open(terms.offer_id)
        if terms.offer.supply:
            assert terms.sold == chain.node.view(
                chain.deployed.market.sold_of(OfferId(terms.offer_id))
            )
    for order in index.orders():
        record = chain.license(order.license_id)
        assert (order.state is OrderState.PENDING) == (record.state is LicenseState.PENDING)
        open_ = order.state in (OrderState.INSPECTION, OrderState.HELD)
        assert open_ == (record.state is LicenseState.ACTIVE)
        assert (order.state is OrderState.SETTLED) == (record.state is LicenseState.SETTLED)
        if order.state is OrderState.PENDING:
            assert order.bought_at == record.time
        if open_:
            told = chain.node.view(chain.deployed.market.inspection_of(OrderId(order.order_id)))
            assert told == (order.inspection_ends_at, order.state is OrderState.HELD)
    for row in index.licenses():
        record = chain.license(row.license_id)
        assert (row.owner == ZERO_ADDRESS) is (record.state is LicenseState.BURNED)
        if record.state in (LicenseState.ACTIVE, LicenseState.SETTLED):
            assert row.owner == chain.node.view(chain.deployed.licenses.owner_of(row.license_id))
            endless = record.time >= 1 << 35
            assert row.expires_at == (0 if endless else record.time)
    for row in index.licenses():
        assert row in index.licenses(owner=row.owner)
    for model in index.models():
        assert model in index.models(owner=model.owner)
    for account in {row.owner for row in index.licenses()}:
        assert {row.owner for row in index.licenses(owner=account)} == {account}
    for order in index.orders():
        asked = index.orders(
            buyer=order.order.buyer,
            recipient=order.order.recipient,
            seller=order.offer.seller,
            offer=order.offer_id,
            state=order.state,
        )
        assert order in asked
    for credit in index.credits():
        assert credit in index.credits(credit.payee)
        owed = chain.credit(credit.payee, credit.token, credit.account, credit.ledger)
        assert credit.amount == owed
    held = chain.balance(chain.aim, chain.market)
    escrowed = sum(
        order.order.price + (order.offer.delivery_fee if order.state is OrderState.PENDING else 0)
        for order in index.orders()
        if order.state in (OrderState.PENDING, OrderState.INSPECTION, OrderState.HELD)
    )
    owed = sum(credit.amount for credit in index.credits() if credit.ledger == "Market")
    assert held == escrowed + owed
    fresh = tmp_path / "fresh"
    shutil.rmtree(fresh, ignore_errors=True)
    with Index.open(fresh, chain) as again:
        again.sync()
        assert everything(again) == everything(index)


@dataclass
class History:
    """Random but valid deeds of a seller, two buyers and passers-by."""

    chain: Chain
    local: LocalChain
    accounts: list[LocalAccount]
    chance: random.Random
    offers: list[Offer] = field(default_factory=list)
    orders: list[tuple[Offer, Placed]] = field(default_factory=list)

    def step(self) -> None:
        deeds = [self.publish, self.buy, self.buy, self.deliver, self.deliver, self.end, self.end]
        deeds += [self.close, self.add, self.retire, self.give, self.withdraw, self.wait]
        with contextlib.suppress(ChainRefused):  # what the contracts refuse leaves no event
            self.chance.choice(deeds)()

    def publish(self) -> None:
        inspection = self.chance.choice([0, 0, 3600])
        supply = self.chance.choice([0, 1, 2])
        made = published(
            self.chain,
            self.accounts[1],
            inspection=inspection,
            supply=supply,
            price=self.chance.choice([0, 1, 10 * AIM]),
            duration=self.chance.choice([0, 9999]),
        )
        self.offers.append(made.offer)

    def buy(self) -> None:
        if self.offers:
            terms = self.chance.choice(self.offers)
            buyer = self.chance.choice(self.accounts[2:4])
            self.orders.append((terms, bought(self.chain, buyer, terms)))

    def deliver(self) -> None:
        if self.orders:
            terms, placed = self.chance.choice(self.orders)
            keeper = self.chance.choice(self.accounts[4:6])
            self.chain.node.send(
                self.chain.delivery_call([(terms, placed.order, delivery(placed))]), keeper
            )

    def end(self) -> None:
        if self.orders:
            terms, placed = self.chance.choice(self.orders)
            verb = self.chance.choice(["accept", "settle", "refund", "decline"])
            who = {"accept": placed.order.buyer, "decline": terms.seller}.get(verb)
            by = next((a for a in self.accounts if a.address == who), self.accounts[6])
            call = getattr(self.chain.deployed.market, verb)(terms, placed.order)
            self.chain.node.send(call, by)

    def close(self) -> None:
        if self.offers and self.chance.random() < 0.1:
            self.chain.node.send(
                self.chain.deployed.market.close_offer(self.chance.choice(self.offers)),
                self.accounts[1],
            )

    def add(self) -> None:
        if self.offers:
            model = self.chance.choice(self.offers).model
            parents = self.chance.choice([(), (Parent(model, 1, Relation.QUANTISE),)])
            self.chain.add_version(self.accounts[1], model, version(), parents)

    def retire(self) -> None:
        if self.offers and self.chance.random() < 0.1:
            self.chain.node.send(
                self.chain.deployed.registry.retire(
                    ModelId(self.chance.choice(self.offers).model), 1
                ),
                self.accounts[1],
            )

    def give(self) -> None:
        if self.orders:
            _, placed = self.chance.choice(self.orders)
            owner = next(a for a in self.accounts if a.address == placed.order.buyer)
            to = self.accounts[7].address
            self.chain.node.send(
                self.chain.deployed.licenses.transfer_from(owner.address, to, placed.license_id),
                owner,
            )

    def withdraw(self) -> None:
        withdraw(self.chain, self.chance.choice(self.accounts[:7]))

    def wait(self) -> None:
        self.local.travel(self.chance.choice([10, 3700, 6000]))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_random_histories_and_reorgs(
    seed: int,
    chain: Chain,
    local_chain: LocalChain,
    accounts: list[LocalAccount],
    funded: Callable[[int, int], LocalAccount],
    index: Index,
    tmp_path: Path,
) -> None:
    for number in (2, 3):
        funded(number, 1_000 * AIM)
    history = History(chain, local_chain, accounts, random.Random(seed))
    history.publish()
    history.buy()
    for _ in range(5):
        for _ in range(8):
            history.step()
        index.sync()
        snapshot = local_chain.snapshot()
        before = replace(history, offers=[*history.offers], orders=[*history.orders])
        for _ in range(6):
            history.step()
        index.sync()
        if history.chance.random() < 0.6:  # the last steps never happened
            local_chain.revert(snapshot)
            history = before
            history.step()
        require_true(index, chain, tmp_path)
    assert index.orders()


def test_every_ending_of_an_order(
    chain: Chain,
    local_chain: LocalChain,
    accounts: list[LocalAccount],
    funded: Callable[[int, int], LocalAccount],
    index: Index,
    tmp_path: Path,
) -> None:
    seller, keeper, buyer = accounts[1], accounts[4], funded(2, 100 * AIM)
    paid_at_once = published(chain, seller)
    inspected = published(chain, seller, inspection=3600, payout_account=b"\7" * 32)
    wanted = [paid_at_once, inspected, inspected, paid_at_once, paid_at_once]
    orders = [(made.offer, bought(chain, buyer, made.offer)) for made in wanted]
    states = [OrderState.PENDING] * 5

    def now_is(number: int, state: OrderState) -> None:
        require_true(index, chain, tmp_path)
        states[number] = state
        assert [index.order(placed.order_id).state for _, placed in orders] == states

    for number, state in enumerate([OrderState.SETTLED, *[OrderState.INSPECTION] * 2]):
        terms, placed = orders[number]
        made_delivery = delivery(placed, receiver=seller.address if number else NOBODY)
        chain.node.send(chain.delivery_call([(terms, placed.order, made_delivery)]), keeper)
        now_is(number, state)
        row = index.order(placed.order_id)
        assert row.proof == KeyProof.of(made_delivery)
        assert (row.deliverer, row.delivered_at) == (keeper.address, chain.node.latest().time)
    chain.node.send(chain.deployed.market.accept(orders[1][0], orders[1][1].order), buyer)
    now_is(1, OrderState.SETTLED)
    chain.node.send(chain.deployed.market.decline(orders[3][0], orders[3][1].order), seller)
    now_is(3, OrderState.DECLINED)
    local_chain.travel(6000)
    chain.node.send(chain.deployed.market.settle(orders[2][0], orders[2][1].order), keeper)
    now_is(2, OrderState.SETTLED)
    chain.node.send(chain.deployed.market.refund(orders[4][0], orders[4][1].order), keeper)
    now_is(4, OrderState.REFUNDED)
    withdraw(chain, seller)
    withdraw(chain, seller, to=accounts[7].address, payout_account=b"\7" * 32)
    chain.node.send(chain.deployed.market.withdraw_for(buyer.address, chain.aim), seller)
    require_true(index, chain, tmp_path)
    assert {credit.payee for credit in index.credits()} == {keeper.address, accounts[0].address}
    assert [w.receiver for w in index.rows(Withdrawal, payee=seller.address)] == [
        accounts[7].address,
        seller.address,
    ]
    assert all(index.order(placed.order_id).ended_at for _, placed in orders)


def test_holds_renewals_and_what_is_passed_on(
    chain: Chain,
    local_chain: LocalChain,
    accounts: list[LocalAccount],
    funded: Callable[[int, int], LocalAccount],
    index: Index,
    tmp_path: Path,
) -> None:
    seller, arbitrator, buyer = accounts[1], accounts[5], funded(2, 100 * AIM)
    market, send = chain.deployed.market, chain.node.send
    made = published(chain, seller, inspection=3600, arbitrator=arbitrator.address, duration=9_000)
    orders = [bought(chain, buyer, made.offer) for _ in range(4)]
    for placed in orders:
        send(chain.delivery_call([(made.offer, placed.order, delivery(placed))]), accounts[4])

    def what(placed: Placed) -> bytes:
        return deal(made.offer, placed.order)

    def states_are(*states: OrderState) -> None:
        require_true(index, chain, tmp_path)
        assert [index.order(placed.order_id).state for placed in orders] == [*states]

    held, settled, refunded = OrderState.HELD, OrderState.SETTLED, OrderState.REFUNDED
    for placed in orders:
        send(market.hold(what(placed), buyer.address), arbitrator)
    states_are(held, held, held, held)
    send(market.resolve(what(orders[1]), Ruling.UPHELD), arbitrator)
    local_chain.travel(3601)
    send(market.resolve(what(orders[0]), Ruling.REJECTED), arbitrator)
    send(market.decline(made.offer, orders[2].order), seller)
    states_are(settled, refunded, OrderState.DECLINED, held)

    deadline = chain.node.latest().time + 3600
    send(chain.deployed.aim.approve(chain.market, 2 * made.offer.price), buyer)
    order_id = OrderId(orders[0].order_id)
    send(market.renew(made.offer, order_id, 2, 2 * made.offer.price, deadline), buyer)
    part = Part(accounts[6].address, b"\5" * 32, AIM)
    send(market.assign(ZERO_WORD, chain.aim, [part, replace(part, account=ZERO_WORD)]), seller)
    local_chain.travel(91 * 86_400)
    send(market.refund(made.offer, orders[3].order), accounts[4])
    states_are(settled, refunded, OrderState.DECLINED, refunded)
    (renewed,) = [row for row in index.licenses() if row.order_id == order_id]
    assert renewed.expires_at == chain.license(renewed.license_id).time
    owed = {credit.account for credit in index.credits(accounts[6].address)}
    assert owed == {b"\5" * 32, ZERO_WORD}


def test_a_reorg_below_what_was_agreed_upon_is_not_built_upon(
    chain: Chain,
    local_chain: LocalChain,
    accounts: list[LocalAccount],
    index: Index,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """The chain moves after the last common block was found: nothing may follow a lost block."""
    published(chain, accounts[1])
    index.sync()
    local_chain.mine()
    latest = chain.node.latest
    moved: list[bool] = []

    def moving() -> Any:
        if not moved:
            local_chain.reorg(2)
            moved.append(True)
        return latest()

    monkeypatch.setattr(chain.node, "latest", moving)
    index.sync()
    assert moved
    assert index.offers() == []
    require_true(index, chain, tmp_path)


def test_a_reorg_that_keeps_the_height_is_seen(
    chain: Chain,
    local_chain: LocalChain,
    accounts: list[LocalAccount],
    index: Index,
    tmp_path: Path,
) -> None:
    kept = published(chain, accounts[1])
    lost = published(chain, accounts[1])
    index.sync()
    assert {row.offer_id for row in index.offers()} == {kept.offer_id, lost.offer_id}
    height = chain.node.latest().number
    local_chain.reorg(1)
    assert chain.node.latest().number == height
    require_true(index, chain, tmp_path)
    assert [row.offer_id for row in index.offers()] == [kept.offer_id]


def test_a_chain_started_anew_empties_the_index(
    local_chain: LocalChain,
    accounts: list[LocalAccount],
    chain: Chain,
    deployed: Book,
    index: Index,
) -> None:
    published(chain, accounts[1])
    index.sync()
    with LocalChain() as other:
        node = Node.connect(other.url)
        index._chain = Chain(node, deployed)
        index.sync()
    assert everything(index)["models"] == everything(index)["offers"] == []


def test_a_deleted_or_damaged_file_is_built_again(
    chain: Chain, accounts: list[LocalAccount], tmp_path: Path
) -> None:
    published(chain, accounts[1])
    with Index.open(tmp_path, chain) as first:
        first.sync()
        expected = everything(first)
    [file] = tmp_path.glob("*.sqlite")
    newer = b"SQLite format 3\0 but not really"
    for damage in (lambda: file.unlink(), lambda: file.write_bytes(newer), lambda: _future(file)):
        damage()
        with Index.open(tmp_path, chain) as again:
            again.sync()
            assert everything(again) == expected


def _future(file: Path) -> None:
    import sqlite3

    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA user_version = 1")
    connection.close()


def test_a_node_that_answers_only_short_ranges_is_asked_for_less(
    chain: Chain,
    local_chain: LocalChain,
    accounts: list[LocalAccount],
    index: Index,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    made = published(chain, accounts[1])
    local_chain.mine(100)
    asked: list[int] = []
    events = chain.node.events

    def limited(questions: Any) -> Any:
        asked.extend(
            int(question["toBlock"], 16) - int(question["fromBlock"], 16) + 1
            for question in questions
            if "fromBlock" in question
        )
        if asked[-1] > 10:
            raise OutsideFailed("query returned more than 10 blocks")
        return events(questions)

    monkeypatch.setattr(chain.node, "events", limited)
    index.sync()
    assert max(asked) > 10
    assert [row.offer_id for row in index.offers()] == [made.offer_id]
    monkeypatch.setattr(chain.node, "events", events)
    require_true(index, chain, tmp_path)


def test_a_reorg_between_two_questions_is_not_taken_in(
    chain: Chain,
    local_chain: LocalChain,
    accounts: list[LocalAccount],
    index: Index,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    index.sync()
    published(chain, accounts[1])
    events = chain.node.events
    moved: list[bool] = []

    def moving(questions: Any) -> Any:
        found = events(questions)
        if not moved:
            local_chain.reorg(1)
            moved.append(True)
        return found

    monkeypatch.setattr(chain.node, "events", moving)
    index.sync()
    assert moved
    assert index.offers() == []


def test_events_of_a_node_that_lags_behind_are_not_taken_in(
    chain: Chain,
    local_chain: LocalChain,
    accounts: list[LocalAccount],
    index: Index,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Providers have several nodes behind one address: headers and events may be of two chains."""
    published(chain, accounts[1])
    events = chain.node.events
    everything_ = [{"fromBlock": "0x0", "address": chain.market}]
    stale = [events(everything_)]
    assert stale[0][0]
    local_chain.reorg(1)
    monkeypatch.setattr(chain.node, "events", lambda asked: stale.pop() if stale else events(asked))
    index.sync()
    assert not stale
    assert index.offers() == []
    assert index.models() == []


def test_old_checkpoints_are_forgotten(
    chain: Chain, local_chain: LocalChain, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "CHECKPOINTS", 3)
    for _ in range(10):
        local_chain.mine()
        index.sync()
    with index.database.open() as connection:
        [(count,)] = connection.execute("SELECT count(*) FROM blocks WHERE told = 0")
    assert count == 3


@pytest.mark.parametrize("word", [0, 3, 4, 5], ids=["recipient", "price", "fee", "salt"])
def test_an_invented_order_is_refused(
    word: int,
    chain: Chain,
    accounts: list[LocalAccount],
    funded: Callable[[int, int], LocalAccount],
    index: Index,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = published(chain, accounts[1])
    bought(chain, funded(2, 100 * AIM), made.offer)
    events = chain.node.events

    def lying(questions: Any) -> Any:
        return [[altered(log, word) for log in found] for found in events(questions)]

    monkeypatch.setattr(chain.node, "events", lying)
    with pytest.raises(OutsideFailed, match="Purchased"):
        index.sync()


def altered(log: Log, word: int) -> Log:
    """A purchase with the last bit of one of its words turned."""
    if log.topics[0].hex() != Purchased.TOPIC:
        return log
    data = bytearray(log.data)
    data[32 * word + 31] ^= 1
    return log._replace(data=bytes(data))


def test_unknown_things_are_named(index: Index) -> None:
    index.sync()
    for question in (index.order, index.offer):
        with pytest.raises(DaimmError, match="There is no o"):
            question(bytes(32))
    with pytest.raises(DaimmError, match="no model 9"):
        index.model(9)


def test_what_keeps_an_offer_from_selling(
    chain: Chain, accounts: list[LocalAccount], index: Index
) -> None:
    now = chain.node.latest().time
    made = published(chain, accounts[1], expires_at=now + 100)
    index.sync()
    row = index.offer(made.offer_id)
    assert row.obstacle(now + 100) is None
    assert row.obstacle(now + 101) == "expired"
    assert replace(row, closed=True).obstacle(now) == "closed"
    assert replace(row, retired=True).obstacle(now) == "version retired"
    assert replace(row, owner=accounts[5].address).obstacle(now) == "model has another owner"
    assert replace(row, allowed=False).obstacle(now) == "token not allowed"
    limited = replace(row, offer=replace(row.offer, supply=2), sold=2)
    assert limited.obstacle(now) == "sold out"


def test_priority_of_a_plaintext_root(
    chain: Chain, accounts: list[LocalAccount], index: Index
) -> None:
    first = version()
    for account in accounts[1:3]:
        terms = offer(account.address, chain.aim)
        details = replace(version(), plaintext_root=first.plaintext_root)
        chain.publish(account, royalty=0, details=details, offer=terms)
    index.sync()
    rows = index.versions_with_root(first.plaintext_root)
    assert [index.model(row.model).owner for row in rows] == [a.address for a in accounts[1:3]]


def test_a_run_out_of_time_takes_in_a_part_and_the_next_goes_on(
    chain: Chain,
    funded: Callable[[int, int], LocalAccount],
    index: Index,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    seller, buyer = funded(1, AIM), funded(2, 1000 * AIM)
    terms = published(chain, seller).offer
    for _ in range(4):
        bought(chain, buyer, terms)
    monkeypatch.setattr(follow, "BATCH", 1)
    left = [index.sync(in_time=lambda: False)]
    while left[-1]:
        left.append(index.sync(in_time=lambda: False))
    assert len(left) > 4
    assert left == sorted(set(left), reverse=True)
    require_true(index, chain, tmp_path)
    assert index.sync(in_time=lambda: False) == 0


def test_an_order_knows_its_blocks(
    chain: Chain, funded: Callable[[int, int], LocalAccount], tmp_path: Path
) -> None:
    seller, buyer = funded(1, AIM), funded(2, 1000 * AIM)
    placed = bought(chain, buyer, published(chain, seller).offer)
    with Index.open(tmp_path, chain) as index:
        index.sync()
        row = index.order(placed.order_id)
        header = chain.node.header(row.block)
        assert header is not None
        assert (row.block_hash, row.delivered_block, row.ended_block) == (header.hash, None, None)
