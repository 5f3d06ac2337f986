"""What comes back of the protocol's fee: seen, claimed for both sides, collected."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from eth_account.signers.local import LocalAccount

from bench import rebates as model
from daimm_cli.bindings.structs import Bps, OrderId, RebateRates
from daimm_cli.chain.client import Chain
from tests.python.cli.conftest import AIM, Person

PAGE = Path(__file__).resolve().parents[3] / "docs" / "rebates.md"
YEAR = 365 * 86_400
FEE = AIM // 10
"""Of a sale for 10 AIM."""


@pytest.fixture
def rates(chain: Chain, accounts: list[LocalAccount]) -> RebateRates:
    """A fifth to each side, twice that for now, a tenth on top for who paid 1 AIM."""
    now = chain.node.latest().time
    shares = Bps(1_000), Bps(500), Bps(10_000), Bps(1_000)
    rates = RebateRates(*shares, frequent_at=AIM, early_from=now + YEAR, early_until=now + 2 * YEAR)
    govern(chain, accounts, rates, 10 * AIM)
    return rates


def govern(chain: Chain, accounts: list[LocalAccount], rates: RebateRates, budget: int) -> None:
    """Set the rates, and the budget to so much."""
    contract, admin = chain.deployed.rebates, accounts[0]
    chain.node.send(contract.set_rates(rates), admin)
    chain.node.send(contract.take_back(chain.node.view(contract.budget())), admin)
    if budget:
        chain.node.send(chain.deployed.aim.transfer_and_call(contract.address, budget), admin)


@pytest.fixture
def sell(seller: Person, buyer: Person, model_file: Path) -> Callable[..., str]:
    """An order of the buyer's for 10 AIM, delivered unless said otherwise."""
    published = seller.json(
        *("model", "publish", model_file, "--license", "MIT", "--name", "Tiny model"),
        *("--version-name", "1.0", "--price", "10", "--yes"),
    )

    def make(*, deliver: bool = True) -> str:
        order: str = buyer.json("buy", published["offer"], "--yes")["orders"][0]["order"]
        if deliver:
            seller("order", "deliver", order, "--yes")
        return order

    return make


def test_both_sides_see_claim_and_collect_their_part(
    seller: Person, buyer: Person, sell: Callable[..., str], rates: RebateRates, chain: Chain
) -> None:
    order = sell()
    shown = buyer.json("rebate", "show")
    assert (shown["buyer"], shown["early"], shown["budget"]) == (1_000, 10_000, str(10 * AIM))
    told = buyer("rebate", "show").out
    assert "10% of the fee" in told
    assert "both 100% higher until" in told
    assert "up to 10% more, whole at 1 AIM of fees; you paid 0 AIM" in told
    to_buyer, to_payee = model.rebate(rates, chain.node.latest().time, 0, FEE)
    (due,) = buyer.json("rebate", "list")
    assert due["order"] == order
    assert (due["to_buyer"], due["to_payee"]) == (str(to_buyer), str(to_payee))
    assert seller.json("rebate", "list") == [due]

    ran = seller("rebate", "claim", "--yes")
    assert "Claimed for 1 order: buyers get 0.0205 AIM, payees 0.01 AIM." in ran.out
    assert buyer.json("rebate", "show")["fees"] == str(FEE)
    assert "daimm withdraw" in ran.err
    assert buyer.json("rebate", "list") == []
    assert "owed by Rebates" in buyer("balance").out
    for person, amount in ((buyer, to_buyer), (seller, to_payee)):
        paid = person.json("withdraw", "--yes")["amounts"]
        assert {"token": chain.aim, "amount": str(amount), "ledger": "Rebates"} in paid
    assert buyer.json("balance")["owed"] == []


def test_the_commands_of_the_page_work_as_written(
    buyer: Person, sell: Callable[..., str], rates: RebateRates, chain: Chain
) -> None:
    order = sell()
    lines = re.findall(r"^\$ daimm ([^#\n]+)", PAGE.read_text(), re.MULTILINE)
    assert len(lines) == 4
    for line in lines:
        buyer(*line.split(), "--yes")
    assert chain.node.view(chain.deployed.rebates.is_claimed(OrderId(bytes.fromhex(order[2:]))))
    assert buyer.json("balance")["owed"] == []


def test_several_are_claimed_together_and_count_for_the_next(
    buyer: Person, sell: Callable[..., str], rates: RebateRates, chain: Chain
) -> None:
    orders = {sell(), sell(), sell()}
    claimed = buyer.json("rebate", "claim", "--yes")["claimed"]
    assert {it["order"] for it in claimed} == orders
    now = chain.node.latest().time
    expected = [model.rebate(rates, now, paid * FEE, FEE) for paid in range(3)]
    assert sorted(int(it["to_buyer"]) for it in claimed) == [it[0] for it in expected]


def test_what_cannot_be_claimed_says_why(
    seller: Person,
    buyer: Person,
    sell: Callable[..., str],
    rates: RebateRates,
    chain: Chain,
    accounts: list[LocalAccount],
) -> None:
    assert "nothing to claim" in buyer.refused("rebate", "claim", "--yes", status=3)
    waiting = sell(deliver=False)
    assert buyer.json("rebate", "list") == []
    assert "not settled" in buyer.refused("rebate", "claim", waiting, "--yes", status=3)
    order = sell()
    govern(chain, accounts, rates, 0)
    assert "Nothing is to be claimed." in buyer("rebate", "list").err
    assert "wait until it is filled up" in buyer.refused(
        "rebate", "claim", order, "--yes", status=3
    )
    none = replace(rates, buyer=Bps(0), payee=Bps(0), frequent=Bps(0), early_until=0)
    govern(chain, accounts, none, AIM)
    assert "early       over" in buyer("rebate", "show").out
    assert "rates give nothing" in buyer.refused("rebate", "claim", order, "--yes", status=3)
    govern(chain, accounts, rates, AIM)
    buyer("rebate", "claim", order[:10], "--yes")
    assert "claimed already" in buyer.refused("rebate", "claim", order, "--yes", status=3)


def test_what_governance_took_back_is_owed_to_it(
    person: Callable[..., Person], rates: RebateRates, chain: Chain, accounts: list[LocalAccount]
) -> None:
    govern(chain, accounts, rates, 0)
    admin = person("admin", 0)
    owed = {it["ledger"]: int(it["amount"]) for it in admin.json("balance")["owed"]}
    assert owed["Rebates"] >= 10 * AIM
