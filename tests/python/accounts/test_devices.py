"""Accounts of Ape's plugins, by a plugin like those of hardware wallets, registered as they are."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from eth_account.signers.local import LocalAccount

from daimm_cli.accounts import devices
from daimm_cli.bindings.erc20 import ERC20
from daimm_cli.chain.client import Chain
from tests.python.cli.conftest import (
    AIM,
    PASSWORD,
    Ran,
    model_file,
    write_keystore,
    write_model,
    write_seed,
)
from tools.chain import LocalChain
from tools.safe import Factory

__all__ = ["model_file"]
PLUGIN = Path(__file__).with_name("device") / "ape_testdevice"
METADATA = "Metadata-Version: 2.1\nName: ape-{}\nVersion: 0.1\n"


@dataclass(frozen=True)
class Desk:
    """A home whose owner has the plugin installed and a device at hand."""

    home: Path
    environment: dict[str, str]

    def type(self, *arguments: object) -> Ran:
        done = subprocess.run(
            [sys.executable, "-m", "daimm_cli", *map(str, arguments)],
            env=self.environment, cwd=self.home, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        return Ran(done.returncode, done.stdout, done.stderr)

    def json(self, *arguments: object) -> Any:
        ran = self.type(*arguments, "--json")
        assert ran.status == 0, ran.err
        return ran.json

    def device(
        self, alias: str, account: LocalAccount, plugin: str = "testdevice", **more: str
    ) -> None:
        folder = Path(self.environment["APE_DATA_FOLDER"]) / plugin
        folder.mkdir(parents=True, exist_ok=True)
        told = {"key": "0x" + bytes(account.key).hex(), "address": account.address}
        (folder / f"{alias}.json").write_text(json.dumps({**told, "does": "sign", **more}))


@pytest.fixture
def desk(tmp_path: Path, local_chain: LocalChain, deployments: Path) -> Desk:
    site = tmp_path / "site"
    for name in ("testdevice", "trezor"):
        shutil.copytree(PLUGIN, site / f"ape_{name}")
        installed = site / f"ape_{name}-0.1.dist-info"
        installed.mkdir()
        (installed / "METADATA").write_text(METADATA.format(name))
        (installed / "top_level.txt").write_text(f"ape_{name}\n")
    password = tmp_path / "password"
    password.write_text(PASSWORD + "\n")
    password.chmod(0o600)
    home = tmp_path / "home"
    write_seed(home)
    root = Path(__file__).resolve().parents[3]
    return Desk(
        home,
        {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "PYTHONPATH": f"{root}{os.pathsep}{site}",
            "APE_DATA_FOLDER": str(tmp_path / "ape"),
            "DAIMM_HOME": str(home),
            "DAIMM_ACCOUNTS": str(home / "accounts"),
            "DAIMM_RPC": local_chain.url,
            "DAIMM_DEPLOYMENTS": str(deployments),
            "DAIMM_PASSWORD_FILE": str(password),
        },
    )


@pytest.mark.parametrize("plugin", ["testdevice", "trezor"])
def test_devices_are_listed_and_sell_and_buy(
    plugin: str, desk: Desk, chain: Chain, accounts: list[LocalAccount], model_file: Path
) -> None:
    """Typed data (the manifest, the permit) and transactions, all signed by the device."""
    desk.device("cold", accounts[5], plugin)
    write_keystore(desk.home / "accounts" / "warm.json", bytes(accounts[6].key))
    chain.node.send(ERC20(chain.aim).transfer(accounts[5].address, 50 * AIM), accounts[0])
    listed = {info["alias"]: info for info in desk.json("account", "list")}
    assert listed["cold"]["kind"] == plugin
    assert listed["cold"]["address"] == accounts[5].address
    assert listed["warm"]["kind"] == "keystore"
    assert desk.json("account", "show", accounts[5].address)["alias"] == "cold"

    publish = ("model", "publish", model_file, "--license", "MIT", "--price", "1", "--yes")
    made = desk.type(*publish, "--account", "cold", "--json")
    assert made.status == 0, made.err
    assert made.err.count(f"Confirm on the device ({plugin}, account 'cold')") == 2
    assert made.err.count("Please follow the prompts") == 2
    offers = [made.json["offer"], made.json["offer"]]
    bought = desk.json("buy", *offers, "--account", "cold", "--yes")
    assert len(bought["orders"]) == 2
    assert chain.balance(chain.aim, accounts[5].address) == 48 * AIM
    assert chain.node.nonce(accounts[5].address) >= 2


@pytest.mark.parametrize(
    ("does", "status", "said"),
    [
        ("fail", 4, "did not sign: 0x6985: condition of use not satisfied."),
        ("decline", 2, "was declined there"),
        ("change", 5, "did not sign what was asked"),
    ],
)
def test_what_a_device_does_wrong_is_said(
    does: str, status: int, said: str, desk: Desk, chain: Chain, accounts: list[LocalAccount]
) -> None:
    desk.device("cold", accounts[5], does=does)
    before = chain.node.nonce(accounts[5].address)
    ran = desk.type("faucet", "--account", "cold", "--yes")
    assert (ran.status, "Traceback" in ran.err) == (status, False)
    assert said in ran.err
    assert "\x1b" not in ran.err
    assert chain.node.nonce(accounts[5].address) == before


def test_another_devices_signature_is_refused(
    desk: Desk, chain: Chain, accounts: list[LocalAccount], tmp_path: Path
) -> None:
    desk.device("cold", accounts[6], address=accounts[5].address)
    ran = desk.type("faucet", "--account", "cold", "--yes")
    assert (ran.status, "not for " + accounts[5].address in ran.err) == (5, True)
    model = write_model(tmp_path / "m.safetensors")
    publish = ("model", "publish", model, "--license", "MIT", "--price", "1", "--yes")
    ran = desk.type(*publish, "--account", "cold")
    assert (ran.status, "not for " + accounts[5].address in ran.err) == (5, True)


def test_a_device_owns_a_safe(
    desk: Desk, chain: Chain, accounts: list[LocalAccount], tmp_path: Path
) -> None:
    safe = Factory.deploy(chain.node, accounts[0]).make([accounts[5]])
    desk.device("cold", accounts[5])
    (desk.home / "config.toml").write_text(f'[profiles.local]\naccount = "cold"\nsafe = "{safe}"\n')
    ran = desk.type("faucet", "--yes")
    assert ran.status == 0, ran.err
    assert chain.balance(chain.aim, safe) > 0


def test_a_device_signs_for_a_safe_in_data_that_it_can_show(
    desk: Desk, chain: Chain, accounts: list[LocalAccount]
) -> None:
    safe = Factory.deploy(chain.node, accounts[0]).make([accounts[5], accounts[6]], 2)
    desk.device("cold", accounts[5], "trezor")
    desk.device("colder", accounts[6])
    (desk.home / "config.toml").write_text(
        f'[profiles.local]\naccount = "cold"\nsafe = "{safe}"\nsafe_owners = ["colder"]\n'
    )
    ran = desk.type("faucet", "--yes")
    assert ran.status == 0, ran.err
    assert chain.balance(chain.aim, safe) > 0


def test_a_broken_project_of_ape_keeps_no_keystore_away(
    desk: Desk, accounts: list[LocalAccount]
) -> None:
    (desk.home / "ape-config.yaml").write_text("plugins: [[[")
    write_keystore(desk.home / "accounts" / "warm.json", bytes(accounts[6].key))
    assert [info["alias"] for info in desk.json("account", "list")] == ["warm"]


def test_keystores_come_first_and_an_unknown_alias_is_an_error(
    desk: Desk, accounts: list[LocalAccount], chain: Chain
) -> None:
    desk.device("warm", accounts[5])
    write_keystore(desk.home / "accounts" / "warm.json", bytes(accounts[6].key))
    assert desk.json("account", "show", "warm")["address"] == accounts[6].address
    ran = desk.type("account", "show", "lukewarm")
    assert (ran.status, "There is no account 'lukewarm'" in ran.err) == (2, True)


def test_ape_is_not_imported_without_such_a_plugin(
    monkeypatch: pytest.MonkeyPatch, accounts: list[LocalAccount]
) -> None:
    def refused(name: str, *arguments: Any, **more: Any) -> Any:
        assert name != "ape"
        return real(name, *arguments, **more)

    real: Callable[..., Any] = __builtins__["__import__"]  # type: ignore[index]
    monkeypatch.setitem(__builtins__, "__import__", refused)  # type: ignore[arg-type]
    assert devices.plugins() == ()
    assert devices.listed() == []
    assert devices.find("anybody") is None
