"""Promises that a listing infringes nobody's rights, as docs/guarantees.md has them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from daimm_cli.bindings.claims import Claims
from daimm_cli.chain.client import Chain
from daimm_cli.models.pack import collect, pack_to
from tests.python.cli.conftest import AIM, Person
from tools.chain import LocalChain

PAGE = Path(__file__).resolve().parents[2] / "docs" / "claims.md"
DAY = 86_400
FEE = 10**16

Weights = dict[str, np.ndarray[tuple[int, ...], np.dtype[np.float32]]]


def drawn(seed: int, *names: str) -> Weights:
    draws = np.random.default_rng(seed)
    return {name: draws.standard_normal((32, 32), np.float32) for name in names}


def renamed(weights: Weights) -> Weights:
    """The same numbers under other names, in another order and shape."""
    taken = reversed(list(weights.values()))
    return {f"block_{i}": weight.reshape(64, 16) for i, weight in enumerate(taken)}


@dataclass(frozen=True)
class Stolen:
    """The author's model 1, and model 2 of a thief who promises that it infringes nothing; its
    bond, and an order of a buyer who paid 10 AIM for it."""

    author: Person
    thief: Person
    buyer: Person
    judge: Person
    mine: Path
    copy: Path
    bond: str
    order: str

    @property
    def compared(self) -> tuple[object, ...]:
        return self.bond, "--file", self.copy, "--original", self.mine, "--of", "1:1"


@pytest.fixture
def publish(person: Callable[..., Person], tmp_path: Path) -> Callable[..., tuple[str, str, Path]]:
    """`publish(who, "name", weights, *words)`: its bond, its offer and its file."""

    def act(who: Person, name: str, weights: Weights, *words: object) -> tuple[str, str, Path]:
        save_file(weights, path := tmp_path / f"{name}.safetensors")
        given = ("--license", "MIT", "--price", 10, *words, "--yes")
        made = who.json("model", "publish", path, *given)
        return made.get("bond", ""), made["offer"], path

    return act


PROMISE = ("--guarantee", "rights for 90d", "--bond", 50)


@pytest.fixture
def stolen(person: Callable[..., Person], publish: Callable[..., tuple[str, str, Path]]) -> Stolen:
    author = person("author", 1, money=100 * AIM)
    thief = person("thief", 3, money=100 * AIM, source=author)
    buyer = person("buyer", 2, money=100 * AIM, source=thief)
    judge = person("judge", 0, source=thief)
    for who in (author, judge):
        settings = f'[storage]\nsources = ["{author.home / "store"}", "{thief.home / "store"}"]\n'
        (who.home / "config.toml").write_text(settings)
    weights = drawn(1, "a", "b", "c")
    mine = publish(author, "mine", weights)[2]
    bond, offer, copy = publish(thief, "copy", renamed(weights) | drawn(2, "head"), *PROMISE)
    order = buyer.json("buy", offer, "--yes")["orders"][0]["order"]
    thief("order", "deliver", order, "--yes")
    return Stolen(author, thief, buyer, judge, mine, copy, bond, order)


def pass_by(local_chain: LocalChain, seconds: int) -> None:
    local_chain.travel(seconds)
    local_chain.mine()


def in_bonds(chain: Chain, who: Person) -> int:
    return chain.node.view(chain.deployed.bonds.credit(who.account.address, bytes(32), chain.aim))


def deposits(chain: Chain, who: Person) -> int:
    claims = Claims(chain.book.address("Claims/arbiter"))
    return chain.node.view(claims.credit(who.account.address))


def test_a_copy_that_nobody_defends_pays_its_buyer(
    stolen: Stolen, chain: Chain, local_chain: LocalChain
) -> None:
    author, buyer, bond = stolen.author, stolen.buyer, stolen.bond
    told = author.refused("claim", "check", *stolen.compared, status=5)
    assert (
        "Model 2, version 1 is an undeclared copy of model 1, version 1: they share 3 tensors, "
        "100% of the bytes of model 1, version 1 and 75% of those of model 2, version 1."
    ) in " ".join(told.split())
    pass_by(local_chain, 60)
    author("claim", "open", bond, "--says", "It has the tensors of model 1.", "--yes")
    held = buyer.json("guarantee", "show", bond)
    assert (held["state"], held["claimant"]) == ("held", author.account.address)
    assert (
        f"claimed by  {author.account.address}: daimm claim show {bond[:10]}"
        in stolen.thief("guarantee", "show", bond).out
    )
    assert "not broken" in buyer.refused("guarantee", "compensate", bond, stolen.order, status=3)
    pass_by(local_chain, 3 * DAY + 1)
    buyer("claim", "execute", bond, "--yes")
    buyer("guarantee", "compensate", bond, stolen.order, "--yes")
    assert in_bonds(chain, author) == 10 * AIM
    assert in_bonds(chain, buyer) == 10 * AIM
    assert deposits(chain, author) == FEE
    broken = buyer.json("guarantee", "show", bond)
    assert (broken["stake"], broken["claimant"]) == (str(20 * AIM), None)


def test_a_judge_sees_the_copy_by_the_same_command(
    stolen: Stolen, chain: Chain, local_chain: LocalChain
) -> None:
    author, thief, judge, bond = stolen.author, stolen.thief, stolen.judge, stolen.bond
    author("claim", "open", bond, "--says", "It has the tensors of model 1.", "--yes")
    thief("claim", "oppose", bond, "--says", "All the names are others.", "--yes")
    line = re.search(r"^juror\$ daimm (.*)$", PAGE.read_text(), re.MULTILINE)
    assert line
    names = {"BOND": bond, stolen.copy.name: stolen.copy, stolen.mine.name: stolen.mine}
    typed = [names.get(word, word) for word in line[1].split()]
    assert "undeclared copy" in judge.refused(*typed, status=5)
    judge("claim", "rule", bond, "--for", "claimant", "--yes")
    thief("claim", "execute", bond, "--yes")
    assert in_bonds(chain, author) == 10 * AIM
    assert deposits(chain, author) == FEE
    assert deposits(chain, thief) == 0
    pass_by(local_chain, 90 * DAY + 1)
    thief("guarantee", "withdraw", bond, "--yes")
    assert in_bonds(chain, thief) == 30 * AIM


def test_a_false_claim_loses_its_deposit_and_the_stake_stands(
    stolen: Stolen,
    publish: Callable[..., tuple[str, str, Path]],
    chain: Chain,
    local_chain: LocalChain,
) -> None:
    author, thief, judge = stolen.author, stolen.thief, stolen.judge
    bond, _, honest = publish(author, "honest", drawn(3, "a", "b"), *PROMISE)
    compared = ("--file", honest, "--original", stolen.copy, "--of", "2:1")
    thief("claim", "open", bond, "--says", "It has the tensors of model 2.", "--yes")
    author("claim", "oppose", bond, "--says", "Compare them.", "--yes")
    told = " ".join(judge("claim", "check", bond, *compared).out.split())
    assert "too little for a copy: they share 0 tensors" in told
    judge("claim", "rule", bond, "--for", "opposer", "--yes")
    author("claim", "execute", bond, "--yes")
    assert deposits(chain, author) == FEE
    assert deposits(chain, thief) == 0
    assert author.json("guarantee", "show", bond)["state"] == "standing"
    pass_by(local_chain, 105 * DAY)
    author("guarantee", "withdraw", bond, "--yes")
    assert in_bonds(chain, author) == 50 * AIM


def test_what_is_shared_is_no_copy_where_the_registry_says_why(
    stolen: Stolen, publish: Callable[..., tuple[str, str, Path]]
) -> None:
    author, thief, judge, mine = stolen.author, stolen.thief, stolen.judge, stolen.mine
    weights, said = drawn(1, "a", "b", "c"), ("--guarantee", "rights for 90d", "--bond", 5)

    def compare(bond: str, file: Path, original: Path, of: str) -> str:
        given = ("--file", file, "--original", original, "--of", of)
        return " ".join(judge("claim", "check", bond, *given).out.split())

    older = author.json("guarantee", "offer", 1, "rights for 90d", "--bond", 5, "--yes")["bond"]
    assert "Model 1, version 1 was registered first" in compare(older, mine, stolen.copy, "2:1")
    bond, _, again = publish(author, "again", weights | drawn(4, "d"), *said)
    assert f"Both are {author.account.address}'s" in compare(bond, again, mine, "1:1")
    parent = ("--parent", "1:1:fine-tune")
    bond, _, tuned = publish(thief, "tuned", weights | drawn(5, "e"), *parent, *said)
    assert "says that it is made from it" in compare(bond, tuned, mine, "1:1")
    _, _, sister = publish(author, "sister", weights | drawn(6, "f"), *parent)
    given = ("--file", tuned, "--original", sister, "--of", "5:1")
    assert "registered first" in compare(bond, tuned, sister, "5:1")
    bond, _, late = publish(thief, "late", weights | drawn(7, "g"), *parent, *said)
    given = ("--file", late, "--original", sister, "--of", "5:1")
    assert "made from model 1" in judge.refused("claim", "check", bond, *given, status=3)


def test_a_copy_in_a_pack_is_one_too(
    stolen: Stolen, publish: Callable[..., tuple[str, str, Path]], tmp_path: Path
) -> None:
    (folder := tmp_path / "files").mkdir()
    save_file(renamed(drawn(1, "a", "b")), folder / "half.safetensors")
    save_file(drawn(1, "a", "b", "c"), folder / "whole.safetensors")
    (folder / "config.json").write_text("{}")
    given = ("--name", "packed", "--license", "MIT", "--price", 10, *PROMISE, "--yes")
    bond = stolen.thief.json("model", "publish", folder, *given)["bond"]
    pack_to(collect([folder]), packed := tmp_path / "packed.tar")
    compared = ("--file", packed, "--original", stolen.mine, "--of", "1:1")
    told = stolen.judge.refused("claim", "check", bond, *compared, status=5)
    assert "they share 3 tensors, 100% of the bytes of model 1, version 1 and 60%" in " ".join(
        told.split()
    )


def test_a_comparison_says_what_it_lacks(stolen: Stolen) -> None:
    judge, bond, copy, mine = stolen.judge, stolen.bond, stolen.copy, stolen.mine

    def refused(*given: object, status: int = 2) -> str:
        told = judge.refused("claim", "check", bond, *given, status=status)
        return " ".join(told.split())

    assert "No order is claimed here, whose key" in refused()
    assert "Name both files" in refused("--file", copy, "--original", mine)
    assert "Name both files" in refused("--file", copy, "--of", "1:1")
    assert "Name both files" in refused("--original", mine, "--of", "1:1")
    both = ("--file", copy, "--original", mine, "--of")
    assert "'one' is no version: write MODEL:VERSION" in refused(*both, "one")
    assert "There is no version 2 of model 1" in refused(*both, "1:2", status=3)
    turned = ("--file", mine, "--original", copy, "--of", "1:1")
    assert "is not what model 2, version 1 commits to" in refused(*turned)
