"""What docs/accounts.md has typed works as it stands there."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from eth_account.signers.local import LocalAccount

from daimm_cli.base import config
from daimm_cli.chain.client import Chain
from daimm_cli.cli import frame, sections
from tests.python.accounts.safe.test_sales import TERMS, handed_over
from tests.python.cli.conftest import AIM, Person
from tools.safe import Factory

PAGE = Path(__file__).resolve().parents[4] / "docs" / "accounts.md"
LINE = re.compile(r"(alice|bob)\$ +daimm (.*)")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", PAGE.read_text(), re.DOTALL)


def test_the_hand_over_works_as_written(
    member: Callable[..., Person],
    seller: Person,
    factory: Factory,
    accounts: list[LocalAccount],
    chain: Chain,
    model_file: Path,
) -> None:
    safe = factory.make([accounts[5], accounts[6]], 2)
    people = {
        "alice": member("alice", 5, safe, money=20 * AIM, source=seller),
        "bob": member("bob", 6, safe),
    }
    offer = seller.json("model", "publish", model_file, *TERMS, "--price", "10")["offer"]
    (block,) = blocks("console")
    lines = [LINE.fullmatch(line) for line in block.splitlines()]
    assert len(lines) == 5
    for line in lines:
        assert line
        words = shlex.split(line[2])
        known = {"OFFER": offer}
        if "FILE" in words:
            known["FILE"] = str(handed_over(people["alice"]))
        typed = [known.get(word, word) for word in words]
        ran = people[line[1]].type(*typed, "--yes")
        assert ran.status == (8 if words[0] == "buy" else 0), ran.err
    assert chain.balance(chain.aim, safe) == 10 * AIM
    assert "waiting" in ran.out


def test_the_commands_and_settings_exist(tmp_path: Path) -> None:
    for line in "".join(blocks("sh")).splitlines():
        words = shlex.split(line, comments=True)
        if words[:1] == ["daimm"]:
            group = frame.load(sections.entries()[words[1]])
            assert words[2] in group.commands
    (settings,) = blocks("toml")
    address = "0x" + "11" * 20
    (tmp_path / "config.toml").write_text(settings.replace("0x...", address))
    profile = config.load(env={"DAIMM_HOME": str(tmp_path)}).profile
    assert (profile.account, profile.safe, profile.safe_owners) == ("alice", address, ("bob",))
    assert set(tomllib.loads(settings)["profiles"]["local"]) == {"account", "safe", "safe_owners"}


@pytest.mark.parametrize("name", ["show", "sign", "send"])
def test_every_command_of_a_safe_is_on_the_page(name: str) -> None:
    assert f"safe {name}" in PAGE.read_text()
