"""The deploy and verify scripts as Ape runs them: its connection, its account, its signatures."""

from __future__ import annotations

from pathlib import Path

import ape
import pytest
from click.testing import CliRunner

from daimm_cli.chain import book as books
from scripts import _ape, deploy, verify

CHAIN_ID = 31337


@pytest.fixture(autouse=True)
def deployments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the scripts keep the address book."""
    monkeypatch.setenv("DAIMM_DEPLOYMENTS", str(tmp_path))
    return tmp_path


def test_deploy_then_verify(deployments: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = CliRunner().invoke(deploy.cli, ["--estimate"])
    assert told.output.splitlines()[-1].startswith("in all")
    assert not list(deployments.iterdir())
    deploy.main()
    book = books.read(deployments / f"{CHAIN_ID}.json", CHAIN_ID)
    deployer = ape.accounts.test_accounts[0]
    assert book.contracts["Authority"].arguments == (deployer.address,)
    for name, entry in book.contracts.items():
        by_ape = ape.project.get_contract(name.partition("/")[0]).at(entry.address)
        assert by_ape.address == entry.address
    assert ape.project.AIMToken.at(book.address("AIMToken")).totalSupply() == 10**27

    nonce = deployer.nonce
    deploy.main()
    assert deployer.nonce == nonce

    capsys.readouterr()
    verify.main()
    assert "no differences" in capsys.readouterr().out

    market = ape.project.Market.at(book.address("Market"))
    timelock = ape.accounts[book.address("Timelock")]
    timelock.balance = 10**18
    market.setToken(book.address("AIMToken"), True, 101, 0, sender=timelock)
    with pytest.raises(SystemExit) as ended:
        verify.main()
    assert ended.value.code == 1


def test_the_account_that_is_named_acts_on_a_local_chain_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert _ape.signer().address == ape.accounts.test_accounts[0].address
    kind = type(ape.accounts)
    monkeypatch.setattr(kind, "load", lambda manager, alias: manager.test_accounts[int(alias)])
    monkeypatch.setenv("DAIMM_ACCOUNT", "3")
    assert _ape.signer().address == ape.accounts.test_accounts[3].address


def test_without_a_book_verify_says_so() -> None:
    with pytest.raises(SystemExit, match="No contracts of DAIMM are known on chain 31337"):
        verify.main()


def test_the_chain_is_none_that_somebody_plays_with() -> None:
    assert not ape.networks.provider.http_uri.endswith(":8545")
