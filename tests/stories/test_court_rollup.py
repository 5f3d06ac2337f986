"""A court where a sequencer makes the blocks: drand draws, by a round that it has published."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from eth_account.signers.local import LocalAccount

from daimm_cli.chain.book import Book
from daimm_cli.chain.client import Chain
from daimm_cli.chain.node import Node
from scripts._params import Court, Params
from scripts.deploy import deploy
from tests.python.cli.conftest import AIM, Person
from tests.python.market.test_court import BEACONS, Relay
from tools.chain import LocalChain

LAG = 2_400  # an hour more are 2,000 rounds: the published one is a tick
BEACON = next(beacon for beacon in BEACONS if beacon["round"] == 10_000_000)
PUBLISHED = 1_727_521_075 + 3 * (BEACON["round"] - 1)


@pytest.fixture(scope="session")
def local_chain() -> Iterator[LocalChain]:
    """Of the day before that round."""
    with LocalChain(genesis_time=PUBLISHED - 86_400) as chain:
        yield chain


@pytest.fixture(scope="session")
def deployments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("rollup")


@pytest.fixture(scope="session")
def deployed(
    local_chain: LocalChain, accounts: list[LocalAccount], params: Params, deployments: Path
) -> Book:
    court = Court(100 * AIM, 10**15, "drand", LAG)
    there = replace(params, court=court)
    return deploy(Node.connect(local_chain.url), accounts[0], there, folder=deployments)


def test_jurors_are_drawn_by_the_first_round_that_nobody_knew(
    person: Callable[..., Person], chain: Chain, local_chain: LocalChain
) -> None:
    ada = person("ada", 4, money=500 * AIM)
    ada("court", "join", 5, "--yes")
    court = chain.deployed.court
    cost = chain.node.view(court.arbitration_cost(b""))
    opened = PUBLISHED - LAG - 1
    local_chain.rpc("evm_setNextBlockTimestamp", opened)
    chain.node.send(court.create_dispute(2, b"", value=cost), ada.account)
    assert chain.node.view(court.dispute_of(1)).tick == BEACON["round"]

    # While its value may be known nobody comes or goes, and before it is there nobody draws.
    local_chain.travel(2)
    assert "draw it first" in ada.refused("court", "leave", 1, "--yes", status=3)
    local_chain.travel(LAG - 2)
    assert "Nothing is to be done" in ada.refused("court", "advance", 1, "--yes", status=3)
    local_chain.travel(1)
    told = {"round": BEACON["round"], "signature": BEACON["signature"][2:]}
    other = {**told, "signature": BEACONS[0]["signature"][2:]}
    settings = ada.home / "config.toml"
    for answer, drawn in ((other, False), (told, True)):
        with Relay(200, json.dumps(answer).encode()) as relay:
            settings.write_text(f'[profiles.local]\ndrand = "{relay.url}"\n')
            if drawn:
                assert ada.json("court", "advance", 1, "--yes")["done"] == ["draw 1"]
            else:
                said = ada.refused("court", "advance", 1, "--yes", status=3)
                assert "take its proof from the source itself" in said
    assert ada.json("court", "show", 1)["phase"] == "commit"
    ada("court", "leave", 2, "--yes")
