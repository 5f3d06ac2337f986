"""A market is replaced by another beside it, by the commands of docs/upgrade.md."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount

from daimm_cli.base.files import alone
from daimm_cli.chain import book as books
from daimm_cli.chain.client import Chain
from daimm_cli.chain.node import Node
from daimm_cli.index.index import Index
from scripts._params import Params, for_chain
from scripts.deploy import deploy
from tests.python.cli.conftest import AIM, Person, Ran, write_keystore, write_model
from tools.chain import LocalChain

DAY = 86_400
FORMER = ("--market", "former")
PAGE = Path(__file__).resolve().parents[2] / "docs" / "upgrade.md"
LINE = re.compile(r"(admin|seller|buyer|third)\$ +daimm (.*)")


@pytest.fixture
def folder(deployments: Path, tmp_path: Path, chain: Chain) -> Path:
    """Address books of this story alone."""
    own = tmp_path / "deployments"
    shutil.copytree(deployments, own)
    assert books.read(own / f"{chain.node.chain_id}.json", chain.node.chain_id) == chain.book
    return own


@pytest.fixture
def people(person: Callable[..., Person], folder: Path) -> dict[str, Person]:
    seller = person("seller", 1)
    found = {"admin": person("admin", 0), "seller": seller}
    for number, name in enumerate(("buyer", "second", "third"), 2):
        found[name] = person(name, number, money=100 * AIM, source=seller)
    for each in found.values():
        each.settings["DAIMM_DEPLOYMENTS"] = str(folder)
    return found


def typed(section: str) -> list[tuple[str, list[str]]]:
    """Who types what in a section of the page."""
    text = PAGE.read_text().split(f"## {section}\n", 1)[1].split("\n## ", 1)[0]
    blocks = re.findall(r"```console\n(.*?)```", text, re.DOTALL)
    lines = [LINE.fullmatch(line) for block in blocks for line in block.splitlines()]
    assert lines
    assert None not in lines
    return [(line[1], shlex.split(line[2])) for line in lines if line]


def test_a_market_is_replaced_and_nobody_loses_anything(
    people: dict[str, Person],
    chain: Chain,
    local_chain: LocalChain,
    accounts: list[LocalAccount],
    params: Params,
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    seller, buyer, second, third = (people[name] for name in ("seller", "buyer", "second", "third"))
    model = write_model(tmp_path / "model.safetensors")
    terms = ("--license", "MIT", "--price", "10", "--deliver-within", "1h", "--yes")
    known: dict[str, str] = {"OLD": chain.market}

    def follow(section: str) -> list[Ran]:
        """Type a section's commands."""
        return [
            people[who](*(known.get(word, word) for word in words), "--yes")
            for who, words in typed(section)
        ]

    def bought(who: Person, offer: str, *more: str) -> Any:
        return who.json("buy", offer, *more, "--yes")["orders"][0]

    # A licence, and orders that wait; two listings, one of them limited.
    offer = seller.json("model", "publish", model, *terms)["offer"]
    limited = seller.json("offer", "open", 1, "--price", "20", "--supply", "3", "--yes")["offer"]
    mine = bought(buyer, offer)
    seller("order", "deliver", mine["order"], "--yes")
    late = bought(third, offer)
    local_chain.travel(2 * DAY)
    first, kept = bought(second, limited), bought(buyer, offer)
    known |= {"LICENCE": mine["license"], "FIRST": first["order"], "LATE": late["order"]}

    # The new market stands beside the old one, which sells nothing more.
    book = deploy(chain.node, accounts[0], params, folder=folder, replace="Market")
    known["NEW"] = book.address("Market")
    said = [ran.err for ran in follow("Deploy it and move the roles")]
    assert "is no market of the address book" not in said[0]
    said = [people["admin"]("admin", "add-issuer", known["OLD"], "--yes").err]
    assert "is no market of the address book" not in said[0]
    people["admin"]("admin", "remove-issuer", known["OLD"], "--yes")
    issuers = {row["issuer"]: row for row in people["admin"].json("admin", "show")["issuers"]}
    assert issuers == {
        known["OLD"]: {"issuer": known["OLD"], "name": "Market, former", "issues": False},
        known["NEW"]: {"issuer": known["NEW"], "name": "Market", "issues": True},
    }
    told = third.refused("buy", offer, "--market", "former", "--yes", status=3)
    assert "may not sell licences any more" in told

    # What is open there ends there, and everybody is told that it is there.
    assert seller.json("order", "list") == []
    there = f"on the former market {known['OLD']}."
    told = seller("keeper", "run", "--once").err
    assert f"former market {known['OLD']}, 2 orders can still be delivered" in told
    said = [ran.err for ran in follow("End what is open")]
    for text, what in zip(said, ("3 open orders", "1 credit", "2 licences"), strict=False):
        assert f"{what} {there}" in text
    states = {row["order"]: row["state"] for row in seller.json("order", "list", *FORMER)}
    assert states == {
        mine["order"]: "settled",
        first["order"]: "settled",
        kept["order"]: "settled",
        late["order"]: "refunded",
    }
    assert Path("old.safetensors").read_bytes() == model.read_bytes()
    assert chain.balance(chain.aim, third.account.address) == 100 * AIM
    assert chain.balance(chain.aim, seller.account.address) == 40 * AIM * 99 // 100
    buyer("license", "fetch", kept["license"], *FORMER, "--output", "kept.safetensors")
    assert Path("kept.safetensors").read_bytes() == model.read_bytes()
    assert "former" not in seller("order", "list").err

    # While a keeper is at the former market, the present one's takes another account.
    write_keystore(seller.home / "accounts" / "helper.json", bytes(accounts[8].key))
    seller.settings["DAIMM_KEEPER_SELLER"] = seller.account.address
    run = ("keeper", "run", "--once", "--account")
    lock = f"{chain.node.chain_id}-{seller.account.address.lower()}.lock"
    with alone(seller.home / "keeper" / lock):
        assert "give this one another --account" in seller.refused(*run, "seller")
        assert "Serving the offers" in seller(*run, "helper").err
    (seller.home / "accounts" / "helper.json").unlink()

    # Whoever has chosen the former market for good is told.
    checks = {row["name"]: row for row in seller.type("doctor", "--json", *FORMER).json["findings"]}
    assert f"of the market {known['OLD']}" in checks["contracts"]["says"]

    # Nothing is given away to what nobody acts for any more.
    told = seller.refused("model", "transfer", 1, known["OLD"], "--yes")
    assert "would be lost there" in told

    # The listings go on; the limited one with what is left of it.
    terms_then = Index.open(seller.home, chain).offer(bytes.fromhex(offer[2:])).offer
    known["OFFER"] = "0x" + chain.at(book).offer_id(terms_then).hex()
    follow("Carry the listings on")
    here = {row["terms"]["price"]: row for row in seller.json("offer", "list", "--mine")}
    assert here[str(10 * AIM)]["offer"] == known["OFFER"]
    assert {row["terms"]["supply"] for row in here.values()} == {0, 2}
    assert seller.json("offer", "list", "--mine", *FORMER) == []
    assert seller.json("offer", "carry", "--yes")["carried"] == []
    assert len(seller.json("offer", "list", "--mine", "--all")) == 2
    order = seller.json("order", "list", "--open")[0]["order"]
    assert len(seller.json("order", "list")) == 1
    seller("keeper", "run", "--once", "--yes")
    licence = buyer.json("order", "show", order)["license"]
    buyer("license", "fetch", licence, "--output", "new.safetensors")
    assert Path("new.safetensors").read_bytes() == model.read_bytes()
    assert [row["license"] for row in buyer.json("license", "list")] == [licence]
    assert len(buyer.json("license", "list", *FORMER)) == 2


def test_the_script_replaces_a_market_as_the_page_has_it(tmp_path: Path) -> None:
    (line,) = re.findall(r"```sh\n(.*?)\n```", PAGE.read_text(), re.DOTALL)
    with LocalChain() as fresh:
        node = Node.connect(fresh.url)
        deployer = Account.from_key(fresh.accounts[0].key)  # as Ape's on a local chain
        before = deploy(node, deployer, for_chain(node.chain_id), folder=tmp_path)
        typed = [fresh.url if word == "NETWORK" else word for word in shlex.split(line)]
        program = Path(sys.executable).with_name("ape")
        environment = os.environ | {"DAIMM_DEPLOYMENTS": str(tmp_path)}
        ran = subprocess.run(
            [program, *typed[1:]],
            cwd=PAGE.parents[1],
            env=environment,
            capture_output=True,
            text=True,
        )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    book = books.load(node.chain_id, environment)
    assert book.of("former").contracts == before.contracts
    assert book.address("Market") != before.address("Market")
    assert "daimm dao propose" in ran.stdout
