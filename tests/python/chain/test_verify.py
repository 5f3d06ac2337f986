"""What verify finds: each test plants a difference."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from eth_account.signers.local import LocalAccount

from daimm_cli.chain import book as books
from daimm_cli.chain.client import Chain
from daimm_cli.chain.node import Call, Node
from daimm_cli.protocol.curve import keccak
from scripts._artifacts import artifact
from scripts._creation import FACTORY
from scripts._params import Params
from scripts._plan import names
from scripts._settings import ADMIN_ROLE, GUARDIAN_ROLE
from scripts.deploy import deploy
from scripts.verify import report, verify
from tests.python.chain.samples import write
from tests.python.chain.test_deploy import NAMES, OTHER, developer, differences
from tests.python.chain.test_deploy import fresh as fresh
from tools.chain import CHAIN_ID, LocalChain

CAP = 10**19


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


@pytest.mark.parametrize("name", NAMES)
def test_verify_finds_every_immutable_that_is_another(
    name: str, chain: Chain, local_chain: LocalChain, params: Params
) -> None:
    """One byte of it; masked it is the sources' code still, and the book was written to fit."""
    entry, made = chain.book.contracts[name], artifact(name)
    code = chain.node.code(entry.address)
    for start, length in made.masks:
        changed = bytearray(code)
        changed[start + length - 1] ^= 1
        assert made.made(bytes(changed))
        local_chain.rpc("anvil_setCode", entry.address, "0x" + changed.hex())
        other = replace(entry, code_hash=keccak(bytes(changed)))
        book = replace(chain.book, contracts={**chain.book.contracts, name: other})
        assert differences(chain.node, book, params) == [f"{name}: code"]


@pytest.mark.parametrize("name", NAMES)
def test_verify_finds_a_book_that_lacks_a_contract(name: str, chain: Chain, params: Params) -> None:
    kept = {n: e for n, e in chain.book.contracts.items() if n != name}
    assert "contracts" in differences(chain.node, replace(chain.book, contracts=kept), params)


def test_verify_finds_parameters_that_were_not_deployed(chain: Chain, params: Params) -> None:
    team, court = params.vesting["team"], params.court
    assert court is not None
    for changed, found in [
        (
            {"treasury": OTHER},
            [
                *(*_all("Market"), *_all("Attestations"), *_all("Bonds")),
                *(*_all("KeyRequests"), "Secondary: code", *_all("Court")),
            ],
        ),
        ({"court": replace(court, seat=1)}, _all("Court")),
        ({"supply": {OTHER: 1}}, _both("AIMToken")),
        ({"governance": replace(params.governance, delay=121)}, _all("Timelock")),
        ({"governance": replace(params.governance, quorum=5)}, _all("DaimmGovernor")),
        ({"vesting": {}}, ["contracts", *_both("AIMToken")]),
        ({"vesting": {"team": replace(team, cliff=0)}}, _all("Vesting/team")),
        ({"vesting": {"team": replace(team, amount=1)}}, _both("AIMToken")),
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


def test_verify_finds_a_contract_that_was_created_with_something_else(
    chain: Chain, params: Params
) -> None:
    """Parameters and book agree, and the code has none of it: the holders of the supply."""
    other = replace(params, supply={OTHER: sum(params.supply.values())})
    entry = chain.book.contracts["AIMToken"]
    holders = [[OTHER, str(sum(params.supply.values()))], entry.arguments[0][-1]]
    written = replace(entry, arguments=(holders,))
    book = replace(chain.book, contracts={**chain.book.contracts, "AIMToken": written})
    assert differences(chain.node, book, other) == ["AIMToken: creation"]


def test_verify_finds_what_a_plain_transaction_created_with_something_else(
    fresh: LocalChain, params: Params, tmp_path: Path
) -> None:
    fresh.rpc("anvil_setCode", FACTORY, "0x")
    node = Node.connect(fresh.url)
    book = deploy(node, developer(fresh), params, folder=tmp_path)
    assert differences(node, book, params) == []
    swapped = replace(
        book.contracts["AIMToken"], transaction=book.contracts["AIMVotes"].transaction
    )
    other = replace(book, contracts={**book.contracts, "AIMToken": swapped})
    assert differences(node, other, params) == ["AIMToken: creation"]
    unknown = replace(swapped, transaction=bytes(32))
    other = replace(book, contracts={**book.contracts, "AIMToken": unknown})
    assert differences(node, other, params) == ["AIMToken: creation"]


def _both(name: str) -> list[str]:
    return [f"{name}: arguments", f"{name}: creation"]


def _all(name: str) -> list[str]:
    return [*_both(name), f"{name}: code"]


def test_verify_finds_a_book_that_says_later_blocks(
    chain: Chain, accounts: list[LocalAccount], params: Params
) -> None:
    """What was done before the first of them would not be looked at."""
    write(chain, accounts[0], "Authority", "grantRole", 77, OTHER, 0)
    last = chain.node.latest().number
    unknown = bytes(32)
    for changes in ({"block": last}, {"block": last, "transaction": unknown}):
        late = {name: replace(entry, **changes) for name, entry in chain.book.contracts.items()}
        found = differences(chain.node, replace(chain.book, contracts=late), params)
        assert found == [f"{name}: block" for name in names(params)]
    by_others = {n: replace(e, transaction=unknown) for n, e in chain.book.contracts.items()}
    found = differences(chain.node, replace(chain.book, contracts=by_others), params)
    assert found == [f"role 77: {OTHER}"]


def test_verify_finds_who_could_issue_licences_once(
    chain: Chain, accounts: list[LocalAccount], params: Params
) -> None:
    """What they gave away meanwhile is good for ever."""
    for allowed in (True, False):
        write(chain, accounts[0], "ModelLicense", "setIssuer", OTHER, allowed)
    assert differences(chain.node, chain.book, params) == [f"issuer {OTHER}"]


@pytest.mark.parametrize("arguments", [(), ([],), ("0x12",), (12,), (OTHER, OTHER)])
def test_verify_finds_arguments_that_are_none(
    arguments: tuple[object, ...], chain: Chain, params: Params
) -> None:
    for name in ("Authority", "AIMToken"):
        entry = replace(chain.book.contracts[name], arguments=arguments)
        book = replace(chain.book, contracts={**chain.book.contracts, name: entry})
        assert f"{name}: arguments" in differences(chain.node, book, params)
