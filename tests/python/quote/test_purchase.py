"""What a purchase costs, whether it would go through, and the worst that can come of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount

from daimm_cli.bindings.erc20 import ERC20
from daimm_cli.chain.client import Chain
from daimm_cli.chain.node import Call
from daimm_cli.index.rows import OfferRow
from daimm_cli.market import offers
from daimm_cli.market.catalogue import cheapest
from daimm_cli.store.local import LocalStore
from scripts._artifacts import ROOT, artifact
from tests.python.chain.samples import write
from tests.python.cli.conftest import AIM, Person, write_keystore
from tests.python.quote.conftest import Quote, false, says
from tools.chain import LocalChain

HOUR = 3600
TOTAL = 105 * AIM // 10


def test_a_first_sale_is_shown_as_it_is(
    buyer: Person, published: dict[str, Any], chain: Chain, quote: Quote
) -> None:
    data, ran = quote(buyer, published["offer"][:10])
    assert {name for name, result in data["results"].items() if result != "ok"} == {"keeper"}
    assert data["results"]["keeper"] == data["verdict"] == "unknown"
    assert (data["offer"], data["symbol"], data["decimals"]) == (published["offer"], "AIM", 18)
    assert (data["total"], data["protocol_fee"]) == (str(TOTAL), str(AIM // 10))
    assert data["purchase"]["simulated"] is True
    assert chain.balance(chain.aim, buyer.account.address) == 100 * AIM
    assert "Tiny" in buyer("quote", published["offer"]).out
    assert "of at most 1 MiB are asked of each of 1 source;" in ran.err


def test_the_shape_of_the_data(buyer: Person, offer: str, quote: Quote) -> None:
    data, _ = quote(buyer, offer)
    data.pop("results")
    assert list(data) == [
        *("offer", "verdict", "checks", "model", "version", "name", "seller", "token", "symbol"),
        *("decimals", "price", "protocol_fee", "delivery_fee", "total", "deliver_within"),
        *(
            "grace_period",
            "inspection",
            "guarantees",
            "rating",
            "measured",
            "profile",
            "warning",
            "purchase",
        ),
        *("record", "keeper", "files", "powers", "worst_case"),
    ]
    assert [check["check"] for check in data["checks"]] == [
        *("purchase", "version", "manifest", "roots", "digest list", "terms", "parents"),
        *("key line", "line proof", "registry", "signature", "seller", "file", "sources"),
        *("keeper", "contracts", "authority", "caps"),
    ]


def test_everything_in_the_data_is_documented(buyer: Person, offer: str, quote: Quote) -> None:
    data, _ = quote(buyer, offer)
    nested = [data, data["purchase"], data["record"], data["keeper"], data["files"], data["powers"]]
    nested += [data["worst_case"], data["files"]["sources"][0], data["checks"][0]]
    names = {name for part in nested for name in part} | set(data["results"]) - {"results"}
    text = (ROOT / "docs" / "quote.md").read_text()
    assert {name for name in names if f"`{name}`" not in text} <= {"results"}


def test_the_file_is_not_fetched(buyer: Person, published: dict[str, Any], quote: Quote) -> None:
    quote(buyer, published["offer"])
    store = LocalStore(buyer.home / "store")
    assert not store.has(published["artifact"])
    assert not list((buyer.home / "store" / "incoming").iterdir())


def test_the_gas_is_that_of_the_purchase(buyer: Person, offer: str, quote: Quote) -> None:
    data, _ = quote(buyer, offer)
    spent = buyer.json("buy", offer, "--yes")["gas"]
    assert spent <= data["purchase"]["gas"] < 1.3 * spent
    assert int(data["purchase"]["gas_cost"]) > 0


def test_without_an_account_nothing_is_simulated(
    person: Callable[..., Person], seller: Person, offer: str, quote: Quote
) -> None:
    stranger = person("stranger", 4, source=seller)
    (stranger.home / "accounts" / "stranger.json").unlink()
    (stranger.home / "seed.json").unlink()
    data, _ = quote(stranger, offer)
    assert data["purchase"] == dict.fromkeys(data["purchase"]) | {"simulated": False}
    assert data["results"]["purchase"] == "unknown"
    assert "no account" in says(data, "purchase")
    assert "10.5 AIM" in stranger("quote", offer).out


def test_a_buyer_without_the_money_is_told(
    person: Callable[..., Person], seller: Person, offer: str, quote: Quote
) -> None:
    poor = person("poor", 3, money=AIM, source=seller)
    data, _ = quote(poor, offer)
    assert (data["results"]["purchase"], data["purchase"]["simulated"]) == ("unknown", False)
    assert "has 1 AIM and needs 10.5 AIM" in says(data, "purchase")


def test_a_buyer_without_ether_is_told(
    buyer: Person, offer: str, chain: Chain, quote: Quote
) -> None:
    other = Account.create()
    write_keystore(buyer.home / "accounts" / "buyer.json", bytes(other.key))
    chain.node.send(ERC20(chain.aim).transfer(other.address, 20 * AIM), buyer.account)
    data, _ = quote(buyer, offer)
    assert (data["results"]["purchase"], data["purchase"]["simulated"]) == ("unknown", True)
    assert "has 0 ether and needs about 0.0" in says(data, "purchase")


def test_a_refusal_that_only_the_call_shows(
    buyer: Person, offer: str, chain: Chain, accounts: list[LocalAccount], quote: Quote
) -> None:
    values = (chain.market, False)
    write(chain, accounts[0], "ModelLicense", "setIssuer", *values)
    data, _ = quote(buyer, offer)
    assert false(data) == {"purchase"}
    assert "may not sell licences any more" in says(data, "purchase")


def test_an_offer_that_cannot_be_bought(
    buyer: Person, seller: Person, offer: str, quote: Quote
) -> None:
    seller("offer", "close", offer, "--yes")
    data, ran = quote(buyer, offer)
    assert false(data) == {"purchase"}
    assert "was closed by its seller" in says(data, "purchase")
    assert data["purchase"]["simulated"] is False
    assert '"exit": 5' in ran.err
    told = buyer.type("quote", offer)
    assert told.status == 5
    assert "purchase     FALSE" in told.out
    assert "The worst case" in told.out
    assert "Next:" not in told.err


def test_an_offer_that_the_node_invents(
    buyer: Person, offer: str, chain: Chain, local_chain: LocalChain, quote: Quote
) -> None:
    """The events tell of it, and the market knows nothing: here its code was taken away."""
    quote(buyer, offer)
    local_chain.rpc("anvil_setCode", chain.market, _returns_zeros())
    data, _ = quote(buyer, offer)
    assert "purchase" in false(data)
    assert "The market does not take the offer" in says(data, "purchase")


def _returns_zeros() -> str:
    """A contract that answers 96 zero bytes to everything: PUSH1 96 PUSH1 0 RETURN."""
    return "0x60605ff3"


@pytest.fixture
def other_token(chain: Chain, accounts: list[LocalAccount], buyer: Person) -> str:
    """A token beside AIM that calls itself AIM, allowed at 2.5 %; the buyer has 50."""
    code = artifact("AIMToken").creation([[(buyer.account.address, 50 * AIM)]])
    token = str(chain.node.send(Call(None, code, "create a token"), accounts[0]).created)
    write(chain, accounts[0], "Market", "setToken", token, True, 250, 10**18)
    return token


def test_a_token_that_needs_an_approval_is_simulated_with_it(
    buyer: Person, seller: Person, published: dict[str, Any], other_token: str, quote: Quote
) -> None:
    opened = seller.json("offer", "open", 1, "--price", "8", "--token", other_token, "--yes")
    data, _ = quote(buyer, opened["offer"])
    assert data["results"]["purchase"] == "ok"
    assert (data["purchase"]["simulated"], data["purchase"]["transactions"]) == (True, 2)
    assert data["purchase"]["gas"] > 150_000
    assert data["protocol_fee"] == str(2 * AIM // 10)
    assert "may be able to freeze" in buyer("quote", opened["offer"]).out


def test_an_approval_and_a_purchase_that_would_revert(
    *,
    buyer: Person,
    seller: Person,
    published: dict[str, Any],
    other_token: str,
    quote: Quote,
    chain: Chain,
    accounts: list[LocalAccount],
) -> None:
    opened = seller.json("offer", "open", 1, "--price", "8", "--token", other_token, "--yes")
    values = (chain.market, False)
    write(chain, accounts[0], "ModelLicense", "setIssuer", *values)
    data, _ = quote(buyer, opened["offer"])
    assert false(data) == {"purchase"}
    assert "may not sell licences any more" in says(data, "purchase")


def test_the_list_compares_prices_in_one_token(
    buyer: Person, seller: Person, published: dict[str, Any], other_token: str
) -> None:
    seller("offer", "open", 1, "--price", "1", "--token", other_token, "--yes")
    seller("offer", "open", 1, "--price", "9", "--delivery-fee", "0.5", "--yes")
    told = buyer("model", "list").out
    assert "9.5 AIM" in told
    assert other_token[:10] not in told


def test_without_an_offer_in_aim_two_tokens_are_not_compared(accounts: list[LocalAccount]) -> None:
    def row(token: int, price: int) -> OfferRow:
        address = accounts[token].address
        draft = offers.draft(accounts[0].address, token=address)
        terms = dataclasses.replace(draft, price=price)
        return OfferRow(bytes(32), terms, 0, False, False, False, 0, terms.seller, True, True)

    aim = accounts[9].address
    cheap, dear, other = row(1, 5), row(1, 6), row(2, 1)
    assert cheapest([dear, cheap], aim) is cheap
    assert cheapest([dear, cheap, other], aim) is None
    assert cheapest([dear, other], other.offer.token) is other
    assert cheapest([], aim) is None


def test_a_maximum_names_its_token(
    buyer: Person, seller: Person, published: dict[str, Any], other_token: str, chain: Chain
) -> None:
    opened = seller.json("offer", "open", 1, "--price", "8", "--token", other_token, "--yes")
    for wrong in ("9", "9 AIM", f"9 {chain.aim}"):
        told = buyer.refused("buy", opened["offer"], "--yes", "--max-price", wrong)
        assert f"like '9 {other_token}'" in told
    told = buyer.refused("buy", opened["offer"], "--max-price", f"9 {other_token}")
    assert f"Pay 8 {other_token[:10]} (your maximum is 9 {other_token[:10]})?" in told
    buyer("buy", opened["offer"], "--yes", "--max-price", f"9 {other_token.lower()}")


# The worst case


def test_without_an_inspection_it_is_paid_at_delivery(
    buyer: Person, offer: str, quote: Quote
) -> None:
    data, _ = quote(buyer, offer)
    worst = data["worst_case"]
    assert worst["no_delivery"] == {"back": str(TOTAL), "after": 3 * HOUR}
    assert worst["bad_content"] == {
        "lost": str(TOTAL), "held": "0", "held_for": 0, "remedy": None, "arbitrator": None,
    }  # fmt: skip
    assert (worst["at_most"], worst["within"]) == (str(TOTAL), 3 * HOUR)
    assert worst["gas"] == data["purchase"]["gas"]
    told = buyer("quote", offer).out
    assert "after 3 hours anybody can send 10.5 AIM back to you, all of it" in told
    assert "10.5 AIM is paid at delivery" in told
    assert "claim from a bond on the version, if there is one" in told


def test_with_an_inspection_the_price_waits(
    buyer: Person,
    seller: Person,
    published: dict[str, Any],
    quote: Quote,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    terms = ("--price", "10", "--delivery-fee", "0.5", "--inspection", "36h", "--grace", "2h")
    opened = seller.json("offer", "open", 1, *terms, "--deliver-within", "1h", "--yes")["offer"]
    data, _ = quote(buyer, opened)
    assert data["worst_case"]["bad_content"]["held"] == str(10 * AIM)
    assert data["worst_case"]["bad_content"]["held_for"] == 36 * HOUR
    assert data["worst_case"]["within"] == 39 * HOUR
    told = buyer("quote", opened).out
    assert "10 AIM is held for 1 day 12 hours more" in told
    assert "10 AIM comes back: you lose 0.5 AIM and gas" in told
    assert "no arbitrator is named" in told
    assert "you lose 10.5 AIM and gas" in told
    assert "sequencer" not in told  # this chain has none
    with monkeypatch.context() as patched:
        patched.setattr("daimm_cli.quote.trial.NO_ROLLUPS", frozenset())
        told = buyer("quote", opened).out
    # Only the clocks that are shorter than a rollup's forced inclusion.
    assert "grace of 2 hours: within 1 day a sequencer can keep a delivery" in told
    assert data["worst_case"]["bad_content"]["arbitrator"] is None


def test_an_arbitrator_can_hold_the_price_for_ninety_days(
    buyer: Person, seller: Person, published: dict[str, Any], quote: Quote
) -> None:
    who = "0x00000000000000000000000000000000000000A1"
    terms = ("--price", "10", "--inspection", "36h", "--grace", "2h", "--arbitrator", who)
    opened = seller.json("offer", "open", 1, *terms, "--deliver-within", "1h", "--yes")["offer"]
    worst = quote(buyer, opened)[0]["worst_case"]
    assert worst["bad_content"]["arbitrator"] == who
    assert worst["bad_content"]["remedy"] == "proof"
    assert worst["within"] == (39 + 90 * 24) * HOUR
    assert f"({who}) may hold it for 90 days and rule" in buyer("quote", opened).out


def test_several_offers_are_several_reports(
    buyer: Person, seller: Person, offer: str, quote: Quote
) -> None:
    second = seller.json("offer", "open", 1, "--price", "20", "--yes")["offer"]
    assert [data["offer"] for data in buyer.json("quote", offer, second)] == [offer, second]
    seller("offer", "close", second, "--yes")
    ran = buyer.type("quote", offer, second)
    assert ran.status == 5
    assert offer in ran.out


@pytest.mark.parametrize("samples", ["0", "-1", "257", "eight"])
def test_bad_input(buyer: Person, offer: str, samples: str) -> None:
    buyer.refused("quote", offer, "--samples", samples)
    buyer.refused("quote", "0x12")


@pytest.mark.parametrize(("asked", "blocks"), [(1, 3), (3, 5), (8, 6)])
def test_as_many_blocks_as_asked_for(
    buyer: Person, offer: str, quote: Quote, asked: int, blocks: int
) -> None:
    """The manifest, one of the digest list, and so many of four."""
    data, _ = quote(buyer, offer, "--samples", asked)
    assert {source["asked"] for source in data["files"]["sources"]} == {blocks}
