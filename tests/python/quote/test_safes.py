"""Quotes where a Safe sells and another would buy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from eth_account.signers.local import LocalAccount

from tests.python.accounts.safe.conftest import factory, member
from tests.python.cli.conftest import AIM, Person, write_model
from tests.python.quote.conftest import Quote, false, says
from tools.safe import Factory

__all__ = ["factory", "member"]


def test_a_safe_quotes_what_a_safe_sells(
    member: Callable[..., Person],
    factory: Factory,
    accounts: list[LocalAccount],
    tmp_path: Path,
    quote: Quote,
) -> None:
    shop, fund = factory.make([accounts[5], accounts[6]]), factory.make([accounts[7]])
    alice = member("alice", 5, shop)
    carol = member("carol", 7, fund, money=100 * AIM, source=alice)
    file = write_model(tmp_path / "model.safetensors")
    made = alice.json("model", "publish", file, "--license", "MIT", "--price", "10", "--yes")
    data, _ = quote(carol, made["offer"])
    assert false(data) == set()
    assert data["seller"] == shop
    assert says(data, "signature") == f"{shop} signed the manifest."
    assert (data["purchase"]["buyer"], data["purchase"]["simulated"]) == (fund, True)
    assert data["results"]["purchase"] == "ok"
