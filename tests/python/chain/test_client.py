"""What the contracts do, through the typed client: each write, and its refusals as sentences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from eth_account.signers.local import LocalAccount

from daimm_cli.base.errors import ChainRefused, DaimmError, OutsideFailed
from daimm_cli.bindings.erc20 import ERC20
from daimm_cli.bindings.market import Delivered
from daimm_cli.bindings.structs import (
    Derivatives,
    LicenseId,
    OfferId,
    OrderId,
    ParentProof,
    TermsHead,
)
from daimm_cli.bindings.values import checksummed
from daimm_cli.chain.client import Chain
from daimm_cli.chain.errors import RevertedWith
from daimm_cli.chain.node import GAS_MARGIN, MAX_TRANSACTION_GAS
from daimm_cli.chain.payment import Item
from daimm_cli.chain.terms import (
    ZERO_ADDRESS,
    ZERO_WORD,
    Bps,
    LicenseState,
    ModelId,
    Parent,
    Relation,
    terms_hash,
)
from daimm_cli.protocol.curve import SecretScalar
from tests.python.chain.proxy import Proxy
from tests.python.chain.samples import (
    AIM,
    LINE,
    bought,
    delivery,
    offer,
    published,
    purchase,
    version,
    withdraw,
    write,
)
from tools.chain import LocalChain, web3_of

Funded = Callable[[int, int], LocalAccount]


def refusal(name: str) -> Any:
    """A context that expects this custom error."""
    return pytest.raises(RevertedWith, check=lambda error: error.name == name)


def test_the_whole_deal(chain: Chain, accounts: list[LocalAccount], funded: Funded) -> None:
    seller, keeper, buyer = accounts[1], accounts[4], funded(2, 100 * AIM)
    details = version()
    terms = offer(seller.address, chain.aim)
    made = chain.publish(seller, royalty=250, details=details, offer=terms)
    assert made.offer == replace(terms, model=ModelId(made.model))
    assert chain.offer_id(made.offer) == made.offer_id
    assert chain.is_open(made.offer_id)
    assert chain.node.view(chain.deployed.registry.owner_of(made.model)) == seller.address
    assert chain.node.view(chain.deployed.registry.version_count(ModelId(made.model))) == 1
    assert chain.is_version(made.model, 1, details)
    assert not chain.is_version(made.model, 1, version())

    placed = bought(chain, buyer, made.offer)
    assert placed.offer_id == made.offer_id
    assert placed.order.buyer == placed.order.recipient == buyer.address
    assert placed.order.protocol_fee == terms.price * chain.policy(chain.aim).fee // 10_000
    pending = chain.license(placed.license_id)
    assert pending.state is LicenseState.PENDING
    assert pending.time == chain.node.latest().time
    assert not chain.node.view(
        chain.deployed.licenses.has_access(LicenseId(placed.license_id), buyer.address, 1)
    )
    assert chain.balance(chain.aim, buyer.address) == 100 * AIM - terms.total

    made_delivery = delivery(placed)
    chain.node.send(chain.delivery_call([(made.offer, placed.order, made_delivery)]), keeper)
    assert chain.license(placed.license_id).state is LicenseState.SETTLED
    assert chain.node.view(chain.deployed.licenses.owner_of(placed.license_id)) == buyer.address
    assert chain.node.view(
        chain.deployed.licenses.has_access(LicenseId(placed.license_id), buyer.address, 1)
    )
    assert chain.credit(keeper.address, chain.aim) == terms.delivery_fee
    owed = terms.price - placed.order.protocol_fee
    assert chain.credit(seller.address, chain.aim) == owed

    withdraw(chain, seller, to=accounts[7].address)
    assert chain.balance(chain.aim, accounts[7].address) == owed
    chain.node.send(chain.deployed.market.withdraw_for(keeper.address, chain.aim), seller)
    assert chain.balance(chain.aim, keeper.address) == terms.delivery_fee
    with refusal("Ledger_NothingOwed"):
        withdraw(chain, seller)


def test_the_inspection_and_both_its_ends(
    chain: Chain, local_chain: LocalChain, accounts: list[LocalAccount], funded: Funded
) -> None:
    seller, buyer = accounts[1], funded(2, 100 * AIM)
    made = published(chain, seller, inspection=3600)
    first, second = (bought(chain, buyer, made.offer) for _ in range(2))
    chain.node.send(
        chain.delivery_call(
            [
                (made.offer, first.order, delivery(first)),
                (made.offer, second.order, delivery(second)),
            ]
        ),
        accounts[4],
    )
    assert chain.license(first.license_id).state is LicenseState.ACTIVE
    end = chain.node.view(chain.deployed.market.inspection_of(OrderId(first.order_id))).ends_at
    assert end == chain.node.latest().time + 3600
    with refusal("Market_NotBuyer"):
        chain.node.send(chain.deployed.market.accept(made.offer, first.order), seller)
    with refusal("Market_InspectionOpen"):
        chain.node.send(chain.deployed.market.settle(made.offer, first.order), seller)
    chain.node.send(chain.deployed.market.accept(made.offer, first.order), buyer)
    assert chain.license(first.license_id).state is LicenseState.SETTLED
    local_chain.travel(3601)
    with refusal("Market_InspectionOver"):
        chain.node.send(chain.deployed.market.accept(made.offer, second.order), buyer)
    chain.node.send(chain.deployed.market.settle(made.offer, second.order), accounts[5])
    assert chain.license(second.license_id).state is LicenseState.SETTLED
    with refusal("Market_OrderNotInspected"):
        chain.node.send(chain.deployed.market.settle(made.offer, second.order), accounts[5])


def test_money_comes_back_by_refund_and_by_decline(
    chain: Chain, local_chain: LocalChain, accounts: list[LocalAccount], funded: Funded
) -> None:
    seller, buyer = accounts[1], funded(2, 100 * AIM)
    made = published(chain, seller)
    first, second = (bought(chain, buyer, made.offer) for _ in range(2))
    with refusal("Market_NotSeller"):
        chain.node.send(chain.deployed.market.decline(made.offer, first.order), buyer)
    chain.node.send(chain.deployed.market.decline(made.offer, first.order), seller)
    with refusal("Market_RefundTooEarly"):
        chain.node.send(chain.deployed.market.refund(made.offer, second.order), buyer)
    local_chain.travel(made.offer.delivery_time + made.offer.grace_period + 1)
    with refusal("Market_DeliveryTooLate"):
        chain.node.send(chain.delivery_call([(made.offer, second.order, delivery(second))]), seller)
    chain.node.send(chain.deployed.market.refund(made.offer, second.order), accounts[5])
    assert chain.license(second.license_id).state is LicenseState.BURNED
    assert chain.credit(buyer.address, chain.aim) == 2 * made.offer.total
    withdraw(chain, buyer)
    assert chain.balance(chain.aim, buyer.address) == 100 * AIM


@pytest.mark.parametrize("wrong", ["line", "order", "key"])
def test_a_wrong_delivery_is_refused(
    wrong: str, chain: Chain, accounts: list[LocalAccount], funded: Funded
) -> None:
    made = published(chain, accounts[1])
    placed, other = (bought(chain, funded(2, 20 * AIM), made.offer) for _ in range(2))
    good = delivery(placed)
    bad = {
        "line": delivery(placed, SecretScalar(LINE.value + 1)),
        "order": delivery(other),
        "key": replace(good, z=good.t2),
    }[wrong]
    with pytest.raises(ChainRefused, match="The delivery is wrong"):
        chain.node.send(chain.delivery_call([(made.offer, placed.order, bad)]), accounts[4])
    assert chain.license(placed.license_id).state is LicenseState.PENDING


def test_a_keeper_delivers_in_steps(
    chain: Chain, accounts: list[LocalAccount], funded: Funded
) -> None:
    made = published(chain, accounts[1])
    placed = bought(chain, funded(2, 20 * AIM), made.offer)
    call = chain.delivery_call([(made.offer, placed.order, delivery(placed))])
    signed = chain.node.sign(call, accounts[4])
    chain.node.broadcast(signed)
    chain.node.broadcast(signed)
    sent = chain.node.wait(signed)
    assert [event.order for event in chain.events(sent.logs, Delivered)] == [placed.order_id]


# Offers, versions, transfers


def test_offers_close_open_and_are_replaced(chain: Chain, accounts: list[LocalAccount]) -> None:
    seller, details = accounts[1], version()
    first = chain.publish(
        seller, royalty=0, details=details, offer=offer(seller.address, chain.aim)
    )
    dearer = replace(first.offer, price=first.offer.price * 2)
    second = chain.open_offer(seller, dearer, details, instead=first.offer)
    assert second.offer == dearer
    assert not chain.is_open(first.offer_id)
    assert chain.is_open(second.offer_id)
    chain.node.send(chain.deployed.market.close_offer(dearer), seller)
    assert not chain.is_open(second.offer_id)
    with refusal("Market_OfferExists"):
        chain.open_offer(seller, dearer, details)
    third = chain.open_offer(seller, replace(dearer, supply=1), details)
    assert chain.is_open(third.offer_id)
    with refusal("Market_VersionMismatch"):
        chain.open_offer(seller, replace(dearer, supply=2), version())
    with refusal("Market_TermsInvalid"):
        chain.open_offer(seller, replace(dearer, delivery_time=1), details)


def test_versions_with_parents_and_retirement(chain: Chain, accounts: list[LocalAccount]) -> None:
    seller = accounts[1]
    head = TermsHead(Derivatives.FORBIDDEN, Bps(0), b"\1" * 32)
    first, details = version(terms=terms_hash(head)), version()
    listed = offer(seller.address, chain.aim)
    made = chain.publish(seller, royalty=250, details=first, offer=listed)
    parents = (Parent(ModelId(made.model), 1, Relation.QUANTISE),)
    assert chain.add_version(seller, made.model, details, parents)[1] == 2
    assert chain.is_version(made.model, 2, details, parents)
    assert not chain.is_version(made.model, 2, details)
    terms = replace(made.offer, version=2)
    with refusal("Lineage_NotCleared"):
        chain.open_offer(seller, terms, details, parents)
    proof = ParentProof(first, ZERO_WORD, head, seller.address, ZERO_WORD)
    clearing = chain.deployed.lineage.clear(ModelId(made.model), 2, details, parents, [proof], [])
    chain.node.send(clearing, seller)
    assert chain.open_offer(seller, terms, details, parents).offer == terms
    with refusal("ModelRegistry_NotOwner"):
        chain.add_version(accounts[2], made.model, version())
    with refusal("ModelRegistry_ParentUnknown"):
        chain.add_version(seller, made.model, version(), [Parent(ModelId(99), 1, Relation.MERGE)])
    chain.node.send(chain.deployed.registry.retire(ModelId(made.model), 1), seller)
    assert chain.node.view(chain.deployed.registry.is_retired(ModelId(made.model), 1))
    with refusal("ModelRegistry_AlreadyRetired"):
        chain.node.send(chain.deployed.registry.retire(ModelId(made.model), 1), seller)
    with refusal("ModelRegistry_VersionUnknown"):
        chain.node.send(chain.deployed.registry.retire(ModelId(made.model), 3), seller)


def test_licences_models_and_tokens_move(
    chain: Chain, accounts: list[LocalAccount], funded: Funded
) -> None:
    seller, buyer, friend = accounts[1], funded(2, 100 * AIM), accounts[3]
    made = published(chain, seller)
    placed = bought(chain, buyer, made.offer)
    with refusal("ModelLicense_Locked"):
        chain.node.send(
            chain.deployed.licenses.transfer_from(buyer.address, friend.address, placed.license_id),
            buyer,
        )
    chain.node.send(chain.delivery_call([(made.offer, placed.order, delivery(placed))]), seller)
    chain.node.send(
        chain.deployed.licenses.transfer_from(buyer.address, friend.address, placed.license_id),
        buyer,
    )
    assert chain.node.view(
        chain.deployed.licenses.has_access(LicenseId(placed.license_id), friend.address, 1)
    )
    assert not chain.node.view(
        chain.deployed.licenses.has_access(LicenseId(placed.license_id), buyer.address, 1)
    )
    chain.node.send(
        chain.deployed.registry.transfer_from(seller.address, friend.address, made.model), seller
    )
    assert chain.node.view(chain.deployed.registry.owner_of(made.model)) == friend.address
    with refusal("ModelRegistry_NotSellable"):
        bought(chain, buyer, made.offer)
    chain.node.send(ERC20(chain.aim).transfer(friend.address, AIM), buyer)
    assert chain.balance(chain.aim, friend.address) == AIM
    with refusal("ERC20InsufficientBalance"):
        chain.node.send(ERC20(chain.aim).transfer(buyer.address, 2 * AIM), friend)


def test_the_faucet_gives_once_in_a_while(
    chain: Chain, local_chain: LocalChain, accounts: list[LocalAccount]
) -> None:
    poor = accounts[6]
    chain.node.send(chain.deployed.faucet.drip(), poor)
    assert chain.balance(chain.aim, poor.address) == 1_000 * AIM
    next_at = chain.node.view(chain.deployed.faucet.next_at(poor.address))
    assert next_at == chain.node.latest().time + 60
    with pytest.raises(ChainRefused, match="ask again after"):
        chain.node.send(chain.deployed.faucet.drip(), poor)
    local_chain.travel(61)
    chain.node.send(chain.deployed.faucet.drip(), poor)


def test_the_guardian_stops_new_business_alone(
    chain: Chain, accounts: list[LocalAccount], funded: Funded
) -> None:
    made = published(chain, accounts[1])
    placed = bought(chain, funded(2, 40 * AIM), made.offer)
    write(chain, accounts[0], "Market", "stopNewBusiness", 1000)
    assert chain.node.view(chain.deployed.market.stopped_until()) == chain.node.latest().time + 1000
    with refusal("NewBusinessStop_Stopped"):
        bought(chain, accounts[2], made.offer)
    with refusal("NewBusinessStop_Stopped"):
        published(chain, accounts[1])
    chain.node.send(
        chain.delivery_call([(made.offer, placed.order, delivery(placed))]), accounts[4]
    )
    withdraw(chain, accounts[1])


# Purchases that the contracts refuse


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"max_total": 1}, "Market_PriceMoved"),
        ({"tx_deadline": 1}, "Market_DeadlinePassed"),
    ],
)
def test_purchases_that_no_longer_fit(
    changes: dict[str, Any],
    name: str,
    chain: Chain,
    accounts: list[LocalAccount],
    funded: Funded,
) -> None:
    made = published(chain, accounts[1])
    buyer = funded(2, 20 * AIM)
    with refusal(name):
        bought(chain, buyer, made.offer, **changes)
    assert chain.balance(chain.aim, buyer.address) == 20 * AIM


def test_an_offer_sells_what_it_has_until_it_ends(
    chain: Chain, local_chain: LocalChain, accounts: list[LocalAccount], funded: Funded
) -> None:
    buyer = funded(2, 100 * AIM)
    few = published(chain, accounts[1], supply=1)
    bought(chain, buyer, few.offer)
    assert chain.node.view(chain.deployed.market.sold_of(OfferId(few.offer_id))) == 1
    with refusal("Market_SoldOut"):
        bought(chain, buyer, few.offer)
    brief = published(chain, accounts[1], expires_at=chain.node.latest().time + 100)
    local_chain.travel(101)
    with refusal("Market_OfferExpired"):
        bought(chain, buyer, brief.offer)
    with refusal("Market_OfferNotOpen"):
        bought(chain, buyer, replace(few.offer, price=1))


def test_one_purchase_counts_once(
    chain: Chain, accounts: list[LocalAccount], funded: Funded
) -> None:
    made = published(chain, accounts[1])
    buyer = funded(2, 100 * AIM)
    wanted = purchase(chain, made.offer)
    chain.buy(buyer, [Item(made.offer, wanted)])
    with refusal("ModelLicense_AlreadyIssued"):
        chain.buy(buyer, [Item(made.offer, wanted)])


# Reading


def test_tokens_describe_themselves(chain: Chain, accounts: list[LocalAccount]) -> None:
    assert chain.token(chain.aim) == type(chain.token(chain.aim))(chain.aim, "AIM", 18)
    with pytest.raises(DaimmError, match=r"There is no contract at .* check the address"):
        chain.token(accounts[5].address)
    assert chain.token(chain.market).told is False


def test_what_is_unknown(chain: Chain) -> None:
    assert chain.license(5).state is LicenseState.NONE
    assert chain.node.view(chain.deployed.registry.version_count(ModelId(999))) == 0
    assert chain.credit(ZERO_ADDRESS, chain.aim) == 0
    assert not chain.policy(checksummed("0x" + "11" * 20)).allowed
    with refusal("TokenDoesNotExist"):
        chain.node.view(chain.deployed.registry.owner_of(999))
    with refusal("TokenDoesNotExist"):
        chain.node.view(chain.deployed.licenses.owner_of(5))


def test_nothing_to_do_is_said(chain: Chain, accounts: list[LocalAccount]) -> None:
    with pytest.raises(DaimmError, match="nothing to buy"):
        chain.buy(accounts[1], [])
    with pytest.raises(DaimmError, match="nothing to do"):
        chain.node.send(chain.delivery_call([]), accounts[1])


# A node that lies about what happened


def test_a_receipt_without_its_events(
    chain: Chain, local_chain: LocalChain, accounts: list[LocalAccount], funded: Funded
) -> None:
    made = published(chain, accounts[1])
    buyer = funded(2, 20 * AIM)
    with Proxy(local_chain.url) as proxy:
        proxy.alter["eth_getTransactionReceipt"] = lambda r: r and r | {"logs": []}
        lied_to = Chain(type(chain.node).connect(proxy.url), chain.book)
        with pytest.raises(OutsideFailed, match="lacks"):
            bought(lied_to, buyer, made.offer)
        with pytest.raises(OutsideFailed, match="lacks"):
            published(lied_to, accounts[1])


@pytest.mark.parametrize(
    "change",
    [
        lambda log: log | {"data": log["data"][:-2]},
        lambda log: log | {"data": "0x"},
        lambda log: log | {"data": "0x" + "ff" * 32 * 21},
        lambda log: log | {"topics": log["topics"][:-1]},
        lambda log: log | {"topics": [*log["topics"], "0x" + "00" * 32]},
        lambda log: log | {"data": "0x" + "00" * (1 << 17)},
    ],
)
def test_malformed_events_are_refused(
    change: Any, chain: Chain, local_chain: LocalChain, accounts: list[LocalAccount]
) -> None:
    def altered(receipt: Any) -> Any:
        if not receipt:
            return receipt
        return receipt | {"logs": [change(log) for log in receipt["logs"]]}

    with Proxy(local_chain.url) as proxy:
        proxy.alter["eth_getTransactionReceipt"] = altered
        lied_to = Chain(type(chain.node).connect(proxy.url), chain.book)
        with pytest.raises(OutsideFailed, match=r"event|lacks"):
            published(lied_to, accounts[1])


def test_events_of_strangers_are_passed_over(chain: Chain, accounts: list[LocalAccount]) -> None:
    made = published(chain, accounts[1])
    moved = [log._replace(address=accounts[5].address.lower()) for log in made.sent.logs]
    assert list(chain.told(moved)) == []
    nameless = [log._replace(topics=[]) for log in made.sent.logs]
    assert list(chain.told(nameless)) == []


def test_what_is_done_together_keeps_to_the_cap_of_a_transaction(
    chain: Chain, accounts: list[LocalAccount], funded: Funded
) -> None:
    buyer = funded(2, 10_000 * AIM)
    terms = published(chain, accounts[1]).offer

    def buy(count: int) -> Any:
        return chain.buy(buyer, [Item(terms, purchase(chain, terms)) for _ in range(count)])

    some = buy(280)
    assert len(some.orders) == 280
    assert some.sent.gas_used * GAS_MARGIN > MAX_TRANSACTION_GAS
    sent: Any = web3_of(chain.node).eth.get_transaction(some.sent.hash)
    assert sent["gas"] == MAX_TRANSACTION_GAS

    nonce = chain.node.nonce(buyer.address)
    with pytest.raises(
        ChainRefused, match=r"one transaction may take 16,777,216: do it in smaller"
    ):
        buy(400)
    assert chain.node.nonce(buyer.address) == nonce
