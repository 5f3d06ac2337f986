"""A deployment that lacks contracts of a newer daimm: only what needs one of them stops."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from daimm_cli.chain import book as books
from daimm_cli.chain.client import Chain
from tests.python.cli.conftest import AIM, Person

NEWER = (
    *("AIMVotes", "Bonds", "DaimmGovernor", "KeyRequests", "Lineage", "MovingPrice", "Rebates"),
    *("Profiles", "Reviews", "Secondary", "Vouchers"),
)
"""What no sale at a fixed price needs."""


@pytest.fixture
def without(chain: Chain, deployments: Path, tmp_path: Path) -> Callable[..., None]:
    """`without(names, person)`: their address book lacks these contracts from now on."""

    def lack(names: Iterable[str], *people: Person) -> None:
        contracts = {name: it for name, it in chain.book.contracts.items() if name not in names}
        folder = tmp_path / "older"
        books.save(dataclasses.replace(chain.book, contracts=contracts), folder)
        for each in people:
            each.settings["DAIMM_DEPLOYMENTS"] = str(folder if names else deployments)

    return lack


def test_a_sale_needs_nothing_newer(
    seller: Person, buyer: Person, model_file: Path, without: Callable[..., None], tmp_path: Path
) -> None:
    without(NEWER, seller, buyer)
    terms = ("--license", "MIT", "--price", "10", "--yes")
    offer = seller.json("model", "publish", model_file, *terms)["offer"]
    buyer("quote", offer)
    order = buyer.json("buy", offer, "--yes")["orders"][0]["order"]
    seller("keeper", "run", "--once", "--yes")
    buyer("license", "fetch", order, "--output", tmp_path / "opened")
    seller("withdraw", "--yes")
    for looking in ("balance", "order list", "offer list", "model list", "license list"):
        buyer(*looking.split())
        seller(*looking.split())
    found = buyer.type("doctor", "--json").json["findings"]
    examined = {each["name"]: each["level"] for each in found}
    assert [examined[it] for it in ("contracts", "index", "AIM")] == ["ok"] * 3


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("Bonds", ("guarantee", "offer", 1, "content for 30d", "--bond", 5)),
        ("Rebates", ("rebate", "show")),
        ("AIMVotes", ("token", "delegate")),
        ("DaimmGovernor", ("dao", "list")),
        ("MovingPrice", ("offer", "open", 1, "--price", 10, "--falls-to", 4, "--half-life", "2d")),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_needs_it_says_which_is_missing(
    seller: Person,
    model_file: Path,
    without: Callable[..., None],
    name: str,
    command: tuple[object, ...],
) -> None:
    seller("model", "publish", model_file, "--license", "MIT", "--price", "10", "--yes")
    without(NEWER, seller)
    assert f"has no {name}: choose a network" in seller.refused(*command)


def test_what_a_book_gains_is_in_the_lists(
    seller: Person,
    person: Callable[..., Person],
    model_file: Path,
    without: Callable[..., None],
) -> None:
    guarantor = person("guarantor", 4, money=100 * AIM)
    seller("model", "publish", model_file, "--license", "MIT", "--price", "10", "--yes")
    bond = guarantor.json("guarantee", "offer", 1, "content for 30d", "--bond", 50, "--yes")["bond"]
    without(["Bonds"], seller)
    assert seller.json("guarantee", "list", "--model", 1) == []
    without([], seller)
    assert [row["bond"] for row in seller.json("guarantee", "list", "--model", 1)] == [bond]
