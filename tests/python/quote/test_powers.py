"""Who could change what: read from the chain, also after it was changed."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path
from typing import Any

import pytest
from eth_account.signers.local import LocalAccount

from daimm_cli.bindings.values import encode
from daimm_cli.chain.client import Chain
from daimm_cli.chain.node import Call
from daimm_cli.index.index import Index
from daimm_cli.protocol.curve import keccak
from daimm_cli.quote import powers
from daimm_cli.quote.checks import Result
from daimm_cli.quote.powers import ADMIN, PUBLIC
from scripts._artifacts import artifact
from tests.python.chain.samples import write
from tests.python.cli.conftest import Person
from tests.python.quote.conftest import Quote, false, says
from tools.chain import LocalChain

DAY = 86400
STOP = keccak(b"stopNewBusiness(uint40)")[:4]


def act(chain: Chain, account: LocalAccount, function: str, *values: Any) -> None:
    write(chain, account, "Authority", function, *values)


def holders(data: dict[str, Any], role: int) -> dict[str, int]:
    """Account to delay."""
    found = data["powers"]["roles"][str(role)]["holders"]
    return {holder["account"]: holder["delay"] for holder in found}


def test_as_it_was_deployed(
    buyer: Person, offer: str, chain: Chain, accounts: list[LocalAccount], quote: Quote
) -> None:
    data, _ = quote(buyer, offer)
    told = data["powers"]
    market = {"set token": "0", "stop": "1", "resume": "0", "set issuer": "0"}
    rebates = {"set rates": "0", "take back": "0"}
    has_rebates = "Rebates" in chain.book.contracts
    assert told["functions"] == market | (rebates if has_rebates else {})
    assert holders(data, ADMIN) == holders(data, 1) == {accounts[0].address: 0}
    assert (told["protocol_fee"], told["protocol_fee_cap"]) == (100, 500)
    assert (told["stop_cap"], told["stop_pause"]) == (14 * DAY, 30 * DAY)
    assert told["nobody_moves_escrow"] is told["nobody_changes_orders"] is True
    text = buyer("quote", offer).out
    for part in (
        f"{accounts[0].address} (at once) may set up to 5% for later purchases",
        "for 14 days at most and then not for 30 days",
        "Deliveries, refunds and withdrawals never stop.",
        "nobody can move it elsewhere or change an open order",
    ):
        assert part in text


def test_another_admin_with_a_delay_and_one_who_left(
    buyer: Person, offer: str, chain: Chain, accounts: list[LocalAccount], quote: Quote
) -> None:
    quote(buyer, offer)
    act(chain, accounts[0], "grantRole", ADMIN, accounts[7].address, 2 * DAY)
    act(chain, accounts[0], "grantRole", ADMIN, accounts[8].address, 0)
    data, _ = quote(buyer, offer)
    assert holders(data, ADMIN) == {
        accounts[0].address: 0, accounts[7].address: 2 * DAY, accounts[8].address: 0,
    }  # fmt: skip
    act(chain, accounts[8], "revokeRole", ADMIN, accounts[0].address)
    act(chain, accounts[8], "renounceRole", ADMIN, accounts[8].address)
    assert holders(quote(buyer, offer)[0], ADMIN) == {accounts[7].address: 2 * DAY}
    assert f"{accounts[7].address} (after 2 days): names" in buyer("quote", offer).out


def test_a_guardian_who_starts_later(
    buyer: Person, offer: str, chain: Chain, accounts: list[LocalAccount], quote: Quote,
    local_chain: LocalChain,
) -> None:  # fmt: skip
    act(chain, accounts[0], "setGrantDelay", 1, 3 * DAY)
    local_chain.travel(6 * DAY)
    act(chain, accounts[0], "grantRole", 1, accounts[7].address, 0)
    data, _ = quote(buyer, offer)
    assert accounts[7].address in holders(data, 1)
    told = buyer("quote", offer).out
    assert f"{accounts[7].address} (at once from 20" in told


def test_a_stop_that_anybody_may_call_or_nobody(
    buyer: Person, offer: str, chain: Chain, accounts: list[LocalAccount], quote: Quote
) -> None:
    act(chain, accounts[0], "setTargetFunctionRole", chain.market, [STOP], PUBLIC)
    data, _ = quote(buyer, offer)
    assert data["powers"]["functions"]["stop"] == str(PUBLIC)
    assert "anybody, at once may stop" in buyer("quote", offer).out
    act(chain, accounts[0], "setTargetClosed", chain.market, True)
    data, _ = quote(buyer, offer)
    assert data["powers"]["functions"]["stop"] is None
    assert "nobody (closed) may stop" in buyer("quote", offer).out
    assert false(data) == set()


def test_a_role_of_its_own_and_who_administers_it(
    buyer: Person, offer: str, chain: Chain, accounts: list[LocalAccount], quote: Quote
) -> None:
    act(chain, accounts[0], "setTargetFunctionRole", chain.market, [STOP], 1 << 63)
    act(chain, accounts[0], "setRoleAdmin", 1 << 63, 77)
    act(chain, accounts[0], "grantRole", 77, accounts[7].address, 60)
    data, _ = quote(buyer, offer)
    assert data["powers"]["functions"]["stop"] == str(1 << 63)
    assert holders(data, 1 << 63) == {}
    assert holders(data, 77) == {accounts[7].address: 60}


def test_a_role_that_was_taken_and_given_again(
    chain: Chain, accounts: list[LocalAccount], tmp_path: Path
) -> None:
    other = accounts[7].address
    with Index.open(tmp_path, chain) as index:
        for function, values, held in (
            ("grantRole", (5, other, 0), [other]),
            ("revokeRole", (5, other), []),
            ("grantRole", (5, other, 9), [other]),
            ("grantRole", (5, other, 8), [other]),
        ):
            act(chain, accounts[0], function, *values)
            index.sync()
            assert index.role_holders(5) == held


@pytest.mark.parametrize("label", [b"\xff\xfe", b"A" * 70_000])
def test_governance_cannot_keep_anybody_from_reading_events(
    chain: Chain, accounts: list[LocalAccount], tmp_path: Path, label: bytes
) -> None:
    """A role's label can be no text at all, or longer than any event of ours."""
    selector = keccak(b"labelRole(uint64,string)")[:4]
    data = selector + encode(["uint64", "bytes"], [5, label])
    authority = chain.book.address("Authority")
    chain.node.send(Call(authority, data, "label a role"), accounts[0])
    act(chain, accounts[0], "grantRole", 5, accounts[7].address, 0)
    with Index.open(tmp_path, chain) as index:
        index.sync()
        assert index.role_holders(5) == [accounts[7].address]


def test_many_holders_are_counted(
    buyer: Person, offer: str, chain: Chain, accounts: list[LocalAccount], quote: Quote,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(powers, "MOST_HOLDERS", 2)
    for number in (6, 7, 8):
        act(chain, accounts[0], "grantRole", 1, accounts[number].address, 0)
    data, _ = quote(buyer, offer)
    assert len(holders(data, 1)) == 2
    assert data["powers"]["roles"]["1"]["more"] == 2
    assert "2 more may stop" in buyer("quote", offer).out


def test_the_market_obeys_somebody_else(
    buyer: Person, offer: str, chain: Chain, accounts: list[LocalAccount], quote: Quote
) -> None:
    creation = artifact("Authority").creation([accounts[7].address])
    for name in ("Market", "ModelLicense"):
        other = str(
            chain.node.send(Call(None, creation, "create an authority"), accounts[0]).created
        )
        act(chain, accounts[0], "updateAuthority", chain.book.address(name), other)
        data, _ = quote(buyer, offer)
        assert "authority" in false(data)
        assert other in says(data, "authority")
        assert other in data["powers"]["obeyed_elsewhere"]
    first = data["powers"]["obeyed_elsewhere"][0]
    assert f"whoever {first} lets: names" in buyer.type("quote", offer).out


def test_code_that_is_not_the_address_books(
    buyer: Person, offer: str, chain: Chain, local_chain: LocalChain, quote: Quote
) -> None:
    code = chain.node.code(chain.market)
    local_chain.rpc("anvil_setCode", chain.market, "0x" + (code + b"\0").hex())
    data, _ = quote(buyer, offer)
    assert false(data) == {"contracts"}
    assert "The code of Market is not" in says(data, "contracts")
    assert data["powers"]["nobody_moves_escrow"] is None
    text = buyer.type("quote", offer).out
    assert "not known: the code is not that of the address book" in text
    assert "nobody can move it elsewhere" not in text


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("6101f4", "6103e8"), ("62127500", "62137500"), ("62278d00", "62288d00")],
)
def test_caps_that_are_not_those_of_the_documents(
    *,
    buyer: Person,
    offer: str,
    chain: Chain,
    local_chain: LocalChain,
    deployments: Path,
    quote: Quote,
    right: str,
    wrong: str,
) -> None:
    """Another market whose code is what its book says: PUSH 500 became PUSH 1000, and so on."""
    code = chain.node.code(chain.market).hex()
    assert right in code
    changed = bytes.fromhex(code.replace(right, wrong))
    local_chain.rpc("anvil_setCode", chain.market, "0x" + changed.hex())
    file = deployments / f"{chain.node.chain_id}.json"
    before = file.read_text()
    book = json.loads(before)
    book["contracts"]["Market"]["code_hash"] = "0x" + keccak(changed).hex()
    try:
        file.write_text(json.dumps(book))
        data, _ = quote(buyer, offer)
    finally:
        file.write_text(before)
    assert false(data) == {"caps"}


def test_a_fee_and_a_stop_beyond_the_caps(chain: Chain, tmp_path: Path) -> None:
    def caps(fee: int, stopped_until: int) -> Result:
        governance = dataclasses.replace(found, protocol_fee=fee, stopped_until=stopped_until)
        (result,) = (
            check.made(governance).result for check in powers.CHECKS if check.name == "caps"
        )
        return result

    with Index.open(tmp_path, chain) as index:
        index.sync()
        found = powers.read(chain, index, 0, 100)
    assert caps(500, 100 + 14 * DAY) is Result.OK
    assert caps(501, 0) is Result.FALSE
    assert caps(500, 101 + 14 * DAY) is Result.FALSE


def test_a_stopped_market_says_until_when(
    buyer: Person, offer: str, chain: Chain, accounts: list[LocalAccount], quote: Quote
) -> None:
    write(chain, accounts[0], "Market", "stopNewBusiness", 3600)
    data, _ = quote(buyer, offer)
    assert false(data) == {"purchase"}
    assert data["powers"]["stopped_until"] > 0
    assert "Stopped now, until" in buyer.type("quote", offer).out


def test_a_fee_that_changed(
    buyer: Person, offer: str, chain: Chain, accounts: list[LocalAccount], quote: Quote
) -> None:
    write(chain, accounts[0], "Market", "setToken", chain.aim, True, 500, 10**19)
    data, _ = quote(buyer, offer)
    assert (data["protocol_fee"], data["powers"]["protocol_fee"]) == (str(5 * 10**17), 500)
    assert data["total"] == str(105 * 10**17)
    assert "5% now" in buyer("quote", offer).out


def test_every_restricted_function_is_in_the_table() -> None:
    """Read from the sources, so that a new power cannot be left out of the report."""
    found = set()
    root = Path(__file__).resolve().parents[3] / "contracts"
    for file in root.rglob("*.sol"):
        found |= set(re.findall(r"function (\w+)\([^)]*\)\s[^{;]*\brestricted\b", file.read_text()))
    named = {kind.FUNCTIONS[name].name for kind, name in powers.RESTRICTED.values()}
    assert found == named
