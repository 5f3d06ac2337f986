"""What tests share: a local chain per process with the contracts, as the script deploys them.

`chain` is the fixture to take: the contracts on a real anvil, put back after each test.

Tests see the interpreter as users do. py_ecc, a test oracle, lifts its recursion limit to where
the stack overflows: hostile nesting would crash the tests instead of raising RecursionError.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount

from daimm_cli.bindings.erc20 import ERC20
from daimm_cli.chain.book import Book
from daimm_cli.chain.client import Chain
from daimm_cli.chain.node import Node
from scripts._params import DEPLOYER, Params, for_chain
from scripts.deploy import deploy
from tools.chain import CHAIN_ID, LocalChain

# onnxruntime's Linux builds report models' names and hashes to their maker otherwise.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

LIMIT = sys.getrecursionlimit()


def pytest_runtest_setup() -> None:
    sys.setrecursionlimit(LIMIT)


def pytest_make_parametrize_id(config: object, val: object, argname: str) -> str | None:
    """Long or binary values make no names: they hide the test's, and an archive's has its time."""
    if isinstance(val, bytes) or (isinstance(val, str) and len(val) > 60):
        return f"{argname}-{len(val)}"
    return None


@pytest.fixture(scope="session")
def local_chain() -> Iterator[LocalChain]:
    """An anvil of this test process."""
    with LocalChain() as chain:
        yield chain


@pytest.fixture(scope="session")
def accounts(local_chain: LocalChain) -> list[LocalAccount]:
    """Funded accounts; the first one deployed the contracts and holds the AIM."""
    return [Account.from_key(account.key) for account in local_chain.accounts]


@pytest.fixture(scope="session")
def deployments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the address book: what DAIMM_DEPLOYMENTS is to name."""
    return tmp_path_factory.mktemp("deployments")


@pytest.fixture(scope="session")
def params() -> Params:
    """A local chain's, but the deployer governs and is paid: a test need not pass a vote."""
    return replace(for_chain(CHAIN_ID), admin=DEPLOYER, treasury=DEPLOYER)


@pytest.fixture(scope="session")
def deployed(
    local_chain: LocalChain, accounts: list[LocalAccount], params: Params, deployments: Path
) -> Book:
    """The book of the contracts that the deploy script put on the chain."""
    return deploy(Node.connect(local_chain.url), accounts[0], params, folder=deployments)


@pytest.fixture
def chain(local_chain: LocalChain, deployed: Book) -> Iterator[Chain]:
    """The contracts on the chain; whatever the test did is undone."""
    snapshot = local_chain.snapshot()
    yield Chain(Node.connect(local_chain.url), deployed)
    local_chain.revert(snapshot)


@pytest.fixture
def funded(chain: Chain, accounts: list[LocalAccount]) -> Callable[[int, int], LocalAccount]:
    """`funded(3, amount)`: the fourth account, given so much AIM (smallest units)."""

    def give(number: int, amount: int) -> LocalAccount:
        chain.node.send(ERC20(chain.aim).transfer(accounts[number].address, amount), accounts[0])
        return accounts[number]

    return give
