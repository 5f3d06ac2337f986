"""Whole sales in which Safes sell and buy, through the command line."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from eth_account.signers.local import LocalAccount

from daimm_cli.accounts.safe.safe import Safe, SafeTx
from daimm_cli.accounts.safe.safe_account import Proposal
from daimm_cli.chain.client import Chain
from daimm_cli.session.proposals import write
from tests.python.cli.conftest import AIM, Person
from tools.chain import LocalChain
from tools.safe import Factory

TERMS = ("--license", "MIT", "--yes")
Member = Callable[..., Person]


def test_one_owner_sells_and_buys_as_a_safe(
    member: Member,
    factory: Factory,
    accounts: list[LocalAccount],
    chain: Chain,
    model_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    shop = factory.make([accounts[5], accounts[6]])
    fund = factory.make([accounts[7]])
    alice = member("alice", 5, shop)
    carol = member("carol", 7, fund, money=100 * AIM, source=alice)

    made = alice.json("model", "publish", model_file, *TERMS, "--price", "10", "--inspection", "2d")
    assert chain.node.view(chain.deployed.registry.owner_of(made["model"])) == shop
    bought = carol.json("buy", made["offer"], "--yes")["orders"][0]
    assert bought["recipient"] == fund
    alice("order", "deliver", bought["order"], "--yes")
    carol("license", "fetch", bought["license"], "--output", "opened")
    assert Path("opened").read_bytes() == model_file.read_bytes()
    carol("order", "accept", bought["order"], "--yes")
    alice("withdraw", "--yes")
    assert chain.balance(chain.aim, shop) == 99 * AIM // 10
    assert chain.balance(chain.aim, fund) == 90 * AIM
    assert chain.node.view(chain.deployed.licenses.owner_of(int(bought["license"], 16))) == fund


def test_two_owners_of_one_home_sign_both_and_the_contract_refuses_in_a_sentence(
    member: Member,
    factory: Factory,
    accounts: list[LocalAccount],
    chain: Chain,
    local_chain: LocalChain,
    model_file: Path,
    tmp_path: Path,
) -> None:
    shop = factory.make([accounts[5], accounts[6], accounts[7]], 2)
    fund = factory.make([accounts[8], accounts[9]], 2)
    alice = member("alice", 6, shop, with_=(5,))
    dave = member("dave", 8, fund, with_=(9,), money=50 * AIM, source=alice)

    made = alice.json("model", "publish", model_file, *TERMS, "--price", "10")
    late, second = (dave.json("buy", made["offer"], "--yes")["orders"][0] for _ in range(2))
    alice("order", "decline", second["order"], "--yes")
    told = dave.refused("order", "refund", late["order"], "--yes", status=3)
    assert "may still deliver" in told
    local_chain.travel(3 * 86_400)
    dave("order", "refund", late["order"], "--yes")
    dave("withdraw", "--yes")
    assert chain.balance(chain.aim, fund) == 50 * AIM

    # Several licences at once: no permit, so an approval comes first, exact and used up.
    other = alice.json("offer", "open", made["model"], "--version", 1, "--price", "7", "--yes")
    both = dave.json("buy", made["offer"], other["offer"], "--yes")
    assert len(both["orders"]) == 2
    assert chain.allowance(chain.aim, fund) == 0
    assert factory.at(fund).functions.nonce().call() == 6
    alice("offer", "close", other["offer"], "--yes")
    alice("model", "retire", made["model"], 1, "--yes")


def test_a_sale_by_hand_over(
    member: Member,
    factory: Factory,
    accounts: list[LocalAccount],
    chain: Chain,
    model_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Alice publishes and Bob signs; Carol buys and Dave signs: each at a home of his own."""
    monkeypatch.chdir(tmp_path)
    shop = factory.make([accounts[5], accounts[6]], 2)
    fund = factory.make([accounts[7], accounts[8]], 2)
    alice, bob = member("alice", 5, shop), member("bob", 6, shop)
    carol = member("carol", 7, fund, money=50 * AIM, source=alice)
    dave = member("dave", 8, fund)
    publish = ("model", "publish", model_file, "--name", "Tiny", *TERMS, "--price", "10")

    # First the manifest, which nobody signs unasked.
    assert "--yes" in alice.refused(*publish[:-3], *publish[-2:])
    assert handed_over_all(alice) == set()
    told = alice.refused(*publish, status=8, title="Not yet")
    assert "one more owner" in told
    file = handed_over(alice)
    assert file.stat().st_mode & 0o777 == 0o600
    shown = bob("safe", "sign", file, "--yes")
    assert "Tiny" in shown.err
    assert shown.out.startswith(str(file))
    alice("safe", "send", file)

    # Then the transaction, which anybody may carry once two have signed.
    before = handed_over_all(alice)
    alice.refused(*publish, status=8, title="Not yet")
    (file,) = handed_over_all(alice) - before
    alice.refused("safe", "send", file, "--yes", status=3)
    signed = bob("safe", "sign", file, "--yes")
    assert "Publish a model with an offer" in signed.err
    assert re.search(f"paid to +{shop}", signed.err)
    assert bob.json("safe", "send", file, "--yes")["nonce"] == 0
    again = alice.json(*publish)
    assert again["transaction"] is None
    offer = again["offer"]

    # The buyer's money moves only when both have signed; a second try is told to wait.
    carol.refused("buy", offer, "--yes", status=8, title="Not yet")
    assert chain.balance(chain.aim, fund) == 50 * AIM
    assert "may still be mined" in carol.refused("buy", offer, "--yes")
    file = handed_over(carol)
    signed = dave("safe", "sign", file, "--yes")
    assert "Buy a licence" in signed.err
    assert "10 AIM" in signed.err
    dave("safe", "send", file, "--yes")
    assert chain.balance(chain.aim, fund) == 40 * AIM
    order = carol.json("order", "list")[0]

    # A delivery does not wait for Bob: anybody may deliver, and the price goes to the Safe.
    alice("order", "deliver", order["order"], "--yes")
    assert chain.credit(shop, chain.aim) == 99 * AIM // 10
    carol("license", "fetch", order["license"], "--output", "opened")
    assert Path("opened").read_bytes() == model_file.read_bytes()
    assert "carried out" in dave.refused("safe", "send", file, "--yes", status=3)


def test_an_approval_that_is_handed_over_is_no_purchase_under_way(
    member: Member,
    seller: Person,
    factory: Factory,
    accounts: list[LocalAccount],
    chain: Chain,
    model_file: Path,
) -> None:
    fund = factory.make([accounts[7], accounts[8]], 2)
    carol = member("carol", 7, fund, money=50 * AIM, source=seller)
    dave = member("dave", 8, fund)
    made = seller.json("model", "publish", model_file, *TERMS, "--price", "10")
    other = seller.json("offer", "open", made["model"], "--version", 1, "--price", "7", "--yes")
    buy = ("buy", made["offer"], other["offer"], "--yes")
    ran = carol.type(*buy, "--json")
    assert ran.status == 8
    told = json.loads(ran.err.splitlines()[-1])
    assert (told["missing"], told["exit"]) == (1, 8)
    signed = dave("safe", "sign", told["file"], "--yes")
    assert "Let the market take" in signed.err
    assert "17 AIM" in signed.err
    dave("safe", "send", told["file"], "--yes")
    before = handed_over_all(carol)
    carol.refused(*buy, status=8, title="Not yet")
    (file,) = handed_over_all(carol) - before
    dave("safe", "sign", file, "--yes")
    dave("safe", "send", file, "--yes")
    assert chain.balance(chain.aim, fund) == 33 * AIM


def handed_over_all(person: Person) -> set[Path]:
    return set((person.home / "safe").rglob("*.json"))


def handed_over(person: Person) -> Path:
    (file,) = handed_over_all(person)
    return file


def test_a_manifest_holds_as_long_as_its_signers_own_the_safe(
    member: Member,
    buyer: Person,
    factory: Factory,
    accounts: list[LocalAccount],
    chain: Chain,
    model_file: Path,
    tmp_path: Path,
) -> None:
    """A contract's signature is judged when it is read: no history of owners is kept."""
    shop = factory.make([accounts[5], accounts[6]])
    alice, bob = member("alice", 5, shop), member("bob", 6, shop)
    made = alice.json("model", "publish", model_file, *TERMS, "--price", "10")
    (buyer.home / "config.toml").write_text(f'[storage]\nsources = ["{alice.home / "store"}"]\n')
    bought = buyer.json("buy", made["offer"], "--yes")["orders"][0]

    owners = Safe.at(chain.node, shop).owners
    place = owners.index(accounts[5].address)
    before = owners[place - 1] if place else "0x" + "00" * 19 + "01"
    removal = factory.data(shop, "removeOwner", before, accounts[5].address, 1)
    safe = Safe.at(chain.node, shop)
    tx = SafeTx(shop, removal, safe.nonce)
    file = tmp_path / "removal.json"
    write(file, Proposal(safe, tx, {}))
    bob("safe", "sign", file, "--yes", "--any-call")
    bob("safe", "send", file, "--yes", "--any-call")
    (buyer.home / "config.toml").write_text(f'[storage]\nsources = ["{alice.home / "store"}"]\n')
    assert "not signed by its seller" in buyer.refused("buy", made["offer"], "--yes", status=5)
    assert "no owner of the Safe" in alice.refused(
        "offer", "close", made["offer"], "--yes", status=3
    )

    # What was sold before is still delivered and opened: the chain holds the manifest's digest.
    (alice.home / "labels").unlink()
    alice("order", "deliver", bought["order"], "--yes")
    buyer("license", "fetch", bought["license"], "--output", tmp_path / "opened")
    assert (tmp_path / "opened").read_bytes() == model_file.read_bytes()

    # Bob signs it anew as a version of the Safe's own; the old offer is for the old version.
    bob_model = bob.json("model", "publish", model_file, *TERMS, "--price", "10")
    (buyer.home / "config.toml").write_text(f'[storage]\nsources = ["{bob.home / "store"}"]\n')
    buyer("buy", bob_model["offer"], "--yes")


def test_a_license_of_a_safe_needs_no_callback(
    member: Member,
    seller: Person,
    factory: Factory,
    accounts: list[LocalAccount],
    chain: Chain,
    model_file: Path,
) -> None:
    """A Safe without a handler takes no safe mints; licences come by plain ones, gifts too."""
    fund = factory.make([accounts[7]], handler="")
    carol = member("carol", 7, fund, money=20 * AIM, source=seller)
    offer = seller.json("model", "publish", model_file, *TERMS, "--price", "10")["offer"]
    bought = carol.json("buy", offer, "--yes")["orders"][0]
    assert chain.node.view(chain.deployed.licenses.owner_of(int(bought["license"], 16))) == fund
    gift = carol.json("buy", offer, "--for", accounts[3].address, "--yes")["orders"][0]
    assert (
        chain.node.view(chain.deployed.licenses.owner_of(int(gift["license"], 16)))
        == accounts[3].address
    )
