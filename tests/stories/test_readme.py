"""The README's first sale, as it stands there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from daimm_cli.base.text import roughly
from daimm_cli.chain.client import Chain
from tests.python.cli.conftest import AIM, Person, write_model
from tools.chain import LocalChain

README = Path(__file__).resolve().parents[2] / "README.md"
LINE = re.compile(r"(seller|buyer)\$ +daimm (.*)")


def first_sale() -> list[tuple[str, list[str]]]:
    """Who types what: the lines of the README's console block."""
    section = README.read_text().split("## A first sale in ten lines", 1)[1]
    block = re.search(r"```console\n(.*?)```", section, re.DOTALL)
    assert block is not None
    typed = [LINE.fullmatch(line) for line in block[1].splitlines()]
    return [(line[1], shlex.split(line[2])) for line in typed if line]


@pytest.fixture
def newcomer(person: Callable[..., Person]) -> Callable[..., Person]:
    """Somebody without an account or a seed."""

    def make(alias: str, number: int, **more: Person) -> Person:
        made = person(alias, number, **more)
        (made.home / "accounts" / f"{alias}.json").unlink()
        (made.home / "seed.json").unlink()
        return made

    return make


def test_the_first_sale_of_the_readme_works_as_written(
    newcomer: Callable[..., Person],
    card_file: Path,
    chain: Chain,
    local_chain: LocalChain,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seller = newcomer("seller", 8)
    people = {"seller": seller, "buyer": newcomer("buyer", 9, source=seller)}
    desks = {name: tmp_path / f"desk of {name}" for name in people}
    for desk in desks.values():
        desk.mkdir()
    model = write_model(desks["seller"] / "model.safetensors")
    (desks["seller"] / "card.md").write_bytes(card_file.read_bytes())
    lines = first_sale()
    assert len(lines) == 10
    addresses: dict[str, str] = {}
    known: dict[str, str] = {}
    for who, words in lines:
        monkeypatch.chdir(desks[who])
        told = people[who].json(*(known.get(word, word) for word in words), "--yes")
        if words[:2] == ["account", "new"]:
            addresses[who] = told["address"]
            local_chain.rpc("anvil_setBalance", told["address"], hex(10**18))
        if words[:2] == ["model", "publish"]:
            known["OFFER"] = told["offer"]
        if words[0] == "buy":
            known["LICENCE"] = told["orders"][0]["license"]
    assert (desks["buyer"] / "model.safetensors").read_bytes() == model.read_bytes()
    assert chain.balance(chain.aim, addresses["seller"]) == 99 * AIM // 10


def test_what_the_readme_says_of_make_is_there() -> None:
    makefile = README.with_name("Makefile").read_text()
    targets = set(re.findall(r"(?:^|`)make ([a-z-]+)", README.read_text(), re.MULTILINE))
    assert {"demo", "test"} <= targets
    for target in targets:
        assert f"\n{target}:" in makefile


def test_the_caps_of_the_readme_are_those_of_the_contracts(chain: Chain) -> None:
    market, told = chain.deployed.market, " ".join(README.read_text().split())
    share, stop = chain.node.view(market.max_fee()), chain.node.view(market.max_stop())
    assert f"{share / 100:g}% of later sales at most" in told
    assert f"stop new listings and purchases for {roughly(stop)} at most" in told
