"""Safes in the hands of people who type commands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from eth_account.signers.local import LocalAccount

from daimm_cli.bindings.erc20 import ERC20
from daimm_cli.chain.client import Chain
from tests.python.cli.conftest import (
    AIM,
    Person,
    buyer,
    card_file,
    model_file,
    person,
    seller,
    write_keystore,
)
from tools.safe import Factory

__all__ = ["buyer", "card_file", "model_file", "person", "seller"]


@pytest.fixture
def factory(chain: Chain, accounts: list[LocalAccount]) -> Factory:
    return Factory.deploy(chain.node, accounts[0])


Joined = Callable[..., Person]


@pytest.fixture
def member(person: Callable[..., Person], accounts: list[LocalAccount], chain: Chain) -> Joined:
    """`member("alice", 5, safe, with_=[6])`: a person whose profile names the Safe.

    with_: the numbers of more owners whose keystores are in the same home. money: AIM of the Safe.
    """

    def make(
        alias: str,
        number: int,
        safe: str,
        *,
        with_: tuple[int, ...] = (),
        money: int = 0,
        source: Person | None = None,
    ) -> Person:
        made = person(alias, number, source=source)
        names = []
        for other in with_:
            names.append(f"owner-{other}")
            write_keystore(
                made.home / "accounts" / f"owner-{other}.json", bytes(accounts[other].key)
            )
        join(made.home, alias, safe, names)
        if money:
            chain.node.send(ERC20(chain.aim).transfer(safe, money), accounts[0])
        return made

    return make


def join(home: Path, alias: str, safe: str, others: list[str]) -> None:
    """Name the Safe in the home's settings."""
    file = home / "config.toml"
    before = file.read_text() if file.exists() else ""
    listed = ", ".join(f'"{name}"' for name in others)
    file.write_text(
        f'{before}\n[profiles.local]\naccount = "{alias}"\nsafe = "{safe}"\n'
        f"safe_owners = [{listed}]\n"
    )


@pytest.fixture
def price() -> int:
    return 10 * AIM
