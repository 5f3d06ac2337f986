"""The deploy script run twice and killed at each step; verify finding all that is planted."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
import yaml
from eth_account import Account
from eth_account.signers.local import LocalAccount

from daimm_cli.base.errors import DaimmError
from daimm_cli.chain import book as books
from daimm_cli.chain.answers import Receipt
from daimm_cli.chain.book import Book
from daimm_cli.chain.client import Chain
from daimm_cli.chain.errors import NodeRefused
from daimm_cli.chain.node import Call, Node
from daimm_cli.chain.terms import ZERO_WORD
from daimm_cli.chain.transactions import Signed
from daimm_cli.protocol.curve import keccak
from scripts._artifacts import artifact
from scripts._creation import FACTORY
from scripts._params import Params, for_chain
from scripts._plan import names
from scripts._settings import ADMIN_ROLE, STOP, TIMELOCK_ADMIN, TIMELOCK_ROLES
from scripts.deploy import deploy
from scripts.verify import verify
from tests.python.chain.samples import write
from tools.chain import CHAIN_ID, ROOT, LocalChain, web3_of

OTHER = "0x00000000000000000000000000000000DeaDBeef"
CAP = 10**19
NAMES = sorted(names(for_chain(CHAIN_ID)))
SETTINGS = 11
"""Transactions after the creations."""


class Killed(BaseException):
    """Like a kill: nothing catches it."""


@pytest.fixture
def node(local_chain: LocalChain) -> Iterator[Node]:
    """A node whose chain is put back after the test."""
    snapshot = local_chain.snapshot()
    yield Node.connect(local_chain.url)
    local_chain.revert(snapshot)


@pytest.fixture
def fresh() -> Iterator[LocalChain]:
    """A chain on which nothing was sent."""
    with LocalChain() as running:
        yield running


def developer(chain: LocalChain) -> LocalAccount:
    return cast(LocalAccount, Account.from_key(chain.accounts[0].key))


def differences(node: Node, book: Book, params: Params) -> list[str]:
    return [check.what for check in verify(node, book, params) if not check.ok]


def test_a_second_run_does_nothing(
    chain: Chain, accounts: list[LocalAccount], params: Params, deployments: Path
) -> None:
    blocks = chain.node.latest().number
    file = deployments / f"{CHAIN_ID}.json"
    before = file.read_bytes()
    assert deploy(chain.node, accounts[0], params, folder=deployments) == chain.book
    assert chain.node.latest().number == blocks
    assert file.read_bytes() == before


def test_the_home_that_a_deployment_makes_is_closed_to_others(
    node: Node, accounts: list[LocalAccount], params: Params, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    deploy(node, accounts[0], params, folder=home / "deployments")
    assert [stat.S_IMODE(path.stat().st_mode) for path in (home, home / "deployments")] == [
        0o700,
        0o700,
    ]


def test_the_book_says_what_the_chain_says(chain: Chain) -> None:
    for entry in chain.book.contracts.values():
        receipt: Any = web3_of(chain.node).eth.get_transaction_receipt(entry.transaction)  # type: ignore[arg-type]
        assert receipt["contractAddress"] is None
        assert receipt["to"] == FACTORY
        assert receipt["blockNumber"] == entry.block
        assert keccak(chain.node.code(entry.address)) == entry.code_hash
    assert chain.book.contracts.keys() == set(NAMES)
    again = Book.from_json(chain.book.to_json().encode())
    assert list(again.contracts) == sorted(NAMES)
    assert again == chain.book


def test_the_documents_say_what_each_creation_takes(fresh: LocalChain, tmp_path: Path) -> None:
    text = (ROOT / "docs" / "deploy.md").read_text()
    said = re.findall(r"^\| \d+ \| (\w+)\b.*\| ([\d,]+) \|$", text, re.MULTILINE)
    node, params = Node.connect(fresh.url), for_chain(CHAIN_ID)
    book = deploy(node, developer(fresh), params, folder=tmp_path)
    takes = {}
    for name, entry in book.contracts.items():
        receipt = node.receipt(entry.transaction)
        assert receipt is not None
        takes[name.partition("/")[0]] = f"{receipt.gas_used:,}"
    assert dict(said) == takes
    count = len(verify(node, book, params))
    assert f"# {count} comparisons, status 1" in text


@pytest.mark.parametrize("factory", [True, False])
def test_a_process_killed_at_every_broadcast_finishes_and_does_nothing_twice(
    factory: bool, fresh: LocalChain, params: Params, tmp_path: Path
) -> None:
    if not factory:  # something else is there
        fresh.rpc("anvil_setCode", FACTORY, "0x00")
    node, deployer = Node.connect(fresh.url), developer(fresh)
    broadcast = node.broadcast
    signed_once: set[bytes] = set()
    sent: list[Signed] = []

    def killing(signed: Signed) -> None:
        if signed.hash not in signed_once:
            signed_once.add(signed.hash)
            raise Killed
        broadcast(signed)
        if signed not in sent:
            sent.append(signed)
            raise Killed

    node.broadcast = killing  # type: ignore[method-assign]
    for runs in range(200):  # noqa: B007
        try:
            book = deploy(node, deployer, params, folder=tmp_path)
            break
        except Killed:
            pass
    assert runs == 2 * len(sent)
    assert node.nonce(deployer.address) == len(sent) == len(book.contracts) + SETTINGS
    assert {entry.transaction for entry in book.contracts.values()} < {s.hash for s in sent}
    assert {s.call.to == FACTORY for s in sent[: len(book.contracts)]} == {factory}
    assert differences(node, book, params) == []
    assert not list(tmp_path.glob("*pending*"))


def test_addresses_are_the_same_on_every_chain_and_whatever_was_sent_before(
    fresh: LocalChain, chain: Chain, params: Params, tmp_path: Path
) -> None:
    node, deployer = Node.connect(fresh.url), developer(fresh)
    node.send(Call(OTHER, b"", "send nothing"), deployer)
    book = deploy(node, deployer, params, folder=tmp_path)
    for name, entry in book.contracts.items():
        assert entry.address == chain.book.address(name)


def test_a_book_that_was_lost_is_written_again_by_another_run(
    node: Node, deployed: Book, accounts: list[LocalAccount], params: Params, tmp_path: Path
) -> None:
    before = node.nonce(accounts[0].address)
    assert deploy(node, accounts[0], params, folder=tmp_path) == deployed
    assert node.nonce(accounts[0].address) == before


def test_what_somebody_else_put_there_first_is_recorded(
    fresh: LocalChain, params: Params, tmp_path: Path
) -> None:
    """Once before, once between signature and broadcast, once through a contract of theirs."""
    node, deployer = Node.connect(fresh.url), developer(fresh)
    stranger = Account.from_key(fresh.accounts[1].key)
    made = ZERO_WORD + artifact("Authority").creation([deployer.address])
    first = node.send(Call(FACTORY, made, "be first"), stranger)
    forward = bytes.fromhex(f"602b380380602b5f395f5f825f5f73{FACTORY[2:]}5af1602957fe5b00")
    node.send(
        Call(None, forward + ZERO_WORD + artifact("ContentProof").creation([]), "go"), stranger
    )
    fresh.mine(3)
    broadcast = node.broadcast
    faster: list[Receipt] = []

    def late(signed: Signed) -> None:
        if signed.call.doing == "create RevenueSplitter" and not faster:
            raw = signed.call.data
            node.broadcast = broadcast  # type: ignore[method-assign]
            faster.append(node.send(Call(FACTORY, raw, "be faster"), stranger))
        broadcast(signed)

    node.broadcast = late  # type: ignore[method-assign]
    lines: list[str] = []
    book = deploy(node, deployer, params, folder=tmp_path, say=lines.append)
    assert sum("there already" in line for line in lines) == 3
    entry = book.contracts["Authority"]
    assert (entry.transaction, entry.block) == (first.hash, first.block)
    entry = book.contracts["ContentProof"]
    assert (entry.transaction, entry.block) == (ZERO_WORD, first.block + 1)
    entry = book.contracts["RevenueSplitter"]
    assert (entry.transaction, entry.block) == (faster[0].hash, faster[0].block)
    assert differences(node, book, params) == []


def test_a_new_market_stands_beside_its_former_self(
    node: Node, deployed: Book, accounts: list[LocalAccount], params: Params, tmp_path: Path
) -> None:
    books.save(deployed, tmp_path)
    book = deploy(node, accounts[0], params, folder=tmp_path, replace="Market")
    replaced = book.former[0]
    above = {"Bonds", "CoverPool/aim", "KeyRequests", "Rebates", "Reviews", "Secondary"}
    assert replaced.keys() == {"Market"} | above
    assert replaced == {name: deployed.contracts[name] for name in replaced}
    changed = {n for n in book.contracts if book.contracts[n] != deployed.contracts[n]}
    assert changed == replaced.keys()


def test_nothing_is_replaced_before_a_deployment_is_finished(
    node: Node, deployed: Book, accounts: list[LocalAccount], params: Params, tmp_path: Path
) -> None:
    books.save(deployed.succeeded("Bonds"), tmp_path)
    with pytest.raises(DaimmError, match="not finished"):
        deploy(node, accounts[0], params, folder=tmp_path, replace="Market")


def test_without_old_states_what_was_there_counts_from_the_first_block(
    fresh: LocalChain, params: Params, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    node, deployer = Node.connect(fresh.url), developer(fresh)
    made = ZERO_WORD + artifact("Authority").creation([deployer.address])
    node.send(Call(FACTORY, made, "be first"), deployer)
    ask = node.ask

    def pruned(method: str, *parameters: Any) -> Any:
        if method == "eth_getCode" and parameters[1] != "latest":
            raise NodeRefused({"code": -32000, "message": "missing trie node"})
        return ask(method, *parameters)

    monkeypatch.setattr(node, "ask", pruned)
    assert deploy(node, deployer, params, folder=tmp_path).contracts["Authority"].block == 0


def test_roles_end_with_the_timelock(
    node: Node, accounts: list[LocalAccount], tmp_path: Path
) -> None:
    params = for_chain(CHAIN_ID)
    book = deploy(node, accounts[8], params, folder=tmp_path)
    deployed = Chain(node, book).deployed
    timelock, governor = book.address("Timelock"), book.address("DaimmGovernor")
    assert node.view(deployed.authority.has_role(ADMIN_ROLE, timelock)).is_member
    assert not node.view(deployed.authority.has_role(ADMIN_ROLE, accounts[8].address)).is_member
    for role in (TIMELOCK_ADMIN, *TIMELOCK_ROLES):
        assert not node.view(deployed.timelock.has_role(role, accounts[8].address))
        assert node.view(deployed.timelock.has_role(role, governor)) == (role in TIMELOCK_ROLES)
    assert differences(node, book, params) == []
    assert deploy(node, accounts[8], params, folder=tmp_path) == book
    with pytest.raises(DaimmError, match="governance named"):
        write(Chain(node, book), accounts[8], "Market", "setToken", OTHER, True, 1, 0)


def test_what_only_governance_can_do_becomes_a_proposal(
    node: Node, accounts: list[LocalAccount], tmp_path: Path
) -> None:
    params = for_chain(CHAIN_ID)
    first = deploy(node, accounts[8], params, folder=tmp_path)
    lines: list[str] = []
    book = deploy(node, accounts[7], params, folder=tmp_path, say=lines.append, replace="Market")
    file = tmp_path / f"{CHAIN_ID}.proposal.yaml"
    assert lines[-1] == f"Next, what only governance can do: daimm dao propose {file}"
    market = Chain(node, book).deployed.market
    told = yaml.safe_load(file.read_text())["calls"]
    assert [(call["target"], call["call"]) for call in told] == [
        ("Authority", "setTargetFunctionRole"),
        ("ModelLicense", "setIssuer"),
        ("Market", "setToken"),
        ("Rebates", "setRates"),
    ]
    assert told[1]["arguments"] == {"issuer": "Market", "allowed": True}
    assert {*differences(node, book, params)} == {
        f"role to call 0x{STOP.hex()} of {market.address}",
        f"issuer {market.address}",
        f"issuer {first.address('Market')}",  # it goes on until governance ends that
        f"token {book.address('AIMToken')}",
        "Rebates: rates",
    }
    books.save(first, tmp_path)
    deploy(node, accounts[7], params, folder=tmp_path)
    assert not file.exists()


def test_nobody_else_finishes_what_only_the_first_account_can(
    node: Node,
    accounts: list[LocalAccount],
    params: Params,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("scripts._deployment.settle", lambda *_: [])
    deploy(node, accounts[8], params, folder=tmp_path)
    monkeypatch.undo()
    with pytest.raises(DaimmError, match=f"run it with {accounts[8].address}"):
        deploy(node, accounts[7], params, folder=tmp_path)


def test_where_a_person_governs_they_are_named(
    node: Node, accounts: list[LocalAccount], params: Params, tmp_path: Path
) -> None:
    params = replace(params, admin=accounts[5].address)
    deploy(node, accounts[8], params, folder=tmp_path)
    changed = replace(params, fees={"AIM": 7})
    with pytest.raises(DaimmError, match=f"{accounts[5].address} governs"):
        deploy(node, accounts[8], changed, folder=tmp_path)
    deploy(node, accounts[5], changed, folder=tmp_path)


def test_who_cannot_fill_the_faucet_leaves_it_empty(
    node: Node, accounts: list[LocalAccount], params: Params, tmp_path: Path
) -> None:
    lines: list[str] = []
    params = replace(params, supply={OTHER: 1})
    deploy(node, accounts[8], params, folder=tmp_path, say=lines.append)
    assert any(line.startswith("the faucet stays empty") for line in lines)


def test_another_deployment_in_the_book_of_a_public_chain_is_refused(
    node: Node,
    accounts: list[LocalAccount],
    params: Params,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    deploy(node, accounts[8], params, folder=tmp_path)
    monkeypatch.setattr("scripts._creation.LOCAL_CHAINS", frozenset())
    other = replace(params, treasury=OTHER)
    with pytest.raises(DaimmError, match="another Market"):
        deploy(node, accounts[8], other, folder=tmp_path)


def test_parameters_of_another_chain_are_refused(
    node: Node, accounts: list[LocalAccount], params: Params
) -> None:
    with pytest.raises(DaimmError, match="chain 5, not 31337"):
        deploy(node, accounts[8], replace(params, chain_id=5))
