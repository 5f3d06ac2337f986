"""The generated contracts: what they encode the chain takes, what the chain says they decode."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from eth_abi.abi import decode as eth_abi_decode
from eth_abi.abi import encode as eth_abi_encode
from eth_abi.exceptions import DecodingError
from eth_account.signers.local import LocalAccount
from web3 import Web3

from daimm_cli.base.errors import DaimmError
from daimm_cli.bindings import structs
from daimm_cli.bindings.aim_token import AIMToken
from daimm_cli.bindings.aim_votes import AIMVotes
from daimm_cli.bindings.authority import Authority
from daimm_cli.bindings.calls import Call, Contract, Event, Malformed, View, read
from daimm_cli.bindings.daimm_governor import DaimmGovernor
from daimm_cli.bindings.erc20 import ERC20
from daimm_cli.bindings.faucet import Faucet
from daimm_cli.bindings.market import Delivered, Market, OfferOpened, Purchased, TokenPolicy
from daimm_cli.bindings.model_license import ModelLicense
from daimm_cli.bindings.model_registry import ModelRegistry, VersionAdded
from daimm_cli.bindings.structs import Bps, LicenseState, ModelId, Offer, Parent, Relation, Version
from daimm_cli.bindings.timelock import Timelock
from daimm_cli.bindings.values import Kind, Struct, checked, encode, spelled
from daimm_cli.bindings.vesting import Vesting
from daimm_cli.chain.answers import Receipt
from daimm_cli.chain.client import Chain
from daimm_cli.chain.node import Call as NodeCall
from daimm_cli.protocol.curve import NO_POINT, SecretScalar
from daimm_cli.protocol.delivery import KeyProof, KeyRequest, prove
from tests.python.chain import samples
from tests.python.chain.samples import AIM, BUYER_KEY, LINE
from tools.bindings import CONTRACTS
from tools.natspec import artifact

Funded = Callable[[int, int], LocalAccount]
CLASSES: dict[str, type[Contract]] = {
    kind.NAME: kind
    for kind in (
        *(AIMToken, AIMVotes, Authority, DaimmGovernor, ERC20, Faucet, Market, ModelLicense),
        *(ModelRegistry, Timelock, Vesting),
    )
}
SOMEBODY = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"


def send(chain: Chain, account: LocalAccount, call: Call) -> Receipt:
    return chain.node.send(NodeCall(call.to, call.data, call.doing, call.value), account)


def ask(chain: Chain, view: View[Any]) -> Any:
    return chain.node.view(view)


def events(contract: Contract, sent: Receipt) -> Iterator[Event]:
    for log in sent.logs:
        if log.address == contract.address.lower():
            found = contract.event(log.topics, log.data)
            assert found is not None
            yield found


def test_a_sale_goes_through_the_bindings(
    chain: Chain, accounts: list[LocalAccount], funded: Funded
) -> None:
    seller, keeper, buyer = accounts[1], accounts[4], funded(2, 100 * AIM)
    market, licenses = Market(chain.market), ModelLicense(chain.book.address("ModelLicense"))
    registry, aim = ModelRegistry(chain.book.address("ModelRegistry")), AIMToken(chain.aim)
    details = Version.from_abi(samples.version().to_abi())

    added = send(chain, seller, registry.register(seller.address, Bps(250), details, []))
    [version] = [event for event in events(registry, added) if isinstance(event, VersionAdded)]
    assert version.details == details
    offer = Offer.from_abi(samples.offer(seller.address, chain.aim, model=version.model).to_abi())
    opened = send(chain, seller, market.open_offer(offer, details, bytes(32)))
    [told] = events(market, opened)
    assert isinstance(told, OfferOpened)
    assert told.terms == offer
    assert ask(chain, market.is_open(told.offer)) is True
    assert ask(chain, market.offer_id_of(offer)) == told.offer

    policy = ask(chain, market.token_policy(chain.aim))
    assert isinstance(policy, TokenPolicy)
    assert policy == (True, 100, 10**19)
    purchase = structs.Purchase(
        BUYER_KEY.point, offer.price + offer.delivery_fee, structs.Bps(100), 2**40 - 1, b"\1" * 32
    )
    send(chain, buyer, aim.approve(market.address, purchase.max_total))
    sent = send(chain, buyer, market.buy(offer, purchase))
    [bought] = [event for event in events(market, sent) if isinstance(event, Purchased)]
    assert (bought.buyer, bought.offer, bought.key) == (buyer.address, told.offer, BUYER_KEY.point)
    order = structs.Order(
        *(bought.buyer, bought.recipient, bought.referrer, bought.referral, bought.key),
        *(bought.price, bought.protocol_fee, bought.salt),
    )
    assert ask(chain, market.order_id_of(bought.offer, order)) == bought.order

    number = ask(chain, licenses.license_id_of(market.address, bought.order))
    assert ask(chain, licenses.record_of(number)).state is LicenseState.PENDING
    key = prove(LINE, KeyRequest(bought.order, LINE.point, BUYER_KEY.point))
    delivery = structs.Delivery.from_abi(key.to_abi())
    done = send(chain, keeper, market.together([market.deliver(offer, order, delivery)]))
    [delivered] = [event for event in events(market, done) if isinstance(event, Delivered)]
    assert KeyProof(delivered.receiver, delivered.z, delivered.c, delivered.w) == KeyProof.of(key)
    assert ask(chain, licenses.has_access(number, buyer.address, 1)) is True
    record = ask(chain, licenses.record_of(number))
    assert record == structs.LicenseRecord(
        LicenseState.SETTLED, structs.Grant(version.model, 1, 4095, True), record.time
    )
    assert record.time > 1 << 35


def test_several_calls_go_as_one(chain: Chain, accounts: list[LocalAccount]) -> None:
    seller = accounts[1]
    made = samples.published(chain, seller)
    market = Market(chain.market)
    offers = [Offer.from_abi(made.offer.to_abi())]
    closing = [market.close_offer(offer) for offer in offers]
    both = market.together([*closing, market.withdraw_for(seller.address, chain.aim)])
    assert both.doing == "close an offer, withdraw for a payee"
    with pytest.raises(DaimmError, match="Nothing is owed"):
        send(chain, seller, both)
    assert chain.is_open(made.offer_id)
    send(chain, seller, market.together(closing))
    assert not chain.is_open(made.offer_id)


def test_only_calls_of_one_contract_go_together(chain: Chain) -> None:
    market = Market(chain.market)
    for calls in ([], [Faucet(SOMEBODY).drip()], [replace(market.multicall([]), value=1)]):
        with pytest.raises(DaimmError, match="calls of Market"):
            market.together(calls)


SAMPLES: dict[str, Any] = {
    "address": SOMEBODY,
    "bool": True,
    "string": "text",
    "bytes": b"\1\2\3",
    "bytes4": b"\1\2\3\4",
    "bytes16": b"\5" * 16,
    "bytes32": b"\7" * 32,
}


def sample(kind: Any) -> Any:
    """A value of the kind."""
    if isinstance(kind, list):
        return [sample(kind[0])] * 2
    if isinstance(kind, str):
        return SAMPLES.get(kind, 7)
    if issubclass(kind, Struct):
        return kind(*(sample(part) for part in kind.KINDS))
    return SecretScalar(7).point if kind.__name__ == "Point" else kind(1)


def as_web3_takes(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [as_web3_takes(item) for item in value]
    if isinstance(value, Struct):
        return value.to_abi()
    return (value.x, value.y) if hasattr(value, "x") else value


@pytest.mark.parametrize("name", CLASSES)
def test_every_function_is_there_and_encodes_as_web3_does(name: str) -> None:
    kind = CLASSES[name]
    contract = kind(SOMEBODY)
    abi = [entry for part in CONTRACTS[name] for entry in artifact(part)["abi"]]
    oracle = Web3().eth.contract(address=Web3.to_checksum_address(SOMEBODY), abi=abi)
    expected = {
        f"{entry['name']}({','.join(part['type'] for part in entry['inputs'])})"
        for entry in abi
        if entry["type"] == "function"
    }
    assert len(kind.FUNCTIONS) == len(expected)
    for method, function in kind.FUNCTIONS.items():
        values = [sample(inner) for inner in function.inputs.values()]
        made = getattr(contract, method)(*values)
        types = ",".join(spelled(inner) for inner in function.inputs.values())
        asked = oracle.get_function_by_signature(f"{function.name}({types})")
        given = [as_web3_takes(value) for value in values]
        assert made.data.hex() == asked(*given)._encode_transaction_data()[2:], method
        assert made.to == SOMEBODY
        read = kind.read_call(made.data)
        assert read is not None
        assert read.function is function
        assert function.encode(*read.arguments.values()) == made.data
        assert getattr(kind, method).__doc__


def test_terms_to_be_filled_in_are_read_back() -> None:
    """`publish` takes an offer whose line is left blank."""
    market = Market(SOMEBODY)
    terms = replace(sample(Offer), line=NO_POINT, model=ModelId(0))
    read = market.read_call(market.publish(Bps(0), sample(Version), terms).data)
    assert read is not None
    assert read.arguments["terms"] == terms
    assert Offer.from_json(terms.to_json()) == terms


def test_a_call_is_read_only_if_it_is_exactly_that() -> None:
    data = ERC20(SOMEBODY).transfer(SOMEBODY, 5).data
    assert ERC20.read_call(data) is not None
    for other in (
        data + b"\0",
        data[:-1],
        b"",
        data[:4],
        b"\0" * 4 + data[4:],
        data[:4] + b"\1" + data[5:],
    ):
        assert ERC20.read_call(other) is None


def test_what_no_contract_can_have_written_is_refused() -> None:
    market = Market(SOMEBODY)
    topic = bytes.fromhex(TOKEN_SET)
    cap = (7).to_bytes(32)
    whole = [topic, bytes(12) + b"\1" * 20], (1).to_bytes(32) + (500).to_bytes(32) + cap
    assert market.event(*whole) is not None
    assert market.event([], b"") is None
    assert market.event([b"\1" * 32], b"") is None
    wrong = [
        ([topic], whole[1]),
        (whole[0], whole[1][:-1]),
        (whole[0], (2).to_bytes(32) + (500).to_bytes(32) + cap),
        (whole[0], (1).to_bytes(32) + (1 << 16).to_bytes(32) + cap),
        ([topic, b"\1" * 32], whole[1]),
        (whole[0], bytes(1 << 17)),
    ]
    for topics, data in wrong:
        with pytest.raises(Malformed):
            market.event(topics, data)
    with pytest.raises(Malformed):
        market.is_open(structs.OfferId(bytes(32))).decode(b"\2" * 32)


TOKEN_SET = next(event.TOPIC for event in Market.EVENTS if event.NAME == "TokenSet")


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        ("address", b"\1" + bytes(31)),
        ("bool", bytes(31) + b"\2"),
        ("uint16", bytes(29) + b"\1\0\0"),
        ("bytes1", bytes(31) + b"\1"),
        ("uint256", bytes(31)),
    ],
)
def test_a_word_that_cannot_hold_its_type_is_refused(kind: str, word: bytes) -> None:
    with pytest.raises(DecodingError):
        eth_abi_decode([kind], word)
    with pytest.raises(Malformed):
        read([kind], word, "an answer")


def test_words_and_all_else_are_read_as_eth_abi_does() -> None:
    kinds: list[Kind] = [Offer, Parent, "bytes32", "bool", [Version]]
    for fixed in (kinds[:-1], kinds):
        values = [checked(kind, sample(kind), "sample") for kind in fixed]
        types, plains = [spelled(kind) for kind in fixed], [as_web3_takes(v) for v in values]
        assert read(fixed, eth_abi_encode(types, plains), "an answer") == values


@pytest.mark.parametrize("value", [0, 1, -1, 2**127 - 1, -(2**127)])
def test_numbers_below_zero_are_words_too(value: int) -> None:
    word = eth_abi_encode(["int128"], [value])
    assert encode(["int128"], [value]) == word
    assert read(["int128"], word, "an answer") == [value]
    for beyond in (2**127, -(2**127) - 1):
        with pytest.raises(DaimmError, match="whole number from -2\\^127 to 2\\^127 - 1"):
            checked("int128", beyond, "value")
        with pytest.raises(Malformed):
            read(["int128"], (beyond % 2**256).to_bytes(32), "an answer")


def test_values_that_do_not_fit_are_refused_before_anything_is_sent() -> None:
    registry, market = ModelRegistry(SOMEBODY), Market(SOMEBODY)
    with pytest.raises(DaimmError, match="whole number from 0 to 2\\^32 - 1"):
        registry.retire(ModelId(1 << 32), 1)
    with pytest.raises(DaimmError, match="32 bytes"):
        market.is_open(structs.OfferId(b"short"))
    with pytest.raises(DaimmError, match="not an address"):
        market.token_policy("vitalik.eth")
    with pytest.raises(DaimmError, match="no relation 5"):
        Parent(ModelId(1), 1, 5)  # type: ignore[arg-type]
    assert Parent(ModelId(1), 1, 2).relation is Relation.QUANTISE  # type: ignore[arg-type]


def test_json_leads_back() -> None:
    for kind in vars(structs).values():
        if isinstance(kind, type) and issubclass(kind, Struct) and kind is not Struct:
            made = kind(*(sample(part) for part in kind.KINDS))
            assert kind.from_json(made.to_json()) == made
            assert kind.from_abi(made.to_abi()) == made


def test_nothing_of_it_needs_web3() -> None:
    modules = [f"daimm_cli.bindings.{m}" for m in ("market", "authority", "erc20", "aim_token")]
    program = (
        f"import sys; import {', '.join(modules)};"
        "from daimm_cli.bindings.erc20 import ERC20;"
        f"ERC20('{SOMEBODY}').balance_of('{SOMEBODY}').decode(bytes(32));"
        "sys.exit('web3' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0
