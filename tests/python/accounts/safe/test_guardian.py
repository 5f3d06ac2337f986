"""A guardian that is a Safe: its owners stop new business together."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from eth_account.signers.local import LocalAccount

from daimm_cli.chain.client import Chain
from tests.python.accounts.safe.test_sales import handed_over, handed_over_all
from tests.python.chain.samples import write
from tests.python.cli.conftest import Person
from tools.safe import Factory

GUARDIAN, ADMIN = 1, 0


@pytest.fixture
def owners(
    member: Callable[..., Person], factory: Factory, chain: Chain, accounts: list[LocalAccount]
) -> list[Person]:
    """Two, both of whom must sign."""
    safe = factory.make([accounts[5], accounts[6]], 2)
    for role in (GUARDIAN, ADMIN):
        write(chain, accounts[0], "Authority", "grantRole", role, safe, 0)
    return [member("alice", 5, safe), member("bob", 6, safe)]


def test_owners_stop_and_resume_knowing_what_they_sign(
    owners: list[Person], chain: Chain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    alice, bob = owners
    before: set[Path] = set()
    for command, stopped in ((("stop", "1d"), True), (("resume",), False)):
        alice.refused("admin", *command, "--yes", status=8, title="Not yet")
        (file,) = handed_over_all(alice) - before
        before.add(file)
        bob("safe", "sign", file, "--yes")
        alice("safe", "send", file, "--yes")
        until = chain.node.view(chain.deployed.market.stopped_until())
        assert (until > chain.node.latest().time) is stopped


def test_what_gives_a_contract_power_is_signed_with_open_eyes(
    owners: list[Person], chain: Chain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    alice, bob = owners
    alice.refused("admin", "add-issuer", chain.aim, "--yes", status=8, title="Not yet")
    file = handed_over(alice)
    told = bob.refused("safe", "sign", file, "--yes", status=5)
    assert "Allow or refuse an issuer" in told
    assert f"{chain.aim} (AIMToken)" in told
    bob("safe", "sign", file, "--yes", "--any-call")
