"""Which way a purchase pays, with tokens that have each trick and tokens that have none."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from eth_account.signers.local import LocalAccount

from daimm_cli.base.errors import ChainRefused, DaimmError
from daimm_cli.bindings.erc20 import ERC20
from daimm_cli.bindings.structs import Bps, MovingTerms
from daimm_cli.chain.client import Bought, Chain
from daimm_cli.chain.node import Call
from daimm_cli.chain.payment import Item
from daimm_cli.chain.terms import Offer
from scripts._artifacts import OUT, ROOT, artifact
from tests.python.chain.samples import AIM, contract_of, offer, published, purchase, version, write
from tools.chain import LocalChain, tool_path, web3_of

Funded = Callable[[int, int], LocalAccount]
Sell = Callable[..., Offer]


@dataclass(frozen=True)
class OnlyTransactions:
    """An account that can't sign typed data, as some hardware wallets."""

    account: LocalAccount

    @property
    def address(self) -> str:
        return str(self.account.address)

    def sign_transaction(self, transaction_dict: Any) -> Any:
        return self.account.sign_transaction(transaction_dict)


@pytest.fixture(scope="session")
def mocks() -> None:
    """The Solidity tests' tokens, compiled."""
    sources = [f"tests/foundry/mocks/{name}.sol" for name in ("Tokens", "StubbornToken")]
    subprocess.run([tool_path("forge"), "build", *sources], cwd=ROOT, check=True)


@pytest.fixture
def deploy_token(
    chain: Chain, local_chain: LocalChain, accounts: list[LocalAccount], mocks: None
) -> Callable[..., str]:
    """`deploy_token("Tokens", "PlainToken", amount)`: allowed, and the third account has some."""

    def deploy(source: str, name: str, amount: int) -> str:
        made = json.loads((OUT / f"{source}.sol" / f"{name}.json").read_text())
        code = bytes.fromhex(made["bytecode"]["object"][2:])
        return allowed(chain, accounts, local_chain, code, amount)

    return deploy


def allowed(
    chain: Chain, accounts: list[LocalAccount], local: LocalChain, code: bytes, amount: int
) -> str:
    token = str(chain.node.send(Call(None, code, "create a token"), accounts[0]).created)
    local.rpc("anvil_dealERC20", accounts[2].address, token, hex(amount))
    write(chain, accounts[0], "Market", "setToken", token, True, 250, 10**18)
    return token


@pytest.fixture
def sell(chain: Chain, accounts: list[LocalAccount]) -> Sell:
    """An open offer in a token."""

    def opened(token: str, **changes: Any) -> Offer:
        terms = offer(accounts[1].address, token, **changes)
        return chain.publish(accounts[1], royalty=0, details=version(), offer=terms).offer

    return opened


def buy(chain: Chain, buyer: Any, *offers: Offer, **options: Any) -> Bought:
    return chain.buy(buyer, [Item(terms, purchase(chain, terms)) for terms in offers], **options)


def function_of(chain: Chain, bought: Bought) -> tuple[str, str]:
    """To whom the transaction went, and its function's name."""
    sent: Any = web3_of(chain.node).eth.get_transaction(bought.sent.hash)  # type: ignore[arg-type]
    name = "AIMToken" if sent["to"] == chain.aim else "Market"
    function, _ = contract_of(chain, name).decode_function_input(sent["input"])
    return name, function.fn_name


def test_one_licence_for_aim_needs_no_allowance(chain: Chain, sell: Sell, funded: Funded) -> None:
    buyer = funded(2, 20 * AIM)
    bought = buy(chain, buyer, sell(chain.aim))
    assert function_of(chain, bought) == ("AIMToken", "transferAndCall")
    assert bought.approvals == ()
    assert chain.allowance(chain.aim, buyer.address) == 0
    assert bought.gas_used == bought.sent.gas_used


def test_for_somebody_else(
    chain: Chain, sell: Sell, funded: Funded, accounts: list[LocalAccount]
) -> None:
    friend = accounts[3].address
    buyer = funded(2, 50 * AIM)
    terms = sell(chain.aim)
    for bought in (
        buy(chain, buyer, terms, recipient=friend),
        buy(chain, buyer, terms, terms, recipient=friend),
    ):
        for placed in bought.orders:
            assert (placed.order.buyer, placed.order.recipient) == (buyer.address, friend)
            assert chain.node.view(chain.deployed.licenses.owner_of(placed.license_id)) == friend
    with pytest.raises(DaimmError, match="recipient"):
        buy(chain, buyer, terms, recipient="friend")


def test_several_for_aim_are_one_transaction(chain: Chain, sell: Sell, funded: Funded) -> None:
    buyer = funded(2, 50 * AIM)
    first, second = sell(chain.aim), sell(chain.aim)
    bought = buy(chain, buyer, first, second, first)
    assert function_of(chain, bought) == ("Market", "multicall")
    assert bought.approvals == ()
    ids = [chain.offer_id(terms) for terms in (first, second, first)]
    assert [placed.offer_id for placed in bought.orders] == ids
    assert chain.allowance(chain.aim, buyer.address) == 0


def test_several_are_bought_all_or_none(chain: Chain, sell: Sell, funded: Funded) -> None:
    buyer = funded(2, 50 * AIM)
    good, closed = sell(chain.aim), replace(sell(chain.aim), price=1)
    with pytest.raises(ChainRefused, match="The offer is not open"):
        buy(chain, buyer, good, closed)
    assert chain.balance(chain.aim, buyer.address) == 50 * AIM


@pytest.mark.parametrize("signs", [True, False])
def test_a_price_that_moves_may_take_less_than_the_maximum(
    chain: Chain, sell: Sell, funded: Funded, signs: bool
) -> None:
    """One transfer sends an exact sum, and this one is known only once it is mined."""
    account = funded(2, 15 * AIM)
    buyer = account if signs else OnlyTransactions(account)
    rule = chain.deployed.moving
    steps = MovingTerms(0, 0, 1_000_000, 30_000, 0, Bps(0))
    terms = sell(chain.aim, rule=rule.address, rule_data=chain.node.view(rule.rule_data_of(steps)))
    asked = purchase(chain, terms, max_total=20 * AIM)
    bought = chain.buy(buyer, [Item(terms, asked, moves=True)])
    assert function_of(chain, bought) == ("Market", "multicall" if signs else "buyFor")
    assert len(bought.approvals) == (not signs)
    assert chain.balance(chain.aim, account.address) == 15 * AIM - terms.total
    assert chain.allowance(chain.aim, account.address) == 20 * AIM - terms.total
    with pytest.raises(ChainRefused, match="above your maximum"):
        chain.buy(buyer, [Item(terms, purchase(chain, terms), moves=True)])


def test_an_account_that_signs_transactions_alone_approves_exactly(
    chain: Chain, sell: Sell, funded: Funded
) -> None:
    buyer = OnlyTransactions(funded(2, 50 * AIM))
    terms = sell(chain.aim)
    bought = buy(chain, buyer, terms, terms)
    assert len(bought.approvals) == 1
    assert bought.gas_used == bought.sent.gas_used + bought.approvals[0].gas_used
    assert chain.allowance(chain.aim, buyer.address) == 0


def test_another_token_with_a_permit_is_one_transaction(
    chain: Chain, sell: Sell, accounts: list[LocalAccount], local_chain: LocalChain
) -> None:
    code = artifact("AIMToken").creation([[]])
    token = allowed(chain, accounts, local_chain, code, 20 * AIM)
    bought = buy(chain, accounts[2], sell(token))
    assert function_of(chain, bought) == ("Market", "multicall")
    assert bought.approvals == ()
    assert chain.balance(token, accounts[2].address) == 20 * AIM - 10 * AIM - AIM // 10


def test_a_token_without_permit_is_approved_first(
    chain: Chain, sell: Sell, accounts: list[LocalAccount], deploy_token: Callable[..., str]
) -> None:
    token = deploy_token("Tokens", "PlainToken", 100)
    terms = sell(token, price=40, delivery_fee=2)
    bought = buy(chain, accounts[2], terms)
    assert len(bought.approvals) == 1
    assert chain.allowance(token, accounts[2].address) == 0
    assert chain.balance(token, accounts[2].address) == 58
    known = chain.token(token)
    assert (known.symbol, known.decimals) == ("USD", 6)


def test_an_allowance_that_suffices_is_used(
    chain: Chain, sell: Sell, accounts: list[LocalAccount], deploy_token: Callable[..., str]
) -> None:
    token = deploy_token("Tokens", "PlainToken", 100)
    chain.node.send(ERC20(token).approve(chain.market, 90), accounts[2])
    bought = buy(chain, accounts[2], sell(token, price=40, delivery_fee=2))
    assert bought.approvals == ()
    assert chain.allowance(token, accounts[2].address) == 48


@pytest.mark.parametrize(("left", "approvals"), [(0, 1), (7, 2)])
def test_a_stubborn_token_is_set_to_zero_first(
    left: int,
    approvals: int,
    chain: Chain,
    sell: Sell,
    accounts: list[LocalAccount],
    deploy_token: Callable[..., str],
) -> None:
    token = deploy_token("StubbornToken", "StubbornToken", 100)
    chain.node.send(ERC20(token).approve(chain.market, left), accounts[2])
    bought = buy(chain, accounts[2], sell(token, price=40, delivery_fee=2))
    assert len(bought.approvals) == approvals
    assert chain.allowance(token, accounts[2].address) == 0


def test_a_token_that_takes_a_cut_is_refused(
    chain: Chain, sell: Sell, accounts: list[LocalAccount], deploy_token: Callable[..., str]
) -> None:
    token = deploy_token("Tokens", "FeeToken", 1_000)
    with pytest.raises(ChainRefused, match="take a cut of transfers"):
        buy(chain, accounts[2], sell(token, price=500, delivery_fee=0))


def test_several_tokens_at_once(
    chain: Chain,
    sell: Sell,
    funded: Funded,
    accounts: list[LocalAccount],
    deploy_token: Callable[..., str],
) -> None:
    token = deploy_token("Tokens", "PlainToken", 100)
    buyer = funded(2, 50 * AIM)
    bought = buy(chain, buyer, sell(chain.aim), sell(token, price=40, delivery_fee=2))
    assert len(bought.orders) == 2
    assert chain.balance(token, buyer.address) == 58


def test_what_costs_nothing_is_bought_without_tokens(
    chain: Chain, sell: Sell, accounts: list[LocalAccount]
) -> None:
    bought = buy(chain, accounts[2], sell(chain.aim, price=0, delivery_fee=0))
    assert function_of(chain, bought) == ("Market", "buyFor")
    assert bought.approvals == ()


def test_lacking_tokens_are_said_with_decimals(
    chain: Chain, sell: Sell, funded: Funded, deploy_token: Callable[..., str]
) -> None:
    buyer = funded(2, 3 * AIM)
    with pytest.raises(ChainRefused, match=r"has 3 AIM and needs 10\.1 AIM"):
        buy(chain, buyer, sell(chain.aim))
    token = deploy_token("Tokens", "PlainToken", 100)
    with pytest.raises(ChainRefused, match=r"has 0\.0001 USD and needs 2\.5 USD"):
        buy(chain, buyer, sell(token, price=2_500_000, delivery_fee=0))


def test_a_token_that_governance_refuses(
    chain: Chain, sell: Sell, accounts: list[LocalAccount], deploy_token: Callable[..., str]
) -> None:
    token = deploy_token("Tokens", "PlainToken", 100)
    terms = sell(token, price=4, delivery_fee=0)
    write(chain, accounts[0], "Market", "setToken", token, False, 0, 0)
    with pytest.raises(ChainRefused, match="not allowed for payment"):
        buy(chain, accounts[2], terms)


def test_gas_of_a_purchase_stays_near_the_ceiling(
    chain: Chain, accounts: list[LocalAccount], funded: Funded
) -> None:
    """The ceilings proper are the bench's; this is that the best path is really taken."""
    buyer = funded(2, 50 * AIM)
    made = published(chain, accounts[1])
    assert buy(chain, buyer, made.offer).gas_used < 140_000
