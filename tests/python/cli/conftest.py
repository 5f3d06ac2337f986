"""People who type commands: each with a home, a keystore and a seed of his own, on a real chain."""

from __future__ import annotations

import json
import secrets
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount

from daimm_cli.accounts import seed
from daimm_cli.bindings.erc20 import ERC20
from daimm_cli.chain.client import Chain
from daimm_cli.cli import main
from tools.chain import LocalChain

PASSWORD = "correct horse battery"
AIM = 10**18


@dataclass(frozen=True)
class Ran:
    """How a command ended: exit status, stdout, stderr."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class Person:
    """Somebody at a terminal of his own. account: for what a test does behind the CLI's back.

    settings: his environment, which a test may change.
    """

    home: Path
    account: LocalAccount
    type: Callable[..., Ran]
    settings: dict[str, str] = field(hash=False)

    def __call__(self, *arguments: object) -> Ran:
        """Run a command that is to succeed."""
        ran = self.type(*arguments)
        assert ran.status == 0, ran.err
        return ran

    def json(self, *arguments: object) -> Any:
        return self(*arguments, "--json").json

    def refused(self, *arguments: object, status: int = 2, title: str = "Error") -> str:
        """Run a command that is to fail: one sentence on stderr, nothing on stdout."""
        ran = self.type(*arguments)
        assert ran.status == status, (ran.status, ran.out, ran.err)
        assert ran.out == ""
        assert "Traceback" not in ran.err
        assert ran.err.count(f"{title}: ") == 1
        return ran.err

    @property
    def files(self) -> set[str]:
        """All there is in the home, but for the index."""
        return {
            str(path.relative_to(self.home))
            for path in self.home.rglob("*")
            if path.is_file() and not path.name.startswith("index-")
        }


@pytest.fixture
def person(
    tmp_path: Path,
    local_chain: LocalChain,
    chain: Chain,
    accounts: list[LocalAccount],
    deployments: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Callable[..., Person]:
    """`person("seller", 1)`: a home with the second account of the chain as keystore `seller`.

    money: AIM in its smallest unit. source: whose store he fetches from.
    """
    password = tmp_path / "password"
    password.write_text(PASSWORD + "\n")
    password.chmod(0o600)

    def make(alias: str, number: int, *, money: int = 0, source: Person | None = None) -> Person:
        home = tmp_path / f"home-{alias}"
        settings = {
            "DAIMM_HOME": str(home),
            "DAIMM_ACCOUNTS": str(home / "accounts"),
            "DAIMM_RPC": local_chain.url,
            "DAIMM_CHAIN_ID": str(local_chain.chain_id),
            "DAIMM_DEPLOYMENTS": str(deployments),
            "DAIMM_PASSWORD_FILE": str(password),
            "DAIMM_CARDS": "0",  # nothing of a test goes on after it
        }
        write_keystore(home / "accounts" / f"{alias}.json", bytes(accounts[number].key))
        write_seed(home)
        if source is not None:
            settings_file = home / "config.toml"
            settings_file.write_text(f'[storage]\nsources = ["{source.home / "store"}"]\n')
        if money:
            chain.node.send(ERC20(chain.aim).transfer(accounts[number].address, money), accounts[0])

        def run(*arguments: object) -> Ran:
            capsys.readouterr()
            with monkeypatch.context() as patched:
                for name, value in settings.items():
                    patched.setenv(name, value)
                patched.delenv("DAIMM_DEBUG", raising=False)
                status = main.run([str(argument) for argument in arguments])
            out, err = capsys.readouterr()
            return Ran(status, out, err)

        return Person(home, accounts[number], run, settings)

    return make


@pytest.fixture
def seller(person: Callable[..., Person]) -> Person:
    return person("seller", 1)


@pytest.fixture
def buyer(person: Callable[..., Person], seller: Person) -> Person:
    return person("buyer", 2, money=100 * AIM, source=seller)


@pytest.fixture
def model_file(tmp_path: Path) -> Path:
    """A small safetensors file of random weights."""
    return write_model(tmp_path / "model.safetensors")


@pytest.fixture
def card_file(tmp_path: Path) -> Path:
    path = tmp_path / "README.md"
    path.write_text("---\nlicense: mit\n---\n# Tiny model\n\nIt does very little.\n")
    return path


def write_model(path: Path, size: int = 4096) -> Path:
    header = {"weights": {"dtype": "F32", "shape": [size // 4], "data_offsets": [0, size]}}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + secrets.token_bytes(size))
    return path


def write_keystore(path: Path, key: bytes) -> None:
    """A keystore like any other but for its cheap key derivation."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(Account.encrypt(key, PASSWORD, kdf="scrypt", iterations=2)))


def write_seed(home: Path) -> None:
    sealed = dict(Account.encrypt(secrets.token_bytes(32), PASSWORD, kdf="scrypt", iterations=2))
    sealed.pop("address")
    home.mkdir(parents=True, exist_ok=True)
    seed.seed_path(home).write_text(json.dumps({"daimm": seed.FORMAT, **sealed}))
