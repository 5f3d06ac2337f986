"""The deploy script run twice and killed at each step; verify finding all that is planted."""

from __future__ import annotations

import re
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
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
from scripts._params import FOLDER, Params, for_chain, read
from scripts._plan import plan
from scripts.deploy import ADMIN_ROLE, GUARDIAN_ROLE, deploy
from scripts.verify import report, verify
from tests.python.chain.samples import write
from tools.chain import CHAIN_ID, ROOT, LocalChain, web3_of

OTHER = "0x00000000000000000000000000000000DeaDBeef"
CAP = 10**19
NAMES = sorted(plan(for_chain(CHAIN_ID), OTHER))
SETTINGS = 5
"""Transactions after the creations."""


class Killed(BaseException):
    """Like a kill: nothing catches it."""


@pytest.fixture
def params() -> Params:
    return for_chain(CHAIN_ID)


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


def test_the_documents_say_what_each_creation_takes(chain: Chain) -> None:
    text = (ROOT / "docs" / "deploy.md").read_text()
    said = re.findall(r"^\| \d+ \| (\w+)\b.*\| ([\d,]+) \|$", text, re.MULTILINE)
    takes = {}
    for name, entry in chain.book.contracts.items():
        receipt: Any = web3_of(chain.node).eth.get_transaction_receipt(entry.transaction)  # type: ignore[arg-type]
        takes[name] = f"{receipt['gasUsed']:,}"
    assert dict(said) == takes


@pytest.mark.parametrize("factory", [True, False])
def test_a_process_killed_at_every_broadcast_finishes_and_does_nothing_twice(
    factory: bool, fresh: LocalChain, params: Params, tmp_path: Path
) -> None:
    if not factory:
        fresh.rpc("anvil_setCode", FACTORY, "0x")
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
    runs = 0
    while True:
        try:
            book = deploy(node, deployer, params, folder=tmp_path)
            break
        except Killed:
            runs += 1
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
    books.save(deployed.succeeded("Market"), tmp_path)
    book = deploy(node, accounts[0], params, folder=tmp_path)
    replaced = book.former[0]
    assert replaced.keys() == {"Market", "Bonds"}
    assert replaced == {name: deployed.contracts[name] for name in replaced}
    changed = {n for n in book.contracts if book.contracts[n] != deployed.contracts[n]}
    assert changed == replaced.keys()


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


def test_with_another_admin_the_deployer_keeps_nothing(
    node: Node, accounts: list[LocalAccount], params: Params, tmp_path: Path
) -> None:
    given = replace(params, admin=accounts[5].address, guardian=accounts[6].address)
    book = deploy(node, accounts[8], given, folder=tmp_path)
    manager = Chain(node, book).deployed.authority
    for role in (ADMIN_ROLE, GUARDIAN_ROLE):
        assert not node.view(manager.has_role(role, accounts[8].address)).is_member
    assert differences(node, book, given) == []
    assert deploy(node, accounts[8], given, folder=tmp_path) == book
    with pytest.raises(DaimmError, match="governance named"):
        write(Chain(node, book), accounts[8], "Market", "setToken", OTHER, True, 1, 0)


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


def test_every_parameter_file_is_valid_and_of_its_own_chain() -> None:
    files = sorted(FOLDER.glob("*.yaml"))
    chains = {read(file).chain_id for file in files}
    assert len(chains) == len(files) >= 3


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("chain_id: 31337", ""),
        ("chain_id: 31337", "chain_id: '31337'"),
        ("chain_id: 31337", "chain_id: -1"),
        ("admin: deployer", "admn: deployer"),
        ("admin: deployer", "admin: 0x1234"),
        ("treasury: deployer", "treasury: '0x00000000000000000000000000000000DeaDBeeF'"),
        ("  deployer: 1_000_000_000", "  deployer: 1.5"),
        ("  fill: 100_000_000", ""),
        ("  AIM: 100", "  USD: 100"),
        ("\nfees:", "\nfees: ["),
        ("\nfees:", "\nextra: 1\nfees:"),
        ("  AIM: 10_000", f"  '{OTHER}': 10_000"),
    ],
)
def test_a_bad_parameter_file_is_named(old: str, new: str, tmp_path: Path) -> None:
    file = tmp_path / "bad.yaml"
    good = (FOLDER / "local.yaml").read_text()
    assert old in good
    file.write_text(good.replace(old, new))
    with pytest.raises(DaimmError, match=r"bad\.yaml"):
        read(file)


# What verify has to find: each plants one difference.


def _role(chain: Chain, admin: LocalAccount) -> None:
    write(chain, admin, "Authority", "grantRole", ADMIN_ROLE, OTHER, 0)


def _unknown_role(chain: Chain, admin: LocalAccount) -> None:
    write(chain, admin, "Authority", "grantRole", 77, OTHER, 0)


def _delayed_guardian(chain: Chain, admin: LocalAccount) -> None:
    write(chain, admin, "Authority", "grantRole", GUARDIAN_ROLE, admin.address, 3600)


def _lost_guardian(chain: Chain, admin: LocalAccount) -> None:
    write(chain, admin, "Authority", "revokeRole", GUARDIAN_ROLE, admin.address)


def _function_role(chain: Chain, admin: LocalAccount) -> None:
    selector = keccak(b"setToken(address,bool,uint16,uint128)")[:4]
    write(
        chain,
        admin,
        "Authority",
        "setTargetFunctionRole",
        chain.market,
        [selector],
        GUARDIAN_ROLE,
    )


def _role_admin(chain: Chain, admin: LocalAccount) -> None:
    write(chain, admin, "Authority", "setRoleAdmin", GUARDIAN_ROLE, 77)


def _closed(chain: Chain, admin: LocalAccount) -> None:
    write(chain, admin, "Authority", "setTargetClosed", chain.market, True)


def _issuer(chain: Chain, admin: LocalAccount) -> None:
    write(chain, admin, "ModelLicense", "setIssuer", OTHER, True)


def _no_issuer(chain: Chain, admin: LocalAccount) -> None:
    write(chain, admin, "ModelLicense", "setIssuer", chain.market, False)


def _fee(chain: Chain, admin: LocalAccount) -> None:
    write(chain, admin, "Market", "setToken", chain.aim, True, 101, CAP)


def _cap(chain: Chain, admin: LocalAccount) -> None:
    write(chain, admin, "Market", "setToken", chain.aim, True, 100, CAP + 1)


def _token(chain: Chain, admin: LocalAccount) -> None:
    write(chain, admin, "Market", "setToken", OTHER, True, 0, 0)


def _authority(chain: Chain, admin: LocalAccount) -> None:
    target = chain.book.address("ModelLicense")
    made = chain.node.send(
        Call(None, artifact("Authority").creation([admin.address]), "plant"), admin
    )
    write(chain, admin, "Authority", "updateAuthority", target, made.created)


PLANTED: dict[str, Callable[[Chain, LocalAccount], None]] = {
    f"role admin: {OTHER}": _role,
    f"role 77: {OTHER}": _unknown_role,
    "role guardian: {admin}": _delayed_guardian,
    "role guardian: {admin} ": _lost_guardian,
    "role to call 0x{selector} of {market}": _function_role,
    "RoleAdminChanged since the deployment": _role_admin,
    "Market: closed to governance": _closed,
    f"issuer {OTHER}": _issuer,
    "issuer {market}": _no_issuer,
    "token {aim}": _fee,
    "token {aim} ": _cap,
    f"token {OTHER}": _token,
    "ModelLicense: authority": _authority,
}


@pytest.mark.parametrize("what", PLANTED)
def test_verify_finds_what_was_changed(
    what: str, chain: Chain, accounts: list[LocalAccount], params: Params
) -> None:
    assert differences(chain.node, chain.book, params) == []
    PLANTED[what](chain, accounts[0])
    expected = what.strip().format(
        admin=accounts[0].address,
        selector=keccak(b"setToken(address,bool,uint16,uint128)")[:4].hex(),
        market=chain.market,
        aim=chain.aim,
    )
    assert differences(chain.node, chain.book, params) == [expected]


@pytest.mark.parametrize("name", NAMES)
def test_verify_finds_other_code(
    name: str,
    chain: Chain,
    local_chain: LocalChain,
    params: Params,
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = bytearray(chain.node.code(chain.book.address(name)))
    code[5] ^= 1
    local_chain.rpc("anvil_setCode", chain.book.address(name), "0x" + code.hex())
    checks = verify(chain.node, chain.book, params)
    assert [c.what for c in checks if not c.ok] == [f"{name}: code hash", f"{name}: code"]
    assert not report(checks)
    assert f"BAD  {name}: code" in capsys.readouterr().out


def test_verify_finds_no_code(chain: Chain, local_chain: LocalChain, params: Params) -> None:
    local_chain.rpc("anvil_setCode", chain.market, "0x")
    assert differences(chain.node, chain.book, params) == ["Market: code hash", "Market: code"]


def test_verify_finds_another_immutable(
    chain: Chain, local_chain: LocalChain, params: Params
) -> None:
    """The treasury in the code is another, and the book was written to fit the code."""
    made = artifact("Market")
    code = chain.node.code(chain.market)
    treasury = bytes.fromhex(params.resolved(_deployer(chain)).treasury[2:])
    changed = code.replace(treasury, bytes.fromhex(OTHER[2:]))
    assert changed != code
    assert made.made(changed)
    local_chain.rpc("anvil_setCode", chain.market, "0x" + changed.hex())
    entry = replace(chain.book.contracts["Market"], code_hash=keccak(changed))
    book = replace(chain.book, contracts={**chain.book.contracts, "Market": entry})
    assert differences(chain.node, book, params) == ["Market: treasury"]


@pytest.mark.parametrize("name", NAMES)
def test_verify_finds_a_book_that_lacks_a_contract(name: str, chain: Chain, params: Params) -> None:
    kept = {n: e for n, e in chain.book.contracts.items() if n != name}
    assert "contracts" in differences(chain.node, replace(chain.book, contracts=kept), params)


def test_verify_finds_parameters_that_were_not_deployed(chain: Chain, params: Params) -> None:
    for changed, found in [
        ({"treasury": OTHER}, ["Market: arguments", "Bonds: arguments"]),
        ({"supply": {OTHER: 1}}, ["AIMToken: arguments"]),
        ({"faucet": None}, ["contracts"]),
        ({"fees": {"AIM": 7}}, [f"token {chain.aim}"]),
    ]:
        assert differences(chain.node, chain.book, replace(params, **changed)) == found  # type: ignore[arg-type]


def test_the_deployment_fits_for_a_stranger(
    chain: Chain, params: Params, deployments: Path, tmp_path: Path
) -> None:
    shutil.copy(deployments / f"{CHAIN_ID}.json", tmp_path)
    book = books.load(CHAIN_ID, {"DAIMM_DEPLOYMENTS": str(tmp_path)})
    checks = verify(chain.node, book, params)
    assert all(check.ok for check in checks)
    assert len(checks) > 40


def _deployer(chain: Chain) -> str:
    return str(chain.book.contracts["Authority"].arguments[0])
