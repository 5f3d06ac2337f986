"""A model for sale, and quotes on it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from daimm_cli.chain.client import Chain
from tests.python.cli.conftest import Person, Ran, buyer, person, seller, write_model
from tests.python.cli.test_buying import Forger

__all__ = ["buyer", "person", "seller"]

SIZE = (3 << 20) + 5000
"""Of a model whose ciphertext has four blocks, and whose digest list has one."""

Quote = Callable[..., tuple[dict[str, Any], Ran]]


@pytest.fixture
def published(seller: Person, tmp_path: Path) -> dict[str, Any]:
    """What `model publish` said; 10 AIM and 0.5 for the delivery, due in an hour, two of grace."""
    file = write_model(tmp_path / "model.safetensors", SIZE)
    made: dict[str, Any] = seller.json(
        *("model", "publish", file, "--license", "MIT", "--name", "Tiny", "--price", "10"),
        *("--delivery-fee", "0.5", "--deliver-within", "1h", "--grace", "2h", "--yes"),
    )
    return made


@pytest.fixture
def offer(published: dict[str, Any]) -> str:
    return str(published["offer"])


@pytest.fixture
def forger(seller: Person, chain: Chain, published: dict[str, Any]) -> Forger:
    return Forger(seller, chain, published)


@pytest.fixture
def quote() -> Quote:
    """`quote(buyer, offer)`: the data, with the results by check, and how the command ended.

    The text for people must name the same checks, and the exit status fit the results.
    """

    def run(who: Person, *arguments: object) -> tuple[dict[str, Any], Ran]:
        ran = who.type("quote", *arguments, "--json")
        data = ran.json
        results = {check["check"]: check["result"] for check in data["checks"]}
        assert ran.status == (5 if "false" in results.values() else 0), ran.err
        for name, result in results.items():
            if result == "false":
                assert name in ran.err
        return {**data, "results": results}, ran

    return run


def false(data: dict[str, Any]) -> set[str]:
    """Names of the checks that are false."""
    return {name for name, result in data["results"].items() if result == "false"}


def says(data: dict[str, Any], name: str) -> str:
    """What a check says."""
    return str(next(check["says"] for check in data["checks"] if check["check"] == name))
