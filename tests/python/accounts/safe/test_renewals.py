"""Renewals that a Safe pays: what its other owners read before they sign."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

from eth_account.signers.local import LocalAccount

from daimm_cli.chain.client import Chain
from tests.python.cli.conftest import AIM, Person
from tools.safe import Factory

MONTH = 30 * 86_400


def test_owners_read_what_is_renewed_and_what_it_costs(
    member: Callable[..., Person],
    seller: Person,
    buyer: Person,
    factory: Factory,
    accounts: list[LocalAccount],
    chain: Chain,
    model_file: Path,
) -> None:
    terms = ("--license", "MIT", "--price", "5", "--duration", "30d", "--yes")
    offer = seller.json("model", "publish", model_file, *terms)["offer"]
    placed = buyer.json("buy", offer, "--yes")["orders"][0]
    seller("order", "deliver", placed["order"], "--yes")
    end = buyer.json("license", "show", placed["license"])["expires_at"]

    fund = factory.make([accounts[7], accounts[8]], 2)
    carol = member("carol", 7, fund, money=50 * AIM, source=seller)
    dave = member("dave", 8, fund)
    renew = ("license", "renew", placed["license"], "--periods", "2", "--yes", "--json")
    ran = carol.type(*renew)
    assert ran.status == 8, ran.err
    file = json.loads(ran.err.splitlines()[-1])["file"]
    signed = dave("safe", "sign", file, "--yes").err
    assert "Renew a licence" in signed
    assert re.search(r"pays +10 AIM", signed)
    assert re.search(r"adds +60 days", signed)
    assert re.search(f"order +{placed['order']}", signed)
    assert re.search(f"seller +{seller.account.address}", signed)
    assert chain.balance(chain.aim, fund) == 50 * AIM
    dave("safe", "send", file, "--yes")
    assert chain.balance(chain.aim, fund) == 40 * AIM
    assert buyer.json("license", "show", placed["license"])["expires_at"] == end + 2 * MONTH
