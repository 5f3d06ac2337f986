"""Operators' commands: what governance and the guardian see, do, and are warned of."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from eth_account.signers.local import LocalAccount

from daimm_cli.chain.client import Chain
from daimm_cli.chain.node import Call
from scripts._artifacts import artifact
from tests.python.chain.samples import write
from tests.python.cli.conftest import AIM, Person
from tools.chain import LocalChain

DAY = 86_400
PAGE = Path(__file__).resolve().parents[3] / "docs" / "operators.md"
IMPLEMENTATION = "0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc"


@pytest.fixture
def admin(person: Callable[..., Person]) -> Person:
    """Who deployed the contracts: governance and guardian in one."""
    return person("admin", 0)


@pytest.fixture
def token(chain: Chain, accounts: list[LocalAccount]) -> str:
    """Another token than AIM."""
    data = artifact("AIMToken").creation([[[accounts[0].address, AIM]]])
    return str(chain.node.send(Call(None, data, "create a token"), accounts[0]).created)


def test_who_can_do_what_is_shown(
    admin: Person, chain: Chain, accounts: list[LocalAccount], token: str
) -> None:
    write(chain, accounts[0], "Market", "setToken", token, True, 250, 7)
    write(chain, accounts[0], "Market", "setToken", chain.aim, True, 50, AIM)
    told = admin.json("admin", "show")
    assert {row["power"] for row in told["powers"]} == {
        *("admin", "set token", "set issuer", "stop", "resume", "set rates", "take back")
    }
    assert all(accounts[0].address in row["who"] for row in told["powers"])
    roles = {row["power"]: row["role"] for row in told["powers"]}
    assert (roles["admin"], roles["stop"], roles["set token"]) == ("0", "1", "0")
    names = ("allowed", "fee", "max_delivery_fee")
    terms = {row["token"]: tuple(row[name] for name in names) for row in told["tokens"]}
    assert terms == {chain.aim: (True, 50, str(AIM)), token: (True, 250, "7")}
    assert told["issuers"] == [{"issuer": chain.market, "name": "Market", "issues": True}]
    assert told["stopped_until"] is None
    shown = admin("admin", "show").out
    for part in ("up to 5%", "14 days at most and then not for 30 days", "0.5%", "1 AIM", "2.5%"):
        assert part in shown


def test_another_authority_is_named_for_what_it_is(
    admin: Person, chain: Chain, accounts: list[LocalAccount], token: str
) -> None:
    write(chain, accounts[0], "Authority", "updateAuthority", chain.market, token)
    who = {row["who"] for row in admin.json("admin", "show")["powers"]}
    assert who == {f"whoever {token} lets"}


def test_the_guardian_stops_for_a_bounded_time_and_governance_ends_it(
    admin: Person, seller: Person, chain: Chain
) -> None:
    stopped = "New listings and purchases are stopped"
    assert "too long" in admin.refused("admin", "stop", "15d", "--yes", status=3)
    assert stopped in admin("admin", "stop", "3d", "--yes").out
    until = admin.json("admin", "show")["stopped_until"]
    assert until == pytest.approx(chain.node.latest().time + 3 * DAY, abs=60)
    assert stopped in admin("admin", "show").err
    assert "may not stop new business" in seller.refused("admin", "stop", "1d", "--yes", status=3)
    admin("admin", "resume", "--yes")
    assert admin.json("admin", "show")["stopped_until"] is None
    assert "cannot begin yet" in admin.refused("admin", "stop", "1d", "--yes", status=3)


def test_a_token_is_allowed_changed_and_refused(admin: Person, chain: Chain, token: str) -> None:
    said = admin("admin", "allow-token", token, "--fee", "2.5", "--delivery-cap", "3", "--yes").err
    assert "takes a cut of transfers" in said
    assert "can be replaced" not in said
    assert "2.5% of a sale, and 3 " in said
    assert chain.policy(token) == (True, 250, 3 * AIM)
    admin("admin", "allow-token", token, "--fee", "1", "--yes")
    assert chain.policy(token) == (True, 100, 3 * AIM)
    admin("admin", "refuse-token", token, "--yes")
    assert chain.policy(token) == (False, 100, 3 * AIM)
    assert "a cut" not in admin("admin", "allow-token", "AIM", "--fee", "0", "--yes").err
    assert chain.policy(chain.aim).fee == 0
    over = admin.refused("admin", "allow-token", token, "--fee", "5.01", "--yes", status=3)
    assert "5" in over
    assert "AIM" in admin.refused("admin", "refuse-token", "AIM", "--yes", status=3)


def test_what_is_no_token_is_not_allowed(
    admin: Person, chain: Chain, token: str, local_chain: LocalChain
) -> None:
    nobody = "0x000000000000000000000000000000000000dEaD"
    assert "no contract" in admin.refused("admin", "allow-token", nobody, "--yes")
    for name in ("Market", "ModelRegistry", "AIMVotes"):
        address = chain.book.address(name)
        assert "no payment token" in admin.refused("admin", "allow-token", address, "--yes")
    assert not chain.policy(chain.market).allowed
    local_chain.rpc("anvil_setStorageAt", token, IMPLEMENTATION, "0x" + "00" * 31 + "01")
    assert "can be replaced" in admin("admin", "allow-token", token, "--yes").err


def test_who_issues_licences(admin: Person, seller: Person, chain: Chain, token: str) -> None:
    said = admin("admin", "remove-issuer", chain.market, "--yes").err
    assert "Nothing can be bought" in said
    assert admin.json("admin", "show")["issuers"][0]["issues"] is False
    said = admin("admin", "add-issuer", chain.market, "--yes").err
    assert "is no market of the address book" not in said
    said = admin("admin", "add-issuer", token, "--yes").err
    assert f"{token} is no market of the address book" in said
    assert {"issuer": token, "name": None, "issues": True} in admin.json("admin", "show")["issuers"]
    key = seller.account.address
    assert "no contract" in admin.refused("admin", "add-issuer", key, "--yes")
    told = seller.refused("admin", "remove-issuer", token, "--yes", status=3)
    assert "may not allow or refuse an issuer" in told
    assert "daimm admin show" in told


@pytest.fixture
def timelock(chain: Chain, accounts: list[LocalAccount]) -> str:
    """The only administrator."""
    address = chain.book.address("Timelock")
    write(chain, accounts[0], "Authority", "grantRole", 0, address, 0)
    write(chain, accounts[0], "Authority", "renounceRole", 0, accounts[0].address)
    return address


def test_a_contract_that_has_powers_is_shown_by_its_name(admin: Person, timelock: str) -> None:
    holders = {row["power"]: row["who"] for row in admin.json("admin", "show")["powers"]}
    assert holders["set token"] == f"Timelock {timelock} (at once)"


@pytest.mark.usefixtures("timelock")
def test_what_the_timelock_alone_may_becomes_a_proposal(
    admin: Person, chain: Chain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = chain.policy(chain.aim)
    ran = admin("admin", "allow-token", "AIM", "--fee", "0.5", "--yes")
    assert "daimm dao propose proposal.yaml" in ran.err
    assert chain.policy(chain.aim) == before
    cap = before.max_delivery_fee
    arguments = {"token": "AIMToken", "allowed": True, "fee": 50, "maxDeliveryFee": cap}
    told = yaml.safe_load(Path("proposal.yaml").read_text())
    assert told["calls"] == [{"target": "Market", "call": "setToken", "arguments": arguments}]
    assert told["title"] == "Set a payment token's policy"
    assert "0.5% of a sale" in told["description"]
    assert "name another file" in admin.refused("admin", "resume", "--yes")
    made = admin.json("admin", "remove-issuer", chain.market, "-o", "issuer.yaml")
    assert made == {"call": "allow or refuse an issuer", "proposal": "issuer.yaml"}
    told = yaml.safe_load(Path("issuer.yaml").read_text())
    arguments = {"issuer": "Market", "allowed": False}
    assert told["calls"] == [
        {"target": "ModelLicense", "call": "setIssuer", "arguments": arguments}
    ]


@pytest.mark.usefixtures("timelock")
def test_no_proposal_is_written_that_would_fail(
    admin: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    admin.refused("admin", "allow-token", "AIM", "--fee", "6", "--yes", status=3)
    assert not Path("proposal.yaml").exists()


@pytest.mark.usefixtures("timelock")
def test_the_guardian_still_stops_at_once(
    admin: Person, chain: Chain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    admin("admin", "stop", "1d", "--yes")
    assert chain.node.view(chain.deployed.market.stopped_until()) > chain.node.latest().time
    assert not Path("proposal.yaml").exists()


def test_the_commands_of_the_page_work_in_their_order(
    admin: Person, chain: Chain, token: str
) -> None:
    lines = re.findall(r"^admin\$ daimm (.*)$", PAGE.read_text(), re.MULTILINE)
    assert len(lines) == 8
    known = {"TOKEN": token, "ISSUER": chain.market}
    for line in lines:
        admin(*(known.get(word, word) for word in line.split()), "--yes")
    assert chain.policy(token) == (False, 100, 5 * AIM)
    assert chain.policy(chain.aim).fee == 50


@pytest.mark.usefixtures("timelock")
def test_the_proposal_of_the_page_is_what_is_written(
    admin: Person, chain: Chain, tmp_path: Path
) -> None:
    file = tmp_path / "fee.yaml"
    admin("admin", "allow-token", "AIM", "--fee", "0.5", "--output", file)
    shown = PAGE.read_text().split("```yaml\n", 1)[1].split("```", 1)[0]
    address = re.search("0x[0-9a-fA-F]{40}", shown)
    assert address
    assert file.read_text() == shown.replace(address[0], chain.aim)
