"""Licences that holders sell, through the command line, as docs/resales.md has it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from daimm_cli.bindings.structs import LicenseId
from daimm_cli.chain.client import Chain
from tests.python.cli.conftest import AIM, Person
from tools.chain import LocalChain

PAGE = Path(__file__).resolve().parents[2] / "docs" / "resales.md"
DAY = 86_400


@pytest.fixture
def holder(person: Callable[..., Person], seller: Person) -> Person:
    """Who bought a licence, and sells it."""
    return person("holder", 3, money=100 * AIM, source=seller)


@pytest.fixture
def license_id(seller: Person, holder: Person, model_file: Path) -> str:
    """A licence of model 1 that is the holder's, with its key; the maker has 5% of resales."""
    typed = ("--license", "MIT", "--price", "5", "--royalty", "5", "--yes")
    made = seller.json("model", "publish", model_file, *typed)
    bought: dict[str, str] = holder.json("buy", made["offer"], "--yes")["orders"][0]
    seller("order", "deliver", bought["order"], "--yes")
    return bought["license"]


def credit(chain: Chain, who: Person) -> int:
    return chain.credit(who.account.address, chain.aim, ledger="Secondary")


def owner(chain: Chain, license_id: str) -> str:
    return chain.node.view(chain.deployed.licenses.owner_of(LicenseId(int(license_id, 16))))


def test_a_licence_and_its_key_change_hands_without_the_seller(
    *,
    seller: Person,
    holder: Person,
    buyer: Person,
    license_id: str,
    chain: Chain,
    tmp_path: Path,
) -> None:
    sold = holder("license", "sell", license_id, "--price", "8", "--pass-on", "--yes")
    assert "not yours any more" in sold.err
    listing = buyer.json("license", "sales")[0]["listing"]
    before = chain.balance(chain.aim, buyer.account.address)
    taken = buyer("license", "take", listing, "--yes")
    assert re.search(r"of it +5% to the maker, 1% to the protocol", taken.err)
    assert before - chain.balance(chain.aim, buyer.account.address) == 8 * AIM
    assert owner(chain, license_id) == holder.account.address
    holder("license", "give", taken.out.strip(), "--yes")
    assert owner(chain, license_id) == buyer.account.address
    assert credit(chain, holder) == 8 * AIM * 94 // 100
    assert credit(chain, seller) == 8 * AIM * 5 // 100
    buyer("license", "fetch", license_id, "--output", tmp_path / "opened")
    original = tmp_path / "model.safetensors"
    assert (tmp_path / "opened").read_bytes() == original.read_bytes()
    assert buyer.json("license", "sales") == []
    holder("withdraw", "--yes")
    assert credit(chain, holder) == 0


def test_a_holders_keeper_passes_the_key_on(
    holder: Person, buyer: Person, license_id: str, chain: Chain, tmp_path: Path
) -> None:
    sold = holder.json("license", "sell", license_id, "--price", "8", "--pass-on", "--yes")
    buyer("license", "take", sold["listing"], "--yes")
    holder("keeper", "run", "--once", "--yes")
    assert owner(chain, license_id) == buyer.account.address
    buyer("license", "fetch", license_id, "--output", tmp_path / "opened")


def test_a_key_is_passed_on_through_three_holders_without_the_seller(
    *,
    seller: Person,
    holder: Person,
    buyer: Person,
    person: Callable[..., Person],
    license_id: str,
    chain: Chain,
    tmp_path: Path,
) -> None:
    """Each of them opens the model, by a keeper or by hand, and so does the renter of the last."""
    last = person("last", 4, money=50 * AIM, source=seller)
    renter = person("renter", 5, money=50 * AIM, source=seller)
    original = (tmp_path / "model.safetensors").read_bytes()
    hands = [(holder, buyer), (buyer, last), (last, holder)]
    for place, (owns, wants) in enumerate(hands):
        typed = ("license", "sell", license_id, "--price", "8", "--pass-on", "--yes")
        listing = owns.json(*typed)["listing"]
        deal = wants.json("license", "take", listing, "--yes")["deal"]
        if place == 1:
            owns("keeper", "run", "--once", "--yes")
        else:
            owns("license", "give", deal, "--yes")
        assert owner(chain, license_id) == wants.account.address
        wants("license", "fetch", license_id, "--output", tmp_path / f"opened {place}")
        assert (tmp_path / f"opened {place}").read_bytes() == original

    terms = ("--per-day", "1", "--min", "1d", "--max", "9d", "--pass-on", "--yes")
    offered = holder.json("rent", "offer", license_id, *terms)["listing"]
    rental = renter.json("rent", "take", offered, "--for", "2d", "--yes")["deal"]
    holder("rent", "deliver", rental, "--yes")
    renter("rent", "fetch", rental, "--output", tmp_path / "rented")
    assert (tmp_path / "rented").read_bytes() == original


def test_what_another_home_bought_cannot_be_passed_on_from_here(
    holder: Person, buyer: Person, license_id: str, chain: Chain
) -> None:
    places = holder.account.address, buyer.account.address, LicenseId(int(license_id, 16))
    chain.node.send(chain.deployed.licenses.transfer_from(*places), holder.account)
    typed = ("license", "sell", license_id, "--price", "8", "--pass-on", "--yes")
    assert f"home that bought it ({holder.account.address})" in buyer.refused(*typed)


def test_a_rented_licence_keeps_its_renter_when_it_is_sold(
    seller: Person,
    holder: Person,
    buyer: Person,
    person: Callable[..., Person],
    license_id: str,
    chain: Chain,
    local_chain: LocalChain,
) -> None:
    renter = person("renter", 4, money=50 * AIM, source=seller)
    terms = ("--per-day", "1", "--min", "1d", "--max", "9d", "--pass-on", "--yes")
    let = holder.json("rent", "offer", license_id, *terms)["listing"]
    rental = renter.json("rent", "take", let, "--for", "4d", "--yes")["deal"]
    holder("rent", "deliver", rental, "--yes")
    sale = holder.json("license", "sell", license_id, "--price", "8", "--pass-on", "--yes")
    taken = buyer("license", "take", sale["listing"], "--yes")
    assert "rented until" in taken.err
    holder("license", "give", taken.out.strip(), "--yes")
    assert owner(chain, license_id) == buyer.account.address
    licenses = chain.deployed.licenses
    assert chain.node.view(licenses.user_of(int(license_id, 16))) == renter.account.address
    local_chain.travel(5 * DAY)
    local_chain.mine()
    earned = credit(chain, holder)
    holder("rent", "collect", "--yes")
    assert credit(chain, holder) > earned


def test_without_a_key_neither_changes_hands(
    holder: Person, buyer: Person, license_id: str, chain: Chain, local_chain: LocalChain
) -> None:
    listing = holder.json("license", "sell", license_id, "--price", "8", "--yes")["listing"]
    first = buyer.json("license", "take", listing, "--yes")["deal"]
    assert "for sale, not for rent" in buyer.refused(
        "rent", "take", listing, "--for", "2d", "--yes", status=3
    )
    holder("license", "decline", first, "--yes")
    second = buyer.json("license", "take", listing, "--yes")["deal"]
    local_chain.travel(2 * DAY)
    local_chain.mine()
    buyer("license", "refund", second, "--yes")
    assert credit(chain, buyer) == 16 * AIM
    assert owner(chain, license_id) == holder.account.address
    holder("license", "close", listing, "--yes")
    assert "closed" in buyer.refused("license", "take", listing, "--yes", status=3)


def test_the_commands_of_the_page_work_as_written(
    holder: Person,
    buyer: Person,
    license_id: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    people = {"buyer": buyer, "holder": holder}
    lines = re.findall(r"^(\w+)\$ daimm (.*)$", PAGE.read_text(), re.MULTILINE)
    assert len(lines) == 5
    names = {"LICENSE": license_id}
    for who, typed in lines:
        line = typed
        for name, value in names.items():
            line = line.replace(name, value)
        made = people[who].json(*shlex.split(line), "--yes")
        if isinstance(made, dict):
            names |= {key.upper(): made[key] for key in ("listing", "deal") if key in made}
