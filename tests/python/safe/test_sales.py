"""Whole sales in which Safes sell and buy, through the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from eth_account.signers.local import LocalAccount

from daimm_cli.chain.client import Chain
from tests.python.cli.conftest import AIM, Person
from tests.python.safe.kit import Factory
from tools.chain import LocalChain

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
    assert chain.model_owner(made["model"]) == shop
    bought = carol.json("buy", made["offer"], "--yes")["orders"][0]
    assert bought["recipient"] == fund
    alice("order", "deliver", bought["order"], "--yes")
    carol("license", "fetch", bought["license"], "--output", "opened")
    assert Path("opened").read_bytes() == model_file.read_bytes()
    carol("order", "accept", bought["order"], "--yes")
    alice("withdraw", "--yes")
    assert chain.balance(chain.aim, shop) == 99 * AIM // 10
    assert chain.balance(chain.aim, fund) == 90 * AIM
    assert chain.license_owner(int(bought["license"], 16)) == fund
