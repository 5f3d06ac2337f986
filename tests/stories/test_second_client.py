"""A deployment and a sale on geth, the most used client, as on anvil.

Left out only where neither `geth` nor Go, which builds it, is installed.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount

from daimm_cli.base.errors import ChainRefused
from daimm_cli.bindings.structs import Bps
from daimm_cli.chain.client import Chain
from daimm_cli.chain.node import Call, Node
from daimm_cli.chain.terms import ZERO_WORD
from daimm_cli.governance.proposals import Proposal
from daimm_cli.governance.simulation import simulated
from scripts._artifacts import artifact
from scripts._creation import FACTORY, FACTORY_CODE, create2
from scripts._params import Params, for_chain
from scripts._plan import plan
from scripts.deploy import deploy
from scripts.verify import verify
from tests.python.cli.conftest import AIM, Person
from tools.chain import CHAIN_ID
from tools.geth import LocalGeth, find

pytestmark = pytest.mark.skipif(
    find() is None and shutil.which("go") is None,
    reason="neither geth nor Go, which builds it, is installed",
)


@pytest.fixture(scope="module")
def local_chain() -> Iterator[LocalGeth]:
    with LocalGeth() as running:
        yield running


@pytest.fixture(scope="module")
def accounts(local_chain: LocalGeth) -> list[LocalAccount]:
    """The developer, and two more with ether."""
    developer = Account.from_key(local_chain.developer.key)
    node = Node.connect(local_chain.url)
    others = [Account.create() for _ in range(2)]
    for other in others:
        node.send(Call(other.address, b"", "give ether", value=10**18), developer)
    return [developer, *others]


@pytest.fixture(scope="module")
def params() -> Params:
    """Those of every local chain."""
    return replace(for_chain(CHAIN_ID), chain_id=1337)


@pytest.fixture(scope="module")
def chain(
    local_chain: LocalGeth, accounts: list[LocalAccount], params: Params, deployments: Path
) -> Chain:
    node = Node.connect(local_chain.url)
    return Chain(node, deploy(node, accounts[0], params, folder=deployments))


def test_what_is_deployed_is_what_the_sources_say(chain: Chain, params: Params) -> None:
    checks = verify(chain.node, chain.book, params)
    assert len(checks) > 100
    assert [check.what for check in checks if not check.ok] == []


def test_addresses_follow_from_what_is_deployed(
    chain: Chain, accounts: list[LocalAccount], params: Params
) -> None:
    assert chain.node.code(FACTORY) == FACTORY_CODE
    for name, arguments in plan(params, accounts[0].address, chain.book.address):
        code = artifact(name).creation(arguments)
        assert chain.book.address(name) == create2(ZERO_WORD, code)


def test_a_proposal_is_tried_as_on_anvil(chain: Chain) -> None:
    """Calls see each other, events are told, the governor takes its own, a refusal has a reason."""
    market, governor = chain.deployed.market, chain.deployed.governor

    def asking(fee: int) -> Proposal:
        calls = market.set_token(chain.aim, True, Bps(fee), 1), governor.set_voting_delay(90)
        targets = market.address, governor.address
        return Proposal(targets, (0, 0), tuple(call.data for call in calls), b"# A change")

    told = [effect.events or () for effect in simulated(chain, asking(50))]
    assert ["TokenSet" in told[0][0], "VotingDelaySet" in told[1][0]] == [True, True]
    with pytest.raises(ChainRefused, match=r"Call 1 .*5%"):
        simulated(chain, asking(501))


def test_a_whole_sale(
    seller: Person,
    buyer: Person,
    model_file: Path,
    chain: Chain,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    offer = seller.json(
        *("model", "publish", model_file, "--license", "MIT", "--price", "10", "--yes")
    )["offer"]
    quoted = buyer.json("quote", offer)
    assert quoted["purchase"]["simulated"]
    bought = buyer.json("buy", offer, "--max-price", "10 AIM", "--yes")["orders"][0]
    seller("order", "deliver", "--all", "--yes")
    buyer("license", "fetch", bought["license"], "--output", "opened.safetensors")
    assert Path("opened.safetensors").read_bytes() == model_file.read_bytes()
    seller("withdraw", "--yes")
    assert chain.balance(chain.aim, seller.account.address) == 10 * AIM - AIM // 10
    assert chain.balance(chain.aim, buyer.account.address) == 90 * AIM
