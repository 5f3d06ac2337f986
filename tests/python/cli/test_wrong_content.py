"""A seller who lists good digests over garbage: what buyers prove, and what it costs the seller."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from eth_account.signers.local import LocalAccount

from daimm_cli.artifact import pipeline
from daimm_cli.chain.client import Chain
from daimm_cli.market import wrong
from scripts import _garbage
from tests.python.cli.conftest import AIM, Person, write_model
from tests.python.cli.test_scale import write_large
from tools.chain import LocalChain


@pytest.fixture
def cheat(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is sealed from now on holds garbage behind its first 5,000 bytes."""
    monkeypatch.setattr(_garbage, "KEPT", 5000)
    monkeypatch.setattr(pipeline, "seal", _garbage.seal)


@pytest.fixture
def publish(seller: Person, tmp_path: Path) -> Callable[..., str]:
    def make(*more: str) -> str:
        published = seller.json(
            *("model", "publish", write_model(tmp_path / "model.safetensors", 20_000)),
            *("--license", "MIT", "--name", "Tiny model", "--version-name", "1.0"),
            *("--price", "10", "--yes", *more),
        )
        return str(published["offer"])

    return make


def buy(seller: Person, buyer: Person, offer: str) -> str:
    order: str = buyer.json("buy", offer, "--yes")["orders"][0]["order"]
    seller("order", "deliver", order, "--yes")
    return order


@pytest.mark.usefixtures("cheat")
def test_the_seller_loses_sale_and_bond(
    seller: Person,
    buyer: Person,
    publish: Callable[..., str],
    chain: Chain,
    person: Callable[..., Person],
    local_chain: LocalChain,
    accounts: list[LocalAccount],
) -> None:
    offer = publish()
    guarantor = person("guarantor", 4, money=100 * AIM)
    nonce = chain.node.nonce(accounts[4].address)
    post = ("guarantee", "offer", 1, "content for 30d", "--yes", "--bond")
    assert "has no version 9" in guarantor.refused(*post, 50, "--version", 9, status=3)
    assert "more than nothing" in guarantor.refused(*post, 0)
    assert chain.node.nonce(accounts[4].address) == nonce  # nothing was approved either
    bond = guarantor.json(*post, 50)["bond"]
    order = buy(seller, buyer, offer)
    declined = buyer.json("buy", offer, "--yes")["orders"][0]["order"]
    seller("order", "decline", declined, "--yes")
    assert "other content than was promised" in buyer.refused("license", "fetch", order, status=5)
    assert guarantor.json("guarantee", "list")[0]["state"] == "standing"

    ran = buyer("order", "prove-wrong", order[:10], "--yes")
    assert "Leaf 1 of version 1 is not what was promised" in ran.err
    assert "publishes the key" in ran.err
    assert "daimm guarantee list --model 1" in ran.err
    assert chain.node.view(chain.deployed.registry.is_convicted(1, 1))  # type: ignore[arg-type]
    assert buyer.json("offer", "show", offer)["obstacle"] == "wrong content"
    assert "proven wrong" in buyer.refused("buy", offer, "--yes", status=3)
    assert buyer.json("model", "list") == [] or buyer.json("model", "list")[0]["offers"] == []

    seller("guarantee", "break", bond[:10], "--yes")
    buyer("guarantee", "compensate", bond[:10], order[:10], "--yes")
    assert "is owed by Bonds" in buyer("balance").out
    assert {c["ledger"] for c in buyer.json("balance")["owed"]} == {"Market", "Bonds"}
    before = chain.balance(chain.aim, buyer.account.address)
    collected = buyer.json("withdraw", "--yes")
    amounts = {paid["ledger"]: int(paid["amount"]) for paid in collected["amounts"]}
    assert amounts["Bonds"] == 20 * AIM
    assert amounts["Market"] >= 10 * AIM
    assert len(collected["transactions"]) == 2
    got = chain.balance(chain.aim, buyer.account.address) - before
    assert got == sum(amounts.values())
    assert buyer.json("balance")["owed"] == []
    assert "owes nothing" in buyer.refused("withdraw", "--yes", status=3)
    shown = buyer.json("guarantee", "show", bond[:10])
    assert (shown["state"], shown["stake"]) == ("broken", str(20 * AIM))

    local_chain.travel(90 * 86_400 + 1)
    guarantor("guarantee", "withdraw", bond[:10], "--yes")
    assert guarantor.json("withdraw", "--yes")["amounts"][0]["amount"] == str(20 * AIM)


@pytest.mark.usefixtures("cheat")
def test_no_more_is_delivered_of_it_and_it_is_seen_before_paying(
    seller: Person, buyer: Person, publish: Callable[..., str], person: Callable[..., Person]
) -> None:
    offer = publish()
    order = buy(seller, buyer, offer)
    other = person("other", 4, money=100 * AIM, source=seller)
    waiting = other.json("buy", offer, "--yes")["orders"][0]["order"]
    buyer("order", "prove-wrong", order, "--yes")
    told = other.refused("order", "wait", waiting, status=6)
    assert "proven wrong" in told
    assert f"daimm order refund {waiting}" in told
    (listed,) = other.json("order", "list", "--open")
    assert (listed["standing"], listed["convicted"]) == ("refund due", True)
    assert "proven wrong" in seller.refused("order", "deliver", waiting, "--yes", status=3)
    assert "No order waits" in seller("order", "deliver", "--all", "--yes").out
    seller("keeper", "run", "--once", "--yes")
    shown = other.json("order", "show", waiting)
    assert (shown["state"], shown["delivered_at"]) == ("refunded", None)
    assert "proven wrong" in shown["says"]
    report = buyer.type("quote", offer, "--json").json
    assert report["record"]["convicted"] == 1
    assert report["verdict"] == "false"
    assert other.json("withdraw", "--yes")["amounts"][0]["amount"] == str(10 * AIM)


@pytest.mark.usefixtures("cheat")
def test_open_orders_come_back_with_the_proof(
    seller: Person, buyer: Person, publish: Callable[..., str]
) -> None:
    offer = publish("--inspection", "1d")
    inspected = buy(seller, buyer, offer)
    waiting = buyer.json("buy", offer, "--yes")["orders"][0]["order"]
    proven = buyer.json("order", "prove-wrong", inspected, "--yes")
    assert sorted(proven["refunded"]) == sorted([inspected, waiting])
    assert buyer.json("withdraw", "--yes")["amounts"][0]["amount"] == str(20 * AIM)
    assert seller.json("balance")["owed"] == []


@pytest.mark.parametrize(
    "size",
    [
        pytest.param(3 << 20, id="3MiB"),
        pytest.param((1 << 30) + 1, id="1GiB", marks=pytest.mark.slow),
    ],
)
def test_one_wrong_leaf_of_a_large_model_is_found_and_convicted(
    size: int, seller: Person, buyer: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if shutil.disk_usage(tmp_path).free < 6 * size:
        pytest.skip(f"the disk has no room for {6 * size / 1e9:.0f} GB")
    model = write_large(tmp_path / "model.safetensors", size)
    leaf = model.stat().st_size * 2 // 3 // 4096
    with monkeypatch.context() as cheating:
        cheating.setattr(_garbage, "KEPT", leaf * 4096 + 5)
        cheating.setattr(_garbage, "WRONG", 16)
        cheating.setattr(pipeline, "seal", _garbage.seal)
        words = ("--license", "MIT", "--price", "10", "--yes")
        offer = seller.json("model", "publish", model, *words)["offer"]
    model.unlink()
    order = buy(seller, buyer, offer)
    ran = buyer("order", "prove-wrong", order, "--yes")
    assert f"Leaf {leaf} of version 1 is not what was promised" in ran.err
    assert "proven wrong" in buyer.refused("buy", offer, "--yes", status=3)


def test_nothing_is_sent_where_the_content_is_right(
    seller: Person, buyer: Person, publish: Callable[..., str], local_chain: LocalChain
) -> None:
    order = buy(seller, buyer, publish())
    block = local_chain.rpc("eth_blockNumber")
    assert "nothing to prove" in buyer.refused("order", "prove-wrong", order, "--yes", status=3)
    assert local_chain.rpc("eth_blockNumber") == block


@pytest.mark.usefixtures("cheat")
def test_nobody_sees_the_key_before_the_buyer_agrees(
    seller: Person, buyer: Person, publish: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    order = buy(seller, buyer, publish())
    monkeypatch.setattr(wrong, "conviction", lambda *_: pytest.fail("a transaction was made"))
    assert "--yes" in buyer.refused("order", "prove-wrong", order)
