"""Giving a model to somebody else, with what was sold of it still under way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from daimm_cli.chain.client import Chain
from daimm_cli.chain.terms import ZERO_ADDRESS
from tests.python.cli.conftest import AIM, Person, write_model
from tests.python.cli.test_selling import published


def test_a_model_goes_to_somebody_else(
    person: Callable[..., Person],
    seller: Person,
    buyer: Person,
    model_file: Path,
    chain: Chain,
) -> None:
    other = person("other", 3, source=seller)
    offer = published(seller, model_file)["offer"]
    order = buyer.json("buy", offer, "--no-verify", "--yes")["orders"][0]["order"]
    give = ("model", "transfer", 1, other.account.address)

    asked = seller.refused(*give)
    assert f"Model 1 goes to {other.account.address}." in asked
    assert "Offers of yours that stop selling: 1." in asked
    assert "Orders that wait, and stay yours to deliver: 1." in asked
    assert chain.node.view(chain.deployed.registry.owner_of(1)) == seller.account.address
    told = seller.json(*give, "--yes")
    assert (told["owner"], told["offers_ended"], told["orders_waiting"]) == (
        other.account.address, 1, [order],
    )  # fmt: skip
    assert chain.node.view(chain.deployed.registry.owner_of(1)) == other.account.address

    assert seller.json("offer", "show", offer)["obstacle"] == "model has another owner"
    assert "no longer owns the model" in buyer.refused(
        "buy", offer, "--no-verify", "--yes", status=3
    )
    assert "belongs to" in seller.refused(*give, "--yes", status=3)
    seller("order", "deliver", "--all", "--yes")
    assert seller.json("balance")["owed"][0]["amount"] == str(99 * AIM // 10)
    added = other.json("model", "add-version", 1, write_model(other.home / "new.safetensors"),
                       "--license", "MIT", "--yes")  # fmt: skip
    assert added["version"] == 2


@pytest.mark.parametrize("wrong", ["himself", "nobody", "the market", "a typing error"])
def test_a_model_is_not_given_where_it_is_lost(
    seller: Person, model_file: Path, chain: Chain, wrong: str
) -> None:
    published(seller, model_file)
    address, sentence = {
        "himself": (seller.account.address, "already: name somebody else"),
        "nobody": (ZERO_ADDRESS, "would be lost there"),
        "the market": (chain.market, "would be lost there"),
        "a typing error": (chain.market.swapcase().replace("X", "x"), "checksum does not fit"),
    }[wrong]
    assert sentence in seller.refused("model", "transfer", 1, address, "--yes")
    assert chain.node.view(chain.deployed.registry.owner_of(1)) == seller.account.address
