"""What keeps a key from being given away: clocks, one delivery per order, one's own judgement."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from eth_account.signers.local import LocalAccount

from daimm_cli.base.errors import OutsideFailed
from daimm_cli.bindings.market import Delivered
from daimm_cli.bindings.structs import Delivery
from daimm_cli.chain.client import Chain
from daimm_cli.chain.node import Node
from daimm_cli.chain.payment import Item
from daimm_cli.chain.terms import Bps, LicenseState, Purchase
from daimm_cli.index.index import Index
from daimm_cli.market.deliver import MARGIN
from daimm_cli.protocol.curve import G, mul
from daimm_cli.protocol.delivery import KeyProof
from tests.python.cli.conftest import Person, write_seed
from tools.chain import LocalChain

HOUR = 3600
SLACK = 120
"""Seconds that a slow machine may take for a command."""


@pytest.fixture
def order(seller: Person, buyer: Person, model_file: Path) -> str:
    """An order to deliver within an hour, with two more of grace."""
    offer = seller.json(
        *("model", "publish", model_file, "--license", "MIT", "--price", "10"),
        *("--deliver-within", "1h", "--grace", "2h", "--yes"),
    )["offer"]
    ordered: str = buyer.json("buy", offer, "--no-verify", "--yes")["orders"][0]["order"]
    return ordered


def license_state(chain: Chain, order: str) -> LicenseState:
    return chain.license(chain.license_id(bytes.fromhex(order[2:]))).state


def record(seller: Person, order: str) -> dict[str, Any]:
    (file,) = (seller.home / "deliveries").rglob(f"{order}.json")
    assert file.stat().st_mode & 0o777 == 0o600
    data: dict[str, Any] = json.loads(file.read_text())
    return data


def lose_the_broadcast(patched: pytest.MonkeyPatch) -> None:
    def lost(self: Node, signed: object) -> None:
        raise OutsideFailed("The node went away.")

    patched.setattr(Node, "broadcast", lost)
    patched.setattr("daimm_cli.chain.node.PATIENCE", 0.5)


def test_the_delivery_is_kept_before_it_leaves_and_sent_again_as_it_was(
    seller: Person, order: str, chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        lose_the_broadcast(patched)
        seller.refused("order", "deliver", order, "--yes", status=4)
    kept = record(seller, order)
    assert kept["sent"] is True
    seller("order", "deliver", order, "--yes")
    logs = chain.node.logs([chain.market], 0, chain.node.latest().number)
    (event,) = chain.events(logs, Delivered)
    delivery = Delivery.from_json(kept["delivery"])
    assert KeyProof(event.receiver, event.z, event.c, event.w) == KeyProof.of(delivery)
    assert record(seller, order) == kept


def test_what_may_have_been_seen_is_not_declined(
    seller: Person, order: str, chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        lose_the_broadcast(patched)
        seller.refused("order", "deliver", order, "--yes", status=4)
    told = seller.refused("order", "decline", order, "--yes", status=3)
    assert "away unpaid" in told
    assert license_state(chain, order) == LicenseState.PENDING
    seller("order", "deliver", order, "--yes")


def test_the_record_gives_nobody_the_key(seller: Person, order: str) -> None:
    seller.refused("order", "deliver", order, status=2)
    kept = record(seller, order)
    assert set(kept) == {"format", "order", "delivery", "sent"}
    assert set(kept["delivery"]) == {name for name, _ in Delivery.fields()}
    assert kept["sent"] is False


def test_a_first_delivery_is_made_until_the_margin(
    seller: Person, order: str, chain: Chain, local_chain: LocalChain
) -> None:
    local_chain.travel(HOUR - MARGIN - SLACK)
    seller("order", "deliver", order, "--yes")
    assert license_state(chain, order) == LicenseState.SETTLED


def test_no_first_delivery_is_made_after_the_margin(
    seller: Person, order: str, chain: Chain, local_chain: LocalChain
) -> None:
    local_chain.travel(HOUR - MARGIN + 1)
    told = seller.refused("order", "deliver", order, "--yes", status=3)
    assert "too late for a first delivery" in told
    assert not (seller.home / "deliveries").exists()
    assert license_state(chain, order) == LicenseState.PENDING


def test_a_delivery_kept_but_never_sent_is_a_first_one_too(
    seller: Person, order: str, local_chain: LocalChain
) -> None:
    seller.refused("order", "deliver", order, status=2)
    local_chain.travel(HOUR)
    told = seller.refused("order", "deliver", order, "--yes", status=3)
    assert "too late for a first delivery" in told


def test_what_may_have_been_seen_is_sent_until_grace_ends(
    seller: Person,
    order: str,
    chain: Chain,
    local_chain: LocalChain,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patched:
        lose_the_broadcast(patched)
        seller.refused("order", "deliver", order, "--yes", status=4)
    local_chain.travel(3 * HOUR - SLACK)
    seller("order", "deliver", order, "--yes")
    assert license_state(chain, order) == LicenseState.SETTLED


def test_nothing_is_sent_after_grace(
    seller: Person, order: str, local_chain: LocalChain, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        lose_the_broadcast(patched)
        seller.refused("order", "deliver", order, "--yes", status=4)
    local_chain.travel(3 * HOUR + 1)
    told = seller.refused("order", "deliver", order, "--yes", status=3)
    assert "the buyer is to be refunded" in told


def test_a_damaged_record_is_made_anew_as_it_was(seller: Person, order: str) -> None:
    seller.refused("order", "deliver", order, status=2)
    kept = record(seller, order)
    (file,) = (seller.home / "deliveries").rglob(f"{order}.json")
    file.write_text("{")
    seller("order", "deliver", order, "--yes")
    assert record(seller, order)["delivery"] == kept["delivery"]


def test_another_delivery_in_the_record_is_not_sent(seller: Person, order: str) -> None:
    seller.refused("order", "deliver", order, status=2)
    (file,) = (seller.home / "deliveries").rglob(f"{order}.json")
    text = file.read_text()
    data = json.loads(text)
    data["delivery"]["z"] = data["delivery"]["t2"]
    file.write_text(json.dumps(data))
    seller("order", "deliver", order, "--yes")
    assert record(seller, order)["delivery"] == json.loads(text)["delivery"]


def test_another_seed_is_recognised_before_anything_is_made(seller: Person, order: str) -> None:
    (seller.home / "seed.json").unlink()
    write_seed(seller.home)
    told = seller.refused("order", "deliver", order, "--yes")
    assert "did not make the key line" in told
    assert not (seller.home / "deliveries").exists()


def test_an_order_is_delivered_once(seller: Person, order: str) -> None:
    seller("order", "deliver", order, "--yes")
    assert "delivered and paid already" in seller.refused(
        "order", "deliver", order, "--yes", status=3
    )


def test_a_young_order_waits_for_its_confirmations(
    seller: Person, order: str, local_chain: LocalChain
) -> None:
    asked = ("order", "deliver", order, "--yes", "--confirmations", "5")
    assert "younger than 5 blocks" in seller.refused(*asked, status=3)
    local_chain.mine(4)
    seller(*asked)


def test_one_order_that_cannot_be_delivered_does_not_hold_up_the_others(
    seller: Person, buyer: Person, order: str, chain: Chain
) -> None:
    offer = seller.json("offer", "list", "--mine")[0]["offer"]
    second = buyer.json("buy", offer, "--no-verify", "--yes")["orders"][0]["order"]
    seller.refused("order", "deliver", order, status=2)
    (file,) = (seller.home / "deliveries").rglob(f"{order}.json")
    file.unlink()
    file.mkdir()
    ran = seller.type("order", "deliver", "--all", "--yes", "--json")
    assert ran.status == 2
    assert [d["order"] for d in ran.json["delivered"]] == [second]
    assert [d["order"] for d in ran.json["failed"]] == [order]
    assert license_state(chain, second) == LicenseState.SETTLED


def test_the_delivery_fee_goes_to_whoever_delivers(
    seller: Person, buyer: Person, model_file: Path, chain: Chain
) -> None:
    offer = seller.json(
        *("model", "publish", model_file, "--license", "MIT", "--price", "10"),
        *("--delivery-fee", "0.25", "--payout", buyer.account.address, "--yes"),
    )["offer"]
    order = buyer.json("buy", offer, "--no-verify", "--yes")["orders"][0]["order"]
    seller("order", "deliver", order, "--yes")
    assert chain.credit(seller.account.address, chain.aim) == 10**18 // 4
    assert chain.credit(buyer.account.address, chain.aim) == 99 * 10**17


def test_a_key_is_not_delivered_for_somebody_elses_copy_of_the_listing(
    seller: Person, order: str, chain: Chain, accounts: list[LocalAccount]
) -> None:
    thief = accounts[3]
    with Index.open(seller.home / "copied", chain) as index:
        index.sync()
        (version,), (row,) = index.versions(1), index.offers(model=1)
    offer = replace(row.offer, seller=thief.address, payout=thief.address, price=0)
    published = chain.publish(thief, royalty=0, details=version.details, offer=offer)
    purchase = Purchase(mul(7, G), 0, Bps(100), 2**40 - 1, bytes(32))
    bought = chain.buy(thief, [Item(published.offer, purchase)])
    stolen = "0x" + bought.orders[0].order_id.hex()

    said = seller.refused("order", "deliver", stolen, "--yes", status=3)

    assert "deliver only what you offer yourself" in said
    assert license_state(chain, stolen) is LicenseState.PENDING


def test_all_means_all_however_many_others_wait(
    seller: Person, buyer: Person, order: str, chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Orders that nobody pays for could hide those that are paid."""
    (row,) = buyer.json("order", "list")
    second = buyer.json("buy", row["offer"], "--no-verify", "--yes")["orders"][0]["order"]
    defaults = Index.orders.__kwdefaults__
    assert defaults is not None
    monkeypatch.setitem(defaults, "limit", 1)
    seller("order", "deliver", "--all", "--yes")
    for placed in (order, second):
        assert license_state(chain, placed) == LicenseState.SETTLED


def test_an_order_of_a_batch_that_somebody_else_delivers_first_is_told_apart(
    seller: Person,
    buyer: Person,
    order: str,
    chain: Chain,
    accounts: list[LocalAccount],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (row,) = buyer.json("order", "list")
    second = buyer.json("buy", row["offer"], "--no-verify", "--yes")["orders"][0]["order"]
    seller.refused("order", "deliver", order, status=2)
    delivery = Delivery.from_json(record(seller, order)["delivery"])
    with Index.open(seller.home / "copier", chain) as index:
        index.sync()
        placed = index.order(bytes.fromhex(order[2:]))
    broadcast = Node.broadcast

    def copied(self: Node, signed: Any) -> None:
        with monkeypatch.context() as patched:
            patched.setattr(Node, "broadcast", broadcast)
            chain.node.send(
                chain.delivery_call([(placed.offer, placed.order, delivery)]), accounts[3]
            )
        broadcast(self, signed)

    monkeypatch.setattr(Node, "broadcast", copied)
    told = seller.json("order", "deliver", "--all", "--yes")
    assert [d["order"] for d in told["delivered"]] == [second]
    assert told["copied"] == [{"order": order, "deliverer": accounts[3].address}]
    assert told["failed"] == []
    assert not chain.credit(accounts[3].address, chain.aim), "who copies has paid the gas"
    for each in (order, second):
        assert license_state(chain, each) == LicenseState.SETTLED
