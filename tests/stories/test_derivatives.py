"""What is made from a model pays that model's owner, through the command line."""

from __future__ import annotations

import dataclasses
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from daimm_cli.chain import client
from daimm_cli.chain.client import Chain, Opened
from daimm_cli.index.index import Index
from tests.python.cli.conftest import AIM, Person, write_model

PAGE = Path(__file__).resolve().parents[2] / "docs" / "derivatives.md"
TERMS = ("--license", "Apache-2.0", "--price", "10", "--yes")


@pytest.fixture
def maker(person: Callable[..., Person], seller: Person) -> Person:
    return person("maker", 3, source=seller)


@pytest.fixture
def other(person: Callable[..., Person], seller: Person) -> Person:
    return person("other", 4, source=seller)


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("base", "tuned", "again", "else"):
        write_model(tmp_path / f"{name}.safetensors")
    return tmp_path


def earned(chain: Chain, price: int = 10 * AIM) -> int:
    return price - price * chain.policy(chain.aim).fee // 10_000


def held(chain: Chain, who: Person) -> int:
    return chain.balance(chain.aim, who.account.address)


def fetches(who: Person, source: Person) -> None:
    config = who.home / "config.toml"
    config.write_text(f'[storage]\nsources = ["{source.home / "store"}"]\n')


def sold(maker: Person, buyer: Person, offer: str) -> None:
    fetches(buyer, maker)
    buyer("buy", offer, "--yes")
    maker("order", "deliver", "--all", "--yes")


def published(who: Person, file: Path, *more: object) -> Any:
    return who.json("model", "publish", file, *TERMS, *more)


@pytest.mark.usefixtures("files")
def test_the_commands_of_the_page_work_as_written(
    seller: Person, maker: Person, buyer: Person, chain: Chain
) -> None:
    fetches(seller, maker)
    people = {"parent": seller, "maker": maker, "buyer": buyer}
    lines = re.findall(r"^(parent|maker|buyer)\$ daimm (.*)$", PAGE.read_text(), re.MULTILINE)
    assert len(lines) == 8
    offer, said = "", []
    for who, line in lines:
        if line.startswith("buy "):
            sold(maker, buyer, offer)
            continue
        ran = people[who](*shlex.split(line), "--yes")
        said.append(ran)
        if found := re.search(r"^offer +(0x[0-9a-f]{64})$", ran.out, re.MULTILINE):
            offer = found[1]
    assert f"15% to {seller.account.address}, 85% to {maker.account.address}" in said[1].err
    assert re.search(r"waits to be shared\s+1\.485 AIM\s+model 2", said[3].out)
    assert held(chain, seller) == earned(chain) * 15 // 100
    assert held(chain, maker) == earned(chain) * 85 // 100


def test_a_share_of_a_share_reaches_the_first_owner(
    seller: Person, maker: Person, other: Person, buyer: Person, chain: Chain, files: Path
) -> None:
    published(seller, files / "base.safetensors", "--derivative-share", 20)
    tuning = ("--parent", "1:1:fine-tune", "--derivative-share", 50)
    published(maker, files / "tuned.safetensors", *tuning)
    fetches(other, maker)
    offer = published(other, files / "again.safetensors", "--parent", "2:1:merge")["offer"]
    fetches(maker, other)
    assert "all who share what the version earns" in buyer("offer", "show", offer).out
    sold(other, buyer, offer)
    assert maker.json("balance")["shared"] == []  # theirs is in the table of model 2
    maker("distribute", "--yes")
    shares = {seller: 10, maker: 40, other: 50}
    for who, share in shares.items():
        who("withdraw", "--yes")
        assert held(chain, who) == earned(chain) * share // 100
    assert "nothing to distribute" in seller("distribute", "--yes").out
    assert buyer.json("distribute", "--model", 3, "--yes") == []


def test_every_offer_of_the_version_pays_the_table(
    seller: Person, maker: Person, other: Person, chain: Chain, files: Path
) -> None:
    published(seller, files / "base.safetensors", "--derivative-share", 20)
    payout = other.account.address
    first = published(
        maker, files / "tuned.safetensors", "--parent", "1:1:quantise", "--payout", payout
    )["offer"]
    (version,) = maker.json("model", "show", 2)["versions"]
    rows = [(row["payee"], row["share"]) for row in version["manifest"]["shares"]]
    assert rows == [(seller.account.address, 2000), (payout, 8000)]
    opened = maker.json("offer", "open", 2, "--price", 3, "--yes")["terms"]
    replaced = maker.json("offer", "replace", first, "--price", 4, "--yes")["terms"]
    assert opened["payout"] == replaced["payout"] == chain.deployed.splitter.address
    mine = ("--payout", maker.account.address, "--yes")
    assert "pay" in maker.refused("offer", "open", 2, "--price", 3, *mine, status=3)


def test_a_later_version_that_has_parents_is_bound_too(
    seller: Person, maker: Person, buyer: Person, chain: Chain, files: Path
) -> None:
    published(seller, files / "base.safetensors", "--derivative-share", 20)
    published(maker, files / "else.safetensors")
    adding = ("model", "add-version", 2, files / "tuned.safetensors", "--license", "Apache-2.0")
    maker(*adding, "--parent", "1:1:distil", "--yes")
    offer = maker.json("offer", "open", 2, "--price", 10, "--yes")["offer"]
    sold(maker, buyer, offer)
    assert "ask the seller where it is kept" in seller("balance").err
    fetches(seller, maker)
    shared = seller.json("balance")["shared"]
    assert [row["amount"] for row in shared] == [str(earned(chain) * 20 // 100)]


def test_what_cannot_be_shared_is_refused_before_anything_is_sealed(
    seller: Person, maker: Person, files: Path
) -> None:
    published(seller, files / "base.safetensors", "--derivative-share", 60)
    published(seller, files / "else.safetensors", "--derivative-share", 60)
    parents = ("--parent", "1:1:merge", "--parent", "2:1:merge")
    told = maker.refused(
        "model", "publish", files / "tuned.safetensors", *TERMS, *parents, status=3
    )
    assert "more than 100%" in told
    assert not list(maker.home.rglob("*.age"))


def test_ones_own_model_asks_nothing(seller: Person, files: Path, chain: Chain) -> None:
    published(seller, files / "base.safetensors", "--derivative-share", 60)
    made = published(seller, files / "tuned.safetensors", "--parent", "1:1:fine-tune")
    terms = seller.json("offer", "show", made["offer"])["terms"]
    assert terms["payout"] == seller.account.address


def test_a_run_that_was_cut_off_after_the_registration_goes_on(
    seller: Person, maker: Person, chain: Chain, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(seller, files / "base.safetensors", "--derivative-share", 20)
    publishing = ("model", "publish", files / "tuned.safetensors", *TERMS)

    def cut(*_: Any, **__: Any) -> Opened:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(client.Chain, "open_offer", cut)
        assert maker.type(*publishing, "--parent", "1:1:merge").status != 0
    made = maker.json(*publishing, "--parent", "1:1:merge")
    assert made["model"] == 2
    assert chain.is_open(bytes.fromhex(made["offer"][2:]))
    assert len(maker.json("model", "list")) == 2


def test_what_rounding_leaves_is_no_reason_for_a_transaction(
    seller: Person, maker: Person, buyer: Person, chain: Chain, files: Path
) -> None:
    published(seller, files / "base.safetensors", "--derivative-share", 33.33)
    price = "10.000000000000000007"
    selling = ("--price", price, "--parent", "1:1:fine-tune")
    offer = published(maker, files / "tuned.safetensors", *selling)["offer"]
    sold(maker, buyer, offer)
    assert len(maker.json("distribute", "--yes")) == 1
    splitter, account = chain.deployed.splitter.address, maker.json("offer", "show", offer)["terms"]
    left = chain.credit(splitter, chain.aim, bytes.fromhex(account["payout_account"][2:]))
    assert left == 1
    assert maker.json("distribute", "--yes") == []


def test_who_binds_a_stranger_s_table_hides_nothing(
    seller: Person, maker: Person, buyer: Person, chain: Chain, files: Path
) -> None:
    published(seller, files / "base.safetensors", "--derivative-share", 10)
    tuned = published(maker, files / "tuned.safetensors", "--parent", "1:1:fine-tune")
    (version,) = Index.open(maker.home, chain).versions(2)
    copied = dataclasses.replace(version.details, manifest=b"\1" * 32)
    chain.register(buyer.account, 0, copied, version.parents)
    sold(maker, buyer, tuned["offer"])
    fetches(seller, maker)
    ran = seller("distribute", "--yes", "--json")
    assert [row["model"] for row in ran.json] == [2]
    assert "What model 3 earned stays" in ran.err
