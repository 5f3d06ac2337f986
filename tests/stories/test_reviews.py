"""Reviews and profiles, through the command line, as docs/reputation.md has it."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from daimm_cli.bindings.erc20 import ERC20
from daimm_cli.bindings.structs import LicenseId
from daimm_cli.chain.client import Chain
from tests.python.cli.conftest import AIM, Person
from tools.chain import LocalChain

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reputation.md"
DAY = 86_400


@pytest.fixture
def offer(seller: Person, model_file: Path) -> str:
    typed = ("--license", "MIT", "--price", "100", "--name", "Tiny", "--yes")
    made: dict[str, str] = seller.json("model", "publish", model_file, *typed)
    return made["offer"]


@pytest.fixture
def readers(person: Callable[..., Person], seller: Person, buyer: Person) -> Person:
    """Somebody who reads what buyer and seller keep."""
    reader = person("reader", 4, source=seller)
    stores = ", ".join(f'"{who.home / "store"}"' for who in (seller, buyer))
    (reader.home / "config.toml").write_text(f"[storage]\nsources = [{stores}]\n")
    return reader


def bought(seller: Person, buyer: Person, offer: str) -> str:
    order: str = buyer.json("buy", offer, "--yes")["orders"][0]["order"]
    seller("order", "deliver", order, "--yes")
    return order


def wait(local_chain: LocalChain, seconds: int) -> None:
    local_chain.travel(seconds)
    local_chain.mine()


def test_a_word_is_said_changed_answered_and_read(
    *, seller: Person, buyer: Person, readers: Person, offer: str, local_chain: LocalChain
) -> None:
    order = bought(seller, buyer, offer)
    buyer("review", "write", order, "--stars", "2", "--text", "Slow, and wrong at times.", "--yes")
    wait(local_chain, 30 * DAY)
    (said,) = readers.json("review", "list", "1")
    assert (said["stars"], said["text"]) == (2, "Slow, and wrong at times.")
    assert said["weight"] == pytest.approx(10, rel=0.01)  # a fee of 1 AIM, held for a month
    seller("review", "answer", order, "--text", "Try version 2.", "--yes")
    buyer("review", "write", order, "--stars", "4", "--text", "Better now.", "--yes")
    (said,) = readers.json("review", "list", "1")
    assert (said["stars"], said["text"], said["answer"]) == (4, "Better now.", "Try version 2.")
    shown = readers("review", "show", order).out
    assert "Slow, and wrong at times." in shown
    assert "said otherwise since" in shown
    assert "Try version 2. (to what was said before)" in shown

    (listed,) = readers.json("model", "list")
    assert listed["rating"] == pytest.approx(3.5, abs=0.01)
    assert "3.5 of 5 by 1 review" in readers("model", "show", "1").out
    buyer("review", "write", order, "--stars", "0", "--yes")
    assert readers.json("review", "list", "1") == []
    assert readers.json("model", "list")[0]["rating"] is None


def test_only_who_holds_a_settled_licence_reviews(
    *, seller: Person, buyer: Person, person: Callable[..., Person], offer: str
) -> None:
    order = buyer.json("buy", offer, "--yes")["orders"][0]["order"]
    early = buyer.refused("review", "write", order, "--stars", "1", "--yes", status=3)
    assert "not settled" in early
    seller("order", "deliver", order, "--yes")
    stranger = person("stranger", 3)
    assert "no licence" in stranger.refused("review", "write", order, "--stars", "1", "--yes")
    refusal = seller.refused("review", "answer", order, "--text", "No.", "--yes", status=3)
    assert "nothing to answer" in refusal
    buyer("review", "write", order, "--stars", "1", "--yes")
    refusal = stranger.refused("review", "answer", order, "--text", "No.", "--yes", status=3)
    assert "only its owner answers" in refusal


def test_a_licence_that_was_given_away_weighs_nothing(
    *,
    seller: Person,
    buyer: Person,
    person: Callable[..., Person],
    readers: Person,
    offer: str,
    local_chain: LocalChain,
    chain: Chain,
) -> None:
    order = bought(seller, buyer, offer)
    buyer("review", "write", order, "--stars", "1", "--yes")
    wait(local_chain, 15 * DAY)
    friend = person("friend", 3)
    licence = LicenseId(int(buyer.json("license", "list")[0]["license"], 16))
    give = chain.deployed.licenses.transfer_from(
        buyer.account.address, friend.account.address, licence
    )
    chain.node.send(give, buyer.account)
    friend("review", "write", order, "--stars", "5", "--yes")
    wait(local_chain, 300 * DAY)
    weights = {said["stars"]: said["weight"] for said in readers.json("review", "list", "1")}
    assert weights[1] == pytest.approx(5, rel=0.01)  # half of a month, and no more since
    assert weights[5] == 0


def test_what_sellers_say_of_themselves_weighs_nothing(
    *,
    seller: Person,
    buyer: Person,
    readers: Person,
    offer: str,
    local_chain: LocalChain,
    chain: Chain,
) -> None:
    chain.node.send(ERC20(chain.aim).transfer(seller.account.address, 100 * AIM), buyer.account)
    order = bought(seller, seller, offer)
    seller("review", "write", order, "--stars", "5", "--yes")
    wait(local_chain, 60 * DAY)
    (said,) = readers.json("review", "list", "1")
    assert said["own"]
    assert said["weight"] == 0
    assert readers.json("model", "list")[0]["rating"] is None


def test_hostile_texts_are_bounded_and_tame(
    *, seller: Person, buyer: Person, readers: Person, offer: str
) -> None:
    order = bought(seller, buyer, offer)
    long = buyer.refused("review", "write", order, "--stars", "1", "--text", "x" * 4097, "--yes")
    assert "4,097 bytes" in long
    hostile = "\x1b[31mred\x1b]0;title\x07\u202eback"
    buyer("review", "write", order, "--stars", "1", "--text", hostile, "--yes")
    assert readers.json("review", "list", "1")[0]["text"] == "redback"
    assert "\x1b" not in readers("review", "list", "1").out


def test_a_look_alike_is_shown_as_such(
    *, seller: Person, buyer: Person, readers: Person, offer: str
) -> None:
    seller(
        *("profile", "set", "--handle", "plain-labs", "--name", "Plain Labs"),
        *("--link", "https://plain.example", "--yes"),
    )
    shown = readers("profile", "show", seller.account.address).out
    assert "plain-labs\n" in shown
    assert "https://plain.example" in shown
    assert "LOOKS LIKE" not in shown
    typed = ("profile", "set", "--handle", "p1ain-1abs")
    assert "look-alike" in buyer.refused(*typed)
    buyer(*typed, "--yes")
    copy = readers.json("profile", "show", buyer.account.address)
    assert copy["resembles"] == seller.account.address
    order = bought(seller, buyer, offer)
    buyer("review", "write", order, "--stars", "5", "--yes")
    assert "LOOKS LIKE" in readers("review", "list", "1").out

    seller("profile", "set", "--handle", "other", "--yes")
    assert readers.json("profile", "show", buyer.account.address)["resembles"] is None


def test_a_handle_has_plain_letters(seller: Person) -> None:
    said = seller.refused("profile", "set", "--handle", "pl\u0430in", "--yes", status=3)
    assert "small letters" in said
    assert "33 or 65" in seller.refused("profile", "set", "--encryption", "02ab", "--yes")
    said = seller.refused("profile", "set", "--link", "javascript:alert(1)", "--yes")
    assert "begin it with https" in said


def test_the_commands_of_the_page_work_as_written(
    seller: Person, buyer: Person, offer: str, local_chain: LocalChain
) -> None:
    bought_by = buyer.json("buy", offer, "--yes")
    order = bought_by["orders"][0]["order"]
    seller("order", "deliver", order, "--yes")
    names = {"ORDER": order, "SELLER": seller.account.address}
    stores = f'[storage]\nsources = ["{buyer.home / "store"}"]\n'
    (seller.home / "config.toml").write_text(stores)
    lines = re.findall(r"^(\w+)\$ daimm (.*)$", PAGE.read_text(), re.MULTILINE)
    assert len(lines) == 10
    for who, typed in lines:
        line = typed
        for name, value in names.items():
            line = line.replace(name, value)
        ran = {"buyer": buyer, "seller": seller}[who](*shlex.split(line), "--yes")
        if "export" in line:
            (found,) = json.loads(ran.out)
            assert found["value"] == 80
            assert found["proofOfPayment"]["txHash"] == bought_by["transaction"]
            assert found["proofOfPayment"]["fromAddress"] == buyer.account.address
        if "summary" in line:
            assert "Chosen by a program" in ran.err
            assert "Better now." in ran.out
            assert names["ORDER"] in ran.out
        wait(local_chain, DAY)
    assert "Plain Labs" in ran.out
