"""A chain of its own on which the timelock is the only administrator, and people who decide."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from eth_account import Account
from eth_account.signers.local import LocalAccount

from daimm_cli.chain.book import Book
from daimm_cli.chain.client import Chain
from daimm_cli.chain.node import Node
from daimm_cli.protocol.curve import keccak
from scripts._params import DEPLOYER, Governance, Params, Vested, for_chain
from scripts.deploy import deploy
from tests.python.cli.conftest import AIM, Person
from tools.chain import LocalChain

DAY = 86_400
GOVERNANCE = Governance(
    delay=2 * DAY,
    voting_delay=DAY,
    voting_period=3 * DAY,
    late_quorum=DAY,
    proposal_threshold=1_000 * AIM,
    quorum=4,
    quorum_floor=10_000 * AIM,
)


@pytest.fixture(scope="session")
def local_chain() -> Iterator[LocalChain]:
    """Of its own: what other tests deploy has another administrator, and the same addresses."""
    with LocalChain() as chain:
        yield chain


@pytest.fixture(scope="session")
def accounts(local_chain: LocalChain) -> list[LocalAccount]:
    return [Account.from_key(account.key) for account in local_chain.accounts]


@pytest.fixture(scope="session")
def deployments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("governed")


@pytest.fixture(scope="session")
def params(local_chain: LocalChain, accounts: list[LocalAccount]) -> Params:
    """With the timelock as the only one who administers the contracts."""
    beneficiary, start = accounts[5].address, local_chain.now()
    return replace(
        for_chain(local_chain.chain_id),
        treasury=DEPLOYER,  # so that nothing in the market is the timelock's own
        governance=GOVERNANCE,
        supply={DEPLOYER: 10**27 - 400 * AIM},
        vesting={"team": Vested(beneficiary, 400 * AIM, start, 400 * DAY, 100 * DAY)},
    )


@pytest.fixture(scope="session")
def deployed(
    local_chain: LocalChain, accounts: list[LocalAccount], params: Params, deployments: Path
) -> Book:
    return deploy(Node.connect(local_chain.url), accounts[0], params, folder=deployments)


@dataclass(frozen=True)
class Assembly:
    """A voter with enough votes, and the clock."""

    voter: Person
    chain: Chain
    local_chain: LocalChain
    desk: Path

    def file(self, *calls: dict[str, Any], title: str = "A change") -> Path:
        path = self.desk / f"{keccak(repr((calls, title)).encode()).hex()[:8]}.yaml"
        told = {"title": title, "description": "As was talked about.", "calls": list(calls)}
        path.write_text(yaml.safe_dump(told))
        return path

    def propose(self, *calls: dict[str, Any], who: Person | None = None) -> str:
        proposer = who or self.voter
        return str(proposer.json("dao", "propose", self.file(*calls), "--yes")["proposal"])

    def until(self, proposal: str, moment: str) -> None:
        """Travel to the second after a clock of the proposal."""
        at = self.voter.json("dao", "show", proposal)[moment]
        self.local_chain.travel(max(at - self.local_chain.now(), 0) + 1)

    def accept(self, proposal: str, who: Person | None = None) -> None:
        """Vote it through, and put it into the timelock."""
        self.until(proposal, "vote_start")
        (who or self.voter)("dao", "vote", proposal, "for", "--yes")
        self.until(proposal, "ends_at")
        (who or self.voter)("dao", "queue", proposal, "--yes")
        self.until(proposal, "due_at")

    def carry(self, *calls: dict[str, Any], who: Person | None = None) -> str:
        """From a file to what it does."""
        proposal = self.propose(*calls, who=who)
        self.accept(proposal, who)
        self.voter("dao", "execute", proposal, "--yes")
        return proposal


def set_token(token: str = "AIMToken", **changes: Any) -> dict[str, Any]:
    given = {"token": token, "allowed": True, "fee": 50, "maxDeliveryFee": "10 AIM", **changes}
    return {"target": "Market", "call": "setToken", "arguments": given}


@pytest.fixture
def dao(
    person: Callable[..., Person], chain: Chain, local_chain: LocalChain, tmp_path: Path
) -> Assembly:
    voter = person("voter", 3, money=20_000 * AIM)
    voter("token", "wrap", 20_000, "--yes")
    local_chain.travel(10)
    return Assembly(voter, chain, local_chain, tmp_path)
