"""Listings are carried on to the market that replaced theirs: none twice, none silently lost."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from eth_account.signers.local import LocalAccount

from daimm_cli.base.errors import OutsideFailed
from daimm_cli.chain.client import Chain
from daimm_cli.chain.node import Call, Node
from daimm_cli.market.calls import explain
from scripts._artifacts import artifact
from scripts._params import Params
from scripts.deploy import deploy
from tests.python.chain.samples import write
from tests.python.cli.conftest import AIM, Person, write_keystore
from tools.safe import Factory

FORMER = ("--market", "former")
NOBODY = "0x9f8F72aA9304c8B593d555F12eF6589cC3A579A2"


@pytest.fixture
def model(seller: Person, model_file: Path) -> int:
    """A model that is for sale for 10 AIM."""
    made = seller.json("model", "publish", model_file, "--license", "MIT", "--price", 10, "--yes")
    return int(made["model"])


Upgrade = Callable[..., Chain]


@pytest.fixture
def upgrade(
    chain: Chain,
    accounts: list[LocalAccount],
    params: Params,
    deployments: Path,
    tmp_path: Path,
) -> Upgrade:
    """`upgrade(seller)`: a new market, in the address books of these people; the old one issues no
    more, unless `issues`."""

    def make(*people: Person, issues: bool = False) -> Chain:
        folder = tmp_path / "deployments"
        shutil.copytree(deployments, folder)
        book = deploy(chain.node, accounts[0], params, folder=folder, replace="Market")
        write(chain, accounts[0], "ModelLicense", "setIssuer", chain.market, issues)
        for each in people:
            each.settings["DAIMM_DEPLOYMENTS"] = str(folder)
        return chain.at(book)

    return make


def test_terms_and_all_are_opened_here_and_closed_there(
    seller: Person, model: int, upgrade: Upgrade
) -> None:
    for price in (20, 30):
        seller("offer", "open", model, "--price", price, "--inspection", "2d", "--yes")
    before = seller.json("offer", "list")
    upgrade(seller)
    assert "3 open offers on the former market" in seller("offer", "list", "--mine").err
    told = seller.json("offer", "carry", "--yes")
    assert len(told["carried"]) == 3
    assert len(told["transactions"]) == 2
    after = seller.json("offer", "list")
    assert [row["terms"] for row in sorted(after, key=lambda row: row["terms"]["price"])] == [
        row["terms"] for row in sorted(before, key=lambda row: row["terms"]["price"])
    ]
    assert {each["offer"] for each in told["carried"]} == {row["offer"] for row in after}
    assert {each["from"] for each in told["carried"]} == {row["offer"] for row in before}
    assert seller.json("offer", "list", *FORMER) == []
    assert seller("offer", "carry", "--yes").out == "Nothing is left to carry on.\n"
    assert seller.json("offer", "list", "--all") == after


@pytest.mark.parametrize("sent", [1, 2])
def test_what_is_cut_off_goes_on(
    sent: int, seller: Person, model: int, upgrade: Upgrade, monkeypatch: pytest.MonkeyPatch
) -> None:
    """sent: transactions that left, of which the last one's end was not seen."""
    seller("offer", "open", model, "--price", 20, "--yes")
    upgrade(seller)
    waited = 0
    wait = Node.wait

    def killed(self: Node, *signed: Any) -> Any:
        nonlocal waited
        waited += 1
        receipt = wait(self, *signed)
        if waited == sent:
            raise OutsideFailed("The node is gone.")
        return receipt

    with monkeypatch.context() as patched:
        patched.setattr(Node, "wait", killed)
        seller.refused("offer", "carry", "--yes", status=4)
    assert len(seller.json("offer", "list")) == 2
    assert len(seller.json("offer", "list", *FORMER)) == (2 if sent == 1 else 0)
    told = seller.json("offer", "carry", "--yes")
    assert len(told["transactions"]) == (1 if sent == 1 else 0)
    assert len(seller.json("offer", "list", "--all")) == 2
    assert seller.json("offer", "list", *FORMER) == []


def test_a_limited_supply_waits_until_the_old_market_sells_no_more(
    seller: Person,
    buyer: Person,
    model: int,
    upgrade: Upgrade,
    chain: Chain,
    accounts: list[LocalAccount],
) -> None:
    limited = seller.json("offer", "open", model, "--price", 20, "--supply", 3, "--yes")["offer"]
    gone = seller.json("offer", "open", model, "--price", 5, "--supply", 1, "--yes")["offer"]
    buyer("buy", gone, "--yes")
    upgrade(seller, buyer, issues=True)
    told = seller.json("offer", "carry", "--yes")
    assert len(told["carried"]) == 1
    assert {each["offer"] for each in told["left"]} == {limited, gone}
    buyer("buy", limited, *FORMER, "--yes")
    write(chain, accounts[0], "ModelLicense", "setIssuer", chain.market, False)
    told = seller.json("offer", "carry", "--yes")
    assert [each["from"] for each in told["carried"]] == [limited]
    assert told["left"] == [{"offer": gone, "reason": "sold out"}]
    shown = seller.json("offer", "show", told["carried"][0]["offer"])
    assert shown["terms"]["supply"] == 2


def test_a_listing_is_carried_on_over_two_markets(
    seller: Person,
    model: int,
    upgrade: Upgrade,
    chain: Chain,
    accounts: list[LocalAccount],
    params: Params,
) -> None:
    middle = upgrade(seller)
    later = seller.json("offer", "open", model, "--price", 20, "--yes")["offer"]
    folder = Path(seller.settings["DAIMM_DEPLOYMENTS"])
    deploy(chain.node, accounts[0], params, folder=folder, replace="Market")
    assert [row["offer"] for row in seller.json("offer", "list", *FORMER)] == [later]
    said = seller("offer", "list", "--mine").err
    assert said.index(middle.market) < said.index(chain.market)
    assert len(seller.json("offer", "carry", "--yes")["carried"]) == 2
    prices = {row["terms"]["price"] for row in seller.json("offer", "list", "--all")}
    assert prices == {str(10 * AIM), str(20 * AIM)}
    for market in (middle.market, chain.market):
        assert seller.json("offer", "list", "--market", market) == []


def test_a_supply_that_a_later_market_sold_is_not_sold_again(
    seller: Person,
    buyer: Person,
    model: int,
    upgrade: Upgrade,
    accounts: list[LocalAccount],
    params: Params,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What was cut off was still open on the first market, and sold out on the second."""
    limited = seller.json("offer", "open", model, "--price", 5, "--supply", 1, "--yes")["offer"]
    second = upgrade(seller, buyer)
    wait = Node.wait

    def killed(self: Node, *signed: Any) -> Any:
        wait(self, *signed)
        raise OutsideFailed("The node is gone.")

    with monkeypatch.context() as patched:
        patched.setattr(Node, "wait", killed)
        seller.refused("offer", "carry", "--yes", status=4)
    (sold,) = (row for row in seller.json("offer", "list") if row["terms"]["supply"] == 1)
    buyer("buy", sold["offer"], "--yes")
    folder = tmp_path / "deployments"
    deploy(second.node, accounts[0], params, folder=folder, replace="Market")
    write(second, accounts[0], "ModelLicense", "setIssuer", second.market, False)
    told = seller.json("offer", "carry", "--yes")
    assert {each["offer"] for each in told["left"]} == {limited, sold["offer"]}
    assert all(row["terms"]["supply"] == 0 for row in seller.json("offer", "list", "--all"))


def test_what_the_new_market_refuses_stays_and_is_named(
    seller: Person,
    model: int,
    upgrade: Upgrade,
    chain: Chain,
    accounts: list[LocalAccount],
) -> None:
    data = artifact("AIMToken").creation([[[accounts[0].address, AIM]]])
    token = str(chain.node.send(Call(None, data, "create a token"), accounts[0]).created)
    write(chain, accounts[0], "Market", "setToken", token, True, 0, 0)
    odd = seller.json("offer", "open", model, "--price", 1, "--token", token, "--yes")["offer"]
    upgrade(seller)
    ran = seller("offer", "carry", "--yes")
    assert f"Offer {odd} stays where it is:" in ran.err
    assert "not allowed" in ran.err
    told = seller.json("offer", "carry", "--yes")
    assert (told["carried"], [each["offer"] for each in told["left"]]) == ([], [odd])
    assert [row["offer"] for row in seller.json("offer", "list", *FORMER)] == [odd]


def test_whoever_an_offer_relies_on_is_named(seller: Person, model: int, upgrade: Upgrade) -> None:
    terms = ("--price", 1, "--inspection", "1d", "--arbitrator", NOBODY)
    seller("offer", "open", model, *terms, "--yes")
    upgrade(seller)
    assert (
        f"relies on {NOBODY}: see that it serves this market"
        in seller("offer", "carry", "--yes").err
    )


def test_nothing_is_carried_where_nothing_would_be_sold(
    seller: Person, model: int, upgrade: Upgrade, accounts: list[LocalAccount]
) -> None:
    new = upgrade(seller)
    write(new, accounts[0], "ModelLicense", "setIssuer", new.market, False)
    told = seller.refused("offer", "carry", "--yes", status=3)
    assert f"The market {new.market} issues no licences yet" in told
    assert len(seller.json("offer", "list", *FORMER)) == 1


def test_without_a_former_market_there_is_nothing_to_carry(seller: Person, model: int) -> None:
    assert seller.json("offer", "carry")["carried"] == []
    told = seller.refused("offer", "list", *FORMER)
    assert "no former market: leave --market out" in told
    assert "--market is empty" in seller.refused("offer", "list", "--market", "")
    assert "address of a market" in seller.refused("offer", "list", "--market", "old")
    assert "no such market" in seller.refused("offer", "list", "--market", NOBODY)


def test_a_safe_signs_each_market_once_and_its_owners_read_both(
    seller: Person,
    model_file: Path,
    upgrade: Upgrade,
    chain: Chain,
    accounts: list[LocalAccount],
    tmp_path: Path,
) -> None:
    shop = Factory.deploy(chain.node, accounts[0]).make([accounts[1], accounts[6]], 2)
    write_keystore(seller.home / "accounts" / "second.json", bytes(accounts[6].key))
    (seller.home / "config.toml").write_text(
        f'[profiles.local]\naccount = "seller"\nsafe = "{shop}"\nsafe_owners = ["second"]\n'
    )
    terms = ("--license", "MIT", "--price", 10, "--yes")
    made = seller.json("model", "publish", model_file, *terms)
    seller("offer", "open", made["model"], "--price", 20, "--yes")
    new = upgrade(seller)
    told = seller.json("offer", "carry", "--yes")
    assert len(told["carried"]) == 2
    assert len(told["transactions"]) == 2
    assert seller.json("offer", "list", *FORMER) == []
    row = seller.json("offer", "show", made["offer"], *FORMER)
    old = chain.deployed.market
    (action,) = explain(new, shop, old.address, 0, old.withdraw(b"\0" * 32, chain.aim, shop).data)
    assert action.known
    assert row["obstacle"] == "closed"


def test_owners_at_two_homes_sign_one_market_after_the_other(
    seller: Person,
    person: Callable[..., Person],
    model_file: Path,
    upgrade: Upgrade,
    chain: Chain,
    accounts: list[LocalAccount],
) -> None:
    shop = Factory.deploy(chain.node, accounts[0]).make([accounts[1], accounts[6]], 2)
    other = person("other", 6)
    write_keystore(seller.home / "accounts" / "second.json", bytes(accounts[6].key))
    settings = f'[profiles.local]\naccount = "{{}}"\nsafe = "{shop}"\n'
    both = settings.format("seller") + 'safe_owners = ["second"]\n'
    (seller.home / "config.toml").write_text(both)
    terms = ("--license", "MIT", "--price", 10, "--yes")
    seller.json("model", "publish", model_file, *terms)
    (seller.home / "config.toml").write_text(settings.format("seller"))
    (other.home / "config.toml").write_text(settings.format("other"))
    upgrade(seller, other)
    for _ in range(2):
        told = seller.refused("offer", "carry", "--yes", status=8, title="Not yet")
        file = re.search(r"Give them (\S+\.json)", told)
        assert file
        assert "an offer" in other("safe", "sign", file[1], "--yes").err
        seller("safe", "send", file[1], "--yes")
    assert seller("offer", "carry").out == "Nothing is left to carry on.\n"
    assert len(seller.json("offer", "list", "--all")) == 1
    assert seller.json("offer", "list", *FORMER) == []
