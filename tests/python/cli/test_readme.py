"""The README's first sale, typed line by line."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from daimm_cli.chain.client import Chain
from tests.python.cli.conftest import Person, write_model
from tools.chain import ROOT, LocalChain

LINE = re.compile(r"^(seller|buyer)\$ +daimm (.+)$", re.MULTILINE)


def typed() -> list[tuple[str, list[str]]]:
    """Who types what in README.md."""
    text = (ROOT / "README.md").read_text()
    return [(who, shlex.split(line)) for who, line in LINE.findall(text)]


def test_first_sale_of_the_readme(
    person: Callable[..., Person],
    chain: Chain,
    local_chain: LocalChain,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seller = person("seller", 1)
    people = {"seller": seller, "buyer": person("buyer", 2, source=seller)}
    for one in people.values():
        (keystore,) = (one.home / "accounts").iterdir()
        keystore.unlink()
    sold = tmp_path / "desk"
    sold.mkdir()
    content = write_model(sold / "model.safetensors").read_bytes()
    (sold / "card.md").write_text("---\nlicense: mit\n---\n# Tiny model\n\nIt does little.\n")
    bought = tmp_path / "elsewhere"
    bought.mkdir()

    known: dict[str, str] = {}
    lines = typed()
    for who, words in lines:
        monkeypatch.chdir(sold if who == "seller" else bought)
        arguments = [known.get(word, word) for word in words]
        said = people[who].json(*arguments, "--yes")
        if words[:2] == ["account", "new"]:
            local_chain.rpc("anvil_setBalance", said["address"], hex(10**18))
        if words[:2] == ["model", "publish"]:
            known["OFFER"] = said["offer"]
        if words[0] == "buy":
            known["LICENCE"] = said["orders"][0]["license"]

    assert len(lines) == 10
    assert (bought / "model.safetensors").read_bytes() == content
