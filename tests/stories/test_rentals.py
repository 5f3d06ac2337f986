"""Licences that holders rent out, through the command line, as docs/rentals.md has them."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from daimm_cli.bindings.structs import LicenseId
from daimm_cli.chain.client import Chain
from daimm_cli.chain.node import Call, Node
from daimm_cli.chain.terms import ZERO_ADDRESS
from tests.python.cli.conftest import AIM, Person
from tools.chain import LocalChain

PAGE = Path(__file__).resolve().parents[2] / "docs" / "rentals.md"
DAY = 86_400
RATE = -(-2 * AIM // DAY)
OFFERED = ("--per-day", "2", "--min", "1d", "--max", "30d")


@pytest.fixture
def holder(person: Callable[..., Person], seller: Person) -> Person:
    """Who bought a licence, to use it or to let others."""
    return person("holder", 3, money=100 * AIM, source=seller)


@pytest.fixture
def license_id(seller: Person, holder: Person, model_file: Path) -> str:
    """A licence of model 1 that is the holder's, with its key."""
    made = seller.json("model", "publish", model_file, "--license", "MIT", "--price", "5", "--yes")
    bought: dict[str, str] = holder.json("buy", made["offer"], "--yes")["orders"][0]
    seller("order", "deliver", bought["order"], "--yes")
    return bought["license"]


@pytest.fixture
def listing(holder: Person, license_id: str) -> str:
    """For rent at 2 AIM a day, at least one day, at most thirty."""
    made: str = holder.json("rent", "offer", license_id, *OFFERED, "--yes")["listing"]
    return made


@pytest.fixture
def rental(seller: Person, buyer: Person, listing: str) -> str:
    """Ten days of it, of which the first second is now."""
    deal: str = buyer.json("rent", "take", listing, "--for", "10d", "--yes")["deal"]
    seller("rent", "deliver", deal, "--yes")
    return deal


def credit(chain: Chain, who: Person) -> int:
    return chain.credit(who.account.address, chain.aim, ledger="Secondary")


def test_a_licence_is_rented_opened_collected_and_closed(
    *,
    seller: Person,
    holder: Person,
    buyer: Person,
    license_id: str,
    chain: Chain,
    local_chain: LocalChain,
    tmp_path: Path,
) -> None:
    offered = holder("rent", "offer", license_id, *OFFERED, "--deposit", "3", "--yes")
    assert "2 AIM is the least that you get" in offered.err
    listing = buyer.json("rent", "list")[0]["listing"]
    assert "2 AIM a day" in buyer("rent", "show", listing).out

    before = chain.balance(chain.aim, buyer.account.address)
    taken = buyer("rent", "take", listing, "--for", "10d", "--yes")
    assert "nothing but that stops you" in taken.err
    deal = buyer.json("rent", "list", "--mine")[0]["deal"]
    assert before - chain.balance(chain.aim, buyer.account.address) == RATE * 10 * DAY + 3 * AIM
    assert "not delivered yet" in buyer.refused("rent", "fetch", deal, status=3)
    assert "cannot be taken" not in buyer("rent", "show", listing).out
    assert "Somebody took the licence" in holder.refused(
        "rent", "take", listing, "--for", "2d", "--yes", status=3
    )

    seller("rent", "deliver", deal, "--yes")
    buyer("rent", "fetch", deal, "--output", tmp_path / "opened")
    assert (tmp_path / "opened").exists()
    licenses = chain.deployed.licenses
    assert chain.node.view(licenses.user_of(int(license_id, 16))) == buyer.account.address
    assert chain.node.view(
        licenses.has_access(LicenseId(int(license_id, 16)), buyer.account.address, 1)
    )

    local_chain.travel(4 * DAY)
    local_chain.mine()
    assert re.search(r"earned +8(\.0\d*)? AIM until now", holder("rent", "show", deal).out)
    holder("rent", "collect", "--yes")
    four = RATE * 4 * DAY
    assert four * 98 // 100 <= credit(chain, holder) <= four
    holder("withdraw", "--yes")
    assert credit(chain, holder) == 0

    local_chain.travel(7 * DAY)
    local_chain.mine()
    seller("rent", "collect", deal, "--yes")
    assert holder.json("rent", "show", deal)["state"] == "closed"
    assert credit(chain, buyer) == 3 * AIM
    assert "no rent to collect" in holder.refused("rent", "collect", "--yes", status=3)
    buyer("withdraw", "--yes")
    after = chain.balance(chain.aim, buyer.account.address)
    assert before - after == RATE * 10 * DAY


def test_a_renter_ends_early_and_pays_the_least_time_at_least(
    seller: Person,
    buyer: Person,
    holder: Person,
    rental: str,
    chain: Chain,
    local_chain: LocalChain,
) -> None:
    assert f"{buyer.account.address} rents it" in holder.refused(
        "rent", "end", rental, "--yes", status=3
    )
    buyer("rent", "end", rental, "--yes")
    assert credit(chain, buyer) == RATE * 9 * DAY
    assert "ended at" in buyer.refused("rent", "end", rental, "--yes", status=3)
    local_chain.travel(2 * DAY)
    local_chain.mine()
    holder("rent", "collect", "--yes")
    assert holder.json("rent", "show", rental)["state"] == "closed"
    assert credit(chain, holder) == RATE * DAY * 99 // 100


def test_no_owner_comes_between_giving_up_and_the_end(
    buyer: Person, holder: Person, rental: str, license_id: str, chain: Chain
) -> None:
    """The renter gave the use up by themselves, and the owner made them the user again."""
    licenses, ident = chain.deployed.licenses, LicenseId(int(license_id, 16))
    chain.node.send(licenses.set_user(ident, ZERO_ADDRESS, 0), buyer.account)
    chain.node.send(licenses.set_user(ident, buyer.account.address, 2**40), holder.account)
    approved = licenses.is_approved_for_all(buyer.account.address, chain.deployed.secondary.address)
    assert not chain.node.view(approved)
    buyer("rent", "end", rental, "--yes")
    assert chain.node.view(licenses.user_of(ident)) == ZERO_ADDRESS
    assert credit(chain, buyer) == RATE * 9 * DAY


def test_rent_is_collected_in_the_second_after_an_early_end(
    buyer: Person,
    holder: Person,
    rental: str,
    local_chain: LocalChain,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The estimate is of the last second of the claims, and the transaction closes the rental."""
    local_chain.travel(2 * DAY)
    local_chain.mine()
    estimate = Node.estimate

    def slowly(node: Node, call: Call, sender: str) -> int:
        found = estimate(node, call, sender)
        local_chain.travel(2)
        return found

    with local_chain.still():
        buyer("rent", "end", rental, "--yes")
        monkeypatch.setattr(Node, "estimate", slowly)
        holder("rent", "collect", "--yes")
    assert holder.json("rent", "show", rental)["state"] == "closed"


def test_a_renter_pays_for_more_time_up_to_the_most(
    buyer: Person, holder: Person, rental: str, chain: Chain
) -> None:
    ends = buyer.json("rent", "show", rental)["ends_at"]
    before = chain.balance(chain.aim, buyer.account.address)
    buyer("rent", "extend", rental, "--by", "5d", "--yes")
    assert before - chain.balance(chain.aim, buyer.account.address) == RATE * 5 * DAY
    assert buyer.json("rent", "show", rental)["ends_at"] == ends + 5 * DAY
    assert "can be rented" in buyer.refused(
        "rent", "extend", rental, "--by", "16d", "--yes", status=3
    )
    holder.refused("rent", "extend", rental, "--by", "1d", "--yes", status=3)


def test_without_a_key_all_comes_back(
    buyer: Person, holder: Person, listing: str, chain: Chain, local_chain: LocalChain
) -> None:
    first = buyer.json("rent", "take", listing, "--for", "2d", "--yes")["deal"]
    assert "may still be delivered" in buyer.refused("rent", "refund", first, "--yes", status=3)
    holder("rent", "decline", first, "--yes")
    assert credit(chain, buyer) == RATE * 2 * DAY
    second = buyer.json("rent", "take", listing, "--for", "3d", "--yes")["deal"]
    local_chain.travel(2 * DAY)
    local_chain.mine()
    buyer("rent", "refund", second, "--yes")
    assert credit(chain, buyer) == RATE * 5 * DAY
    assert "refunded already" in buyer.refused("rent", "refund", second, "--yes", status=3)


def test_a_listing_that_is_closed_or_of_another_owner_is_not_taken(
    seller: Person, buyer: Person, holder: Person, listing: str
) -> None:
    assert "between" in buyer.refused("rent", "take", listing, "--for", "1h", "--yes", status=3)
    seller.refused("rent", "close", listing, "--yes", status=3)
    holder("rent", "close", listing, "--yes")
    assert buyer.json("rent", "list") == []
    assert "closed" in buyer.refused("rent", "take", listing, "--for", "2d", "--yes", status=3)


def test_only_the_home_that_took_it_opens_it_and_only_the_lines_seller_delivers(
    seller: Person, buyer: Person, holder: Person, listing: str
) -> None:
    deal = buyer.json("rent", "take", listing, "--for", "2d", "--yes")["deal"]
    assert "was made by" in holder.refused("rent", "deliver", deal, "--yes", status=3)
    seller("rent", "deliver", deal, "--yes")
    assert "running already" in seller.refused("rent", "deliver", deal, "--yes", status=3)
    assert "opens only in the home" in holder.refused("rent", "fetch", deal)


def test_terms_that_are_none_say_what_to_do(holder: Person, license_id: str) -> None:
    for typed, says in (
        (("--per-day", "2", "--min", "2d", "--max", "1d"), "maxTime"),
        (("--per-day", "2", "--min", "1d", "--max", "0"), "--max"),
        (("--per-day", "x", "--min", "1d", "--max", "2d"), "not an amount"),
        ((*OFFERED, "--arbitrator", "0x12"), "arbitrator"),
    ):
        ran = holder.type("rent", "offer", license_id, *typed, "--yes")
        assert ran.status in (2, 3)
        assert says in ran.err


def test_the_commands_of_the_page_work_as_written(
    *,
    seller: Person,
    buyer: Person,
    holder: Person,
    license_id: str,
    local_chain: LocalChain,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    people = {"seller": seller, "renter": buyer, "holder": holder}
    lines = re.findall(r"^(\w+)\$ daimm (.*)$", PAGE.read_text(), re.MULTILINE)
    assert len(lines) == 11
    names: dict[str, Any] = {"LICENSE": license_id}
    for who, line in lines:
        for name, value in names.items():
            line = line.replace(name, value)
        if line.startswith("rent collect"):
            local_chain.travel(DAY)
            local_chain.mine()
        made = people[who].json(*shlex.split(line), "--yes")
        if isinstance(made, dict):
            names |= {key.upper(): made[key] for key in ("listing", "deal") if key in made}


def test_keepers_hand_the_key_over_and_collect_what_is_due(
    *,
    seller: Person,
    holder: Person,
    buyer: Person,
    license_id: str,
    chain: Chain,
    local_chain: LocalChain,
    tmp_path: Path,
) -> None:
    settings = holder.home / "config.toml"
    settings.write_text(settings.read_text() + '\n[keeper]\nwithdraw = { AIM = "5" }\n')
    listing = holder.json("rent", "offer", license_id, *OFFERED, "--deposit", "3", "--yes")
    deal = buyer.json("rent", "take", listing["listing"], "--for", "4d", "--yes")["deal"]
    holder("keeper", "run", "--once", "--yes")
    assert buyer.json("rent", "show", deal)["state"] == "pending"
    seller("keeper", "run", "--once", "--yes")
    assert buyer.json("rent", "show", deal)["state"] == "running"
    buyer("rent", "fetch", deal, "--output", tmp_path / "opened")

    def look(days: int) -> int:
        local_chain.travel(days * DAY)
        local_chain.mine()
        holder("keeper", "run", "--once", "--yes")
        return credit(chain, holder)

    assert list((seller.home / "deliveries").rglob(f"{deal}.json"))
    assert look(2) == 0  # 4 AIM are less than what is worth collecting
    collected = look(1)
    assert collected > 5 * AIM
    seller("keeper", "run", "--once", "--yes")
    assert not list((seller.home / "deliveries").rglob(f"{deal}.json"))
    before = chain.balance(chain.aim, holder.account.address)
    assert look(2) == 0  # from 5 AIM on it is brought home
    assert chain.balance(chain.aim, holder.account.address) > before + collected
    assert buyer.json("rent", "show", deal)["state"] == "closed"
    assert credit(chain, buyer) == 3 * AIM


def test_the_makers_keeper_closes_what_is_over_for_the_royalty(
    *,
    seller: Person,
    holder: Person,
    buyer: Person,
    model_file: Path,
    chain: Chain,
    local_chain: LocalChain,
) -> None:
    terms = ("--license", "MIT", "--price", "5", "--royalty", "10", "--yes")
    offer = seller.json("model", "publish", model_file, *terms)["offer"]
    bought = holder.json("buy", offer, "--yes")["orders"][0]
    seller("order", "deliver", bought["order"], "--yes")
    listing = holder.json("rent", "offer", bought["license"], *OFFERED, "--yes")["listing"]
    deal = buyer.json("rent", "take", listing, "--for", "2d", "--yes")["deal"]
    seller("rent", "deliver", deal, "--yes")
    local_chain.travel(2 * DAY)
    with local_chain.still():
        holder("rent", "collect", deal, "--yes")  # the holder has all that is theirs
        seller("keeper", "run", "--once", "--yes")
        assert buyer.json("rent", "show", deal)["state"] == "running", "not in its last second"
    local_chain.travel(60)
    local_chain.mine(20)
    dear = seller.home / "config.toml"
    dear.write_text('[keeper]\nminimum_profit = "1"\nether_per_token = { AIM = "0.01" }\n')
    assert "waiting for cheaper gas" in seller("keeper", "run", "--once", "--yes").err
    dear.write_text('[keeper]\nether_per_token = { AIM = "0.01" }\n')
    seller("keeper", "run", "--once", "--yes")
    assert buyer.json("rent", "show", deal)["state"] == "closed"
    assert credit(chain, seller) == RATE * 2 * DAY // 10


def test_the_makers_keeper_pays_no_gas_for_what_brings_nothing(
    seller: Person, holder: Person, buyer: Person, model_file: Path, local_chain: LocalChain
) -> None:
    offer = seller.json("model", "publish", model_file, "--license", "MIT", "--price", "5", "--yes")
    bought = holder.json("buy", offer["offer"], "--yes")["orders"][0]
    seller("order", "deliver", bought["order"], "--yes")
    listing = holder.json("rent", "offer", bought["license"], *OFFERED, "--yes")["listing"]
    deal = buyer.json("rent", "take", listing, "--for", "2d", "--yes")["deal"]
    seller("rent", "deliver", deal, "--yes")
    local_chain.travel(3 * DAY)
    local_chain.mine(20)
    seller("keeper", "run", "--once", "--yes")
    assert buyer.json("rent", "show", deal)["state"] == "running", "there is no royalty"
    holder("keeper", "run", "--once", "--yes")
    assert buyer.json("rent", "show", deal)["state"] == "closed"


def test_a_holder_passes_the_key_on_without_the_seller(
    seller: Person, holder: Person, buyer: Person, license_id: str, tmp_path: Path
) -> None:
    listed = ("rent", "offer", license_id, *OFFERED, "--pass-on", "--yes")
    listing = holder.json(*listed)["listing"]
    deal = buyer.json("rent", "take", listing, "--for", "2d", "--yes")["deal"]
    holder("rent", "deliver", deal, "--yes")
    assert buyer.json("rent", "show", deal)["state"] == "running"
    buyer("rent", "fetch", deal, "--output", tmp_path / "opened")
    sold = tmp_path / "model.safetensors"
    assert (tmp_path / "opened").read_bytes() == sold.read_bytes()
    buyer("rent", "end", deal, "--yes")
    holder("rent", "close", listing, "--yes")

    # The chain knows the key by now; the seller may deliver all the same.
    again = holder.json(*listed)["listing"]
    deal = buyer.json("rent", "take", again, "--for", "2d", "--yes")["deal"]
    seller("rent", "deliver", deal, "--yes")
    shutil.rmtree(buyer.home / "keys")
    buyer("rent", "fetch", deal, "--output", tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == sold.read_bytes()
