"""Keys that holders ask for, through the command line, as docs/key-requests.md has it."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from daimm_cli.artifact import pipeline
from daimm_cli.bindings.structs import LicenseId, ModelId
from daimm_cli.chain.client import Chain
from daimm_cli.index.index import Index
from scripts import _garbage
from tests.python.cli.conftest import AIM, Person, write_model
from tools.chain import LocalChain

PAGE = Path(__file__).resolve().parents[2] / "docs" / "key-requests.md"
DAY, HOUR = 86_400, 3_600


@pytest.fixture
def offer(seller: Person, model_file: Path) -> str:
    """Model 1 for 5 AIM, all its versions; whoever delivers gets a quarter."""
    terms = ("--license", "MIT", "--price", "5", "--delivery-fee", "0.25", "--through", "all")
    made: str = seller.json("model", "publish", model_file, *terms, "--yes")["offer"]
    return made


@pytest.fixture
def license_id(seller: Person, buyer: Person, offer: str) -> str:
    """A licence of the buyer's, with its key."""
    bought: dict[str, str] = buyer.json("buy", offer, "--yes")["orders"][0]
    seller("order", "deliver", bought["order"], "--yes")
    return bought["license"]


@pytest.fixture
def second(seller: Person, license_id: str, tmp_path: Path) -> Path:
    """What the second version is, which has a key line of its own."""
    file = write_model(tmp_path / "second.safetensors")
    seller("model", "add-version", 1, file, "--license", "MIT", "--yes")
    return file


@pytest.fixture
def friend(person: Callable[..., Person], seller: Person) -> Person:
    """Who has money and no licence."""
    return person("friend", 3, money=100 * AIM, source=seller)


def credit(chain: Chain, who: Person) -> int:
    return chain.credit(who.account.address, chain.aim, ledger="KeyRequests")


def given(chain: Chain, license_id: str, owner: Person, to: Person) -> None:
    """Transfer a licence, as a wallet does."""
    ends = owner.account.address, to.account.address
    call = chain.deployed.licenses.transfer_from(*ends, LicenseId(int(license_id, 16)))
    chain.node.send(call, owner.account)


def opens(who: Person, license_id: str, model: Path, target: Path, *more: object) -> None:
    who("license", "fetch", license_id, *more, "--output", target)
    assert target.read_bytes() == model.read_bytes()


def test_a_licence_reaches_a_version_of_another_line(
    *,
    seller: Person,
    buyer: Person,
    license_id: str,
    second: Path,
    model_file: Path,
    chain: Chain,
    tmp_path: Path,
) -> None:
    told = buyer.refused("license", "fetch", license_id, "--version", 2)
    assert f"Next: daimm license ask {license_id} --version 2" in told
    before = chain.balance(chain.aim, buyer.account.address)
    asked = buyer("license", "ask", license_id, "--version", 2, "--yes")
    assert re.search(r"you pay +0\.25 AIM, for whoever delivers", asked.err)
    assert re.search(
        r"to be answered +within 1 day, by the model's seller; nobody has to", asked.err
    )
    assert re.search(r"if no key comes +you take all of it back after 26 hours", asked.err)
    assert before - chain.balance(chain.aim, buyer.account.address) == AIM // 4
    request = asked.out.strip()
    told = buyer.refused("license", "fetch", license_id, "--version", 2, status=3)
    assert "was not delivered yet" in told
    assert "asked for it already" in buyer.refused(
        *("license", "ask", license_id, "--version", 2, "--yes"), status=3
    )

    (mine,) = buyer.json("license", "requests", "--open")
    (theirs,) = seller.json("license", "requests", "--open")
    assert (mine["you"], theirs["you"], theirs["request"]) == ("asker", "seller", request)
    assert f"license give {request[:10]}" in seller("license", "requests").out
    seller("license", "give", request, "--yes")
    assert "answered already" in seller.refused("license", "give", request, "--yes", status=3)
    assert seller.json("license", "requests", "--open") == []
    assert buyer.json("license", "requests")[0]["state"] == "answered"
    opens(buyer, license_id, second, tmp_path / "opened-2", "--version", 2)
    opens(buyer, license_id, model_file, tmp_path / "opened-1")
    assert "has the key already" in buyer.refused(
        *("license", "ask", license_id, "--version", 2, "--yes"), status=3
    )

    assert credit(chain, seller) == AIM // 4
    held = chain.balance(chain.aim, seller.account.address)
    seller("withdraw", "--yes")
    assert credit(chain, seller) == 0
    assert chain.balance(chain.aim, seller.account.address) - held == AIM * 495 // 100 + AIM // 2


def test_a_given_licence_gets_its_key_from_the_sellers_keeper(
    seller: Person,
    buyer: Person,
    friend: Person,
    license_id: str,
    model_file: Path,
    chain: Chain,
    tmp_path: Path,
) -> None:
    given(chain, license_id, buyer, friend)
    told = friend("license", "show", license_id)
    assert f"daimm license ask {license_id}" in told.err
    assert "ask for the key" in friend.refused("license", "fetch", license_id)
    assert "no access" in buyer.refused("license", "ask", license_id, "--yes", status=3)
    friend("license", "ask", license_id, "--fee", "1", "--yes")
    seller("keeper", "run", "--once", "--yes")
    opens(friend, license_id, model_file, tmp_path / "opened")
    assert friend.json("license", "show", license_id)["key_here"]
    assert credit(chain, seller) == AIM


def test_a_home_without_a_seed_is_told_to_ask_and_gets_one_when_it_does(
    seller: Person, buyer: Person, friend: Person, license_id: str, chain: Chain, tmp_path: Path
) -> None:
    (friend.home / "seed.json").unlink()
    given(chain, license_id, buyer, friend)
    told = friend.refused("license", "fetch", license_id)
    assert f"Next: daimm license ask {license_id}" in told
    assert "has no version 9" in friend.refused("license", "ask", license_id, "--version", 9)
    assert not (friend.home / "seed.json").exists()
    request = friend.json("license", "ask", license_id, "--yes")["request"]
    seller("license", "give", request, "--yes")
    friend("license", "fetch", license_id, "--output", tmp_path / "opened")


def test_who_bought_a_licence_passes_the_key_on(
    seller: Person,
    buyer: Person,
    friend: Person,
    license_id: str,
    model_file: Path,
    chain: Chain,
    tmp_path: Path,
) -> None:
    given(chain, license_id, buyer, friend)
    request = friend.json("license", "ask", license_id, "--pass-on", "--yes")["request"]
    assert buyer.json("license", "requests")[0]["you"] == "holder"
    buyer("keeper", "run", "--once", "--yes")
    assert friend.json("license", "requests")[0]["state"] == "answered"
    opens(friend, license_id, model_file, tmp_path / "opened")
    assert credit(chain, buyer) == AIM // 4
    assert "answered already" in seller.refused("license", "give", request, "--yes", status=3)


def test_who_lost_the_home_asks_with_a_new_seed(
    seller: Person,
    buyer: Person,
    person: Callable[..., Person],
    license_id: str,
    model_file: Path,
    tmp_path: Path,
) -> None:
    shutil.rmtree(buyer.home)
    again = person("buyer", 2, source=seller)
    assert "ask for the key" in again.refused("license", "fetch", license_id)
    request = again.json("license", "ask", license_id, "--yes")["request"]
    seller("license", "give", request, "--yes")
    opens(again, license_id, model_file, tmp_path / "opened")


def test_an_unanswered_request_is_refunded_and_counts_against_the_seller(
    *,
    seller: Person,
    buyer: Person,
    license_id: str,
    second: Path,
    offer: str,
    chain: Chain,
    local_chain: LocalChain,
) -> None:

    ask = ("license", "ask", license_id, "--version", 2, "--yes")
    hasty = buyer.json(*ask, "--deliver-within", "1m", "--grace", "10m")["request"]
    with local_chain.still():
        early = buyer.refused("license", "refund", hasty, "--yes", status=3)
        assert "may still be delivered" in early
    local_chain.travel(HOUR)
    local_chain.mine()
    assert f"license refund {hasty[:10]}" in buyer("license", "requests").out
    assert "time to deliver ended" in seller.refused("license", "give", hasty, "--yes", status=3)
    buyer("license", "refund", hasty, "--yes")
    assert credit(chain, buyer) == AIM // 4
    assert "key requests" not in buyer.type("quote", offer).out

    buyer(*ask)
    local_chain.travel(2 * DAY)
    local_chain.mine()
    counted = r"key requests +1 by holders, 1 not answered"
    assert re.search(counted, buyer.type("quote", offer).out)
    buyer(*ask)
    seller("keeper", "run", "--once", "--yes")
    assert re.search("1 by holders, 0 not answered", buyer.type("quote", offer).out)
    buyer("withdraw", "--yes")
    assert credit(chain, buyer) == 0


def test_no_key_is_given_for_a_copy_in_somebody_elses_model(
    seller: Person,
    friend: Person,
    license_id: str,
    model_file: Path,
    chain: Chain,
    tmp_path: Path,
) -> None:
    """The thief sells access to a copy, and hands the seller the model that it is in."""
    bait = write_model(tmp_path / "bait.safetensors")
    terms = ("--license", "MIT", "--price", "1", "--through", "all", "--yes")
    offer = friend.json("model", "publish", bait, *terms)["offer"]
    order = friend.json("buy", offer, "--yes")["orders"][0]
    friend("order", "deliver", order["order"], "--yes")
    with Index.open(tmp_path, chain) as index:
        index.sync()
        (copied,) = index.versions(1)
    registry, thief, victim = chain.deployed.registry, friend.account, seller.account.address
    chain.node.send(registry.add_version(ModelId(2), copied.details, []), thief)
    chain.node.send(registry.transfer_from(thief.address, victim, ModelId(2)), thief)
    request = friend.json("license", "ask", order["license"], "--version", 2, "--yes")["request"]
    seller("keeper", "run", "--once", "--yes")
    assert friend.json("license", "requests")[0]["state"] == "pending"
    assert "made by" in seller.refused("license", "give", request, "--yes", status=3)
    assert seller.json("license", "requests") == []


def test_who_asked_for_a_key_proves_that_the_content_is_wrong(
    seller: Person,
    buyer: Person,
    license_id: str,
    chain: Chain,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as cheats:
        cheats.setattr(_garbage, "KEPT", 5000)
        cheats.setattr(pipeline, "seal", _garbage.seal)
        bad = write_model(tmp_path / "bad.safetensors", 20_000)
        seller("model", "add-version", 1, bad, "--license", "MIT", "--yes")
    request = buyer.json("license", "ask", license_id, "--version", 2, "--yes")["request"]
    seller("license", "give", request, "--yes")
    told = buyer.refused("license", "fetch", license_id, "--version", 2, status=5)
    prove = re.search(r"Next: daimm (order prove-wrong 0x[0-9a-f]{64} --version 2)", told)
    assert prove
    buyer(*prove[1].split(), "--yes")
    assert chain.node.view(chain.deployed.registry.is_convicted(ModelId(1), 2))


def test_the_commands_of_the_page_work_as_written(
    *,
    seller: Person,
    buyer: Person,
    license_id: str,
    second: Path,
    local_chain: LocalChain,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    third = write_model(tmp_path / "third.safetensors")
    seller("model", "add-version", 1, third, "--license", "MIT", "--yes")
    opened = second.rename(tmp_path / "original")
    people = {"holder": buyer, "seller": seller}
    lines = re.findall(r"^(\w+)\$ daimm (.*)$", PAGE.read_text(), re.MULTILINE)
    assert len(lines) == 9
    names = {"LICENSE": license_id}
    for who, typed in lines:
        line = typed
        for name, value in names.items():
            line = line.replace(name, value)
        if "refund" in line:
            local_chain.travel(2 * DAY)
            local_chain.mine()
        made = people[who].json(*shlex.split(line), "--yes")
        if isinstance(made, dict) and "request" in made:
            names["REQUEST"] = made["request"]
    assert (tmp_path / "second.safetensors").read_bytes() == opened.read_bytes()
