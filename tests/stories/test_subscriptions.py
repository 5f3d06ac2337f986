"""Licences for a time, renewed through the command line, as docs/subscriptions.md has them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from daimm_cli.chain.client import Chain
from tests.python.cli.conftest import AIM, Person
from tools.chain import LocalChain

PAGE = Path(__file__).resolve().parents[2] / "docs" / "subscriptions.md"
DAY = 86_400
MONTH = 30 * DAY


@pytest.fixture
def friend(person: Callable[..., Person], seller: Person) -> Person:
    """Who pays for others."""
    return person("friend", 3, money=100 * AIM, source=seller)


@pytest.fixture
def offer(seller: Person, model_file: Path) -> str:
    """A month of model 1 for 5 AIM."""
    typed = ("--license", "MIT", "--price", "5", "--duration", "30d", "--yes")
    made: str = seller.json("model", "publish", model_file, *typed)["offer"]
    return made


@pytest.fixture
def license_id(seller: Person, buyer: Person, offer: str) -> str:
    """A licence of the buyer's, of which the first second is now."""
    bought: dict[str, str] = buyer.json("buy", offer, "--yes")["orders"][0]
    seller("order", "deliver", bought["order"], "--yes")
    return bought["license"]


def ends(who: Person, license_id: str) -> int:
    end: int = who.json("license", "show", license_id)["expires_at"]
    return end


def test_a_licence_is_renewed_before_and_after_its_end(
    local_chain: LocalChain, chain: Chain, seller: Person, buyer: Person, license_id: str
) -> None:
    first = ends(buyer, license_id)
    owed = chain.credit(seller.account.address, chain.aim)
    before = chain.balance(chain.aim, buyer.account.address)
    told = buyer("license", "renew", license_id, "--periods", "2", "--yes")
    assert "you pay" in told.err
    assert "10 AIM, 0.1 AIM of it to the protocol" in told.err
    assert "does not come back" in told.err
    assert ends(buyer, license_id) == first + 2 * MONTH
    assert before - chain.balance(chain.aim, buyer.account.address) == 10 * AIM
    assert chain.credit(seller.account.address, chain.aim) - owed == 99 * AIM // 10
    assert chain.allowance(chain.aim, buyer.account.address) == 0

    # After the end, time counts from now, and a licence that ended opens again.
    local_chain.travel(first + 2 * MONTH + DAY - local_chain.now())
    with local_chain.still():
        assert "ended 1 day ago" in buyer("license", "list").err
        made = buyer.json("license", "renew", license_id, "--yes")
        assert made["expires_at"] == ends(buyer, license_id) == local_chain.now() + MONTH


def test_a_reminder_comes_in_the_last_week(
    local_chain: LocalChain, buyer: Person, license_id: str
) -> None:
    with local_chain.still():
        assert "ends in" not in buyer("license", "list").err
        local_chain.travel(ends(buyer, license_id) - 3 * DAY - local_chain.now())
        listed = buyer("license", "list")
        assert "ends in 3 days" in listed.err
        assert f"daimm license renew {license_id}" in listed.err
        (row,) = buyer.json("license", "list")
        assert row["renew"] == f"daimm license renew {license_id}"
        buyer("license", "renew", license_id, "--yes")
        assert "ends in" not in buyer("license", "list").err


def test_a_renewal_that_is_repeated_pays_once(buyer: Person, license_id: str) -> None:
    first = ends(buyer, license_id)
    typed = ("license", "renew", license_id, "--within", "40d", "--yes")
    assert buyer.json(*typed)["expires_at"] == first + MONTH
    again = buyer.json(*typed)
    assert again["paid"] == "0"
    assert again["expires_at"] == ends(buyer, license_id) == first + MONTH


def test_what_ends_renewals_is_said_before_anything_is_paid(
    seller: Person, buyer: Person, offer: str, license_id: str
) -> None:
    assert "no more once the last such offer is closed" in buyer("quote", offer).out
    seller("offer", "close", offer, "--yes")
    refused = buyer.refused("license", "renew", license_id, "--yes", status=3)
    assert "was closed by its seller: its seller can open another" in refused

    # Another offer of the same grant renews, at its own price.
    other = seller.json("offer", "open", 1, "--price", "3", "--duration", "7d", "--yes")["offer"]
    first = ends(buyer, license_id)
    told = buyer("license", "renew", license_id, "--yes")
    assert "3 AIM for 7 days" in told.err
    assert ends(buyer, license_id) == first + 7 * DAY

    seller("offer", "close", other, "--yes")
    seller("model", "retire", 1, 1, "--yes")
    refused = buyer.refused("license", "renew", license_id, "--yes", status=3)
    assert "nothing renews the licence any more" in refused


def test_a_licence_for_ever_needs_no_renewal(
    seller: Person, buyer: Person, model_file: Path
) -> None:
    typed = ("--license", "MIT", "--price", "5", "--yes")
    offer = seller.json("model", "publish", model_file, *typed)["offer"]
    bought = buyer.json("buy", offer, "--yes")["orders"][0]
    seller("order", "deliver", bought["order"], "--yes")
    refused = buyer.refused("license", "renew", bought["license"], "--yes", status=3)
    assert "for ever: there is nothing to renew" in refused


def test_the_commands_of_the_page_work_as_written(
    *,
    seller: Person,
    buyer: Person,
    friend: Person,
    model_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert model_file == tmp_path / "model.safetensors"
    monkeypatch.chdir(tmp_path)
    people = {"seller": seller, "buyer": buyer, "friend": friend}
    lines = re.findall(r"^(\w+)\$ daimm (.*)$", PAGE.read_text(), re.MULTILINE)
    assert len(lines) == 8
    offer = license_id = ""
    for who, line in lines:
        typed = shlex.split(line.replace("OFFER", offer).replace("LICENSE", license_id))
        made: Any = people[who].json(*typed, "--yes")
        if typed[0] == "buy":
            bought = made["orders"][0]
            license_id = bought["license"]
            seller("order", "deliver", bought["order"], "--yes")
        elif typed[0] == "model":
            offer = made["offer"]
    assert ends(buyer, license_id) > 15 * MONTH
