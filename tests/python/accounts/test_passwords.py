"""Where passwords come from, in which order, and a keyring that is a real one, in a file."""

from __future__ import annotations

import importlib.abc
import io
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from daimm_cli.accounts import system_keyring
from daimm_cli.accounts.keystore import WrongPassword
from daimm_cli.accounts.passwords import Kind, Lock, Passwords
from daimm_cli.base.errors import DaimmError, OutsideFailed
from tests.python.accounts.file_keyring import FileKeyring
from tests.python.cli.conftest import PASSWORD, Person, person, seller, write_seed

__all__ = ["person", "seller"]

SEED = Lock(Kind.SEED, "the seed", "seed:1")
ACCOUNT = Lock(Kind.ACCOUNT, "account 'x'", "account:1")


def same(password: str) -> str:
    return password


def secret(folder: Path, name: str, mode: int = 0o600) -> str:
    file = folder / name
    file.write_text(f"of {name}\n")
    file.chmod(mode)
    return str(file)


@pytest.fixture
def keyring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of a keyring that the package takes for the system's."""
    import keyring.core

    file = tmp_path / "keyring.json"
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", f"{FileKeyring.__module__}.FileKeyring")
    monkeypatch.setenv("DAIMM_TEST_KEYRING", str(file))
    monkeypatch.setattr(keyring.core, "_keyring_backend", None)
    return file


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no terminal to type at."""
    monkeypatch.setattr(sys, "stdin", io.StringIO())


def test_each_kind_has_its_file_before_the_one_for_all(tmp_path: Path) -> None:
    env = {
        "DAIMM_SEED_PASSWORD_FILE": secret(tmp_path, "seed"),
        "DAIMM_BACKUP_PASSWORD_FILE": secret(tmp_path, "backup"),
        "DAIMM_PASSWORD_FILE": secret(tmp_path, "all"),
    }
    passwords = Passwords(env)
    assert passwords.open(SEED, same) == "of seed"
    assert passwords.ask(Lock(Kind.BACKUP, "the backup"), new=True) == "of backup"
    assert passwords.open(ACCOUNT, same) == "of all"
    del env["DAIMM_SEED_PASSWORD_FILE"]
    assert Passwords(env).open(SEED, same) == "of all"


@pytest.mark.parametrize("mode", [0o400, 0o440])
def test_systemd_loads_credentials(tmp_path: Path, mode: int) -> None:
    """A service's user gets in by an access list, which stat shows as permissions of the group."""
    env = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    secret(tmp_path, "daimm-password", mode)
    assert Passwords(env).open(SEED, same) == "of daimm-password"
    secret(tmp_path, "daimm-seed-password", mode)
    assert Passwords(env).open(SEED, same) == "of daimm-seed-password"
    assert Passwords(env).open(ACCOUNT, same) == "of daimm-password"
    named = secret(tmp_path, "named")
    assert Passwords({**env, "DAIMM_PASSWORD_FILE": named}).open(SEED, same) == "of named"


def test_credentials_that_all_can_read_are_refused(tmp_path: Path) -> None:
    secret(tmp_path, "daimm-password", 0o444)
    with pytest.raises(DaimmError, match="Other users can read"):
        Passwords({"CREDENTIALS_DIRECTORY": str(tmp_path)}).open(SEED, same)


def test_a_service_without_our_credentials_goes_on(tmp_path: Path, nobody: None) -> None:
    with pytest.raises(DaimmError, match="DAIMM_PASSWORD_FILE"):
        Passwords({"CREDENTIALS_DIRECTORY": str(tmp_path)}).open(SEED, same)


def test_the_keyring_is_asked_only_if_wanted(keyring: Path, nobody: None) -> None:
    system_keyring.put("seed:1", PASSWORD)
    assert Passwords({}, keyring=True).open(SEED, same) == PASSWORD
    for passwords, lock in ((Passwords({}), SEED), (Passwords({}, keyring=True), ACCOUNT)):
        with pytest.raises(DaimmError, match="Nobody is at the terminal"):
            passwords.open(lock, same)


def test_a_file_goes_before_the_keyring(keyring: Path, tmp_path: Path) -> None:
    system_keyring.put("seed:1", PASSWORD)
    env = {"DAIMM_PASSWORD_FILE": secret(tmp_path, "all")}
    assert Passwords(env, keyring=True).open(SEED, same) == "of all"


def test_an_outdated_password_in_the_keyring_is_said_to_be_there(keyring: Path) -> None:
    def refuse(_password: str) -> str:
        raise WrongPassword("no")

    system_keyring.put("seed:1", PASSWORD)
    with pytest.raises(WrongPassword, match="that the keyring has") as caught:
        Passwords({}, keyring=True).open(SEED, refuse)
    assert caught.value.hint == "daimm secrets remember seed"
    assert PASSWORD not in str(caught.value)


def test_a_locked_keyring_and_none_at_all_are_sentences(
    keyring: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyring.mkdir()
    with pytest.raises(OutsideFailed, match="unlock it"):
        system_keyring.get("seed:1")
    import keyring as library

    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    monkeypatch.setattr(library.core, "_keyring_backend", None)
    with pytest.raises(DaimmError, match="no keyring that can be used"):
        system_keyring.backend()
    with pytest.raises(DaimmError, match="no keyring that can be used"):
        system_keyring.get("x")


def test_without_the_package_the_way_to_get_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    class Absent(importlib.abc.MetaPathFinder):
        def find_spec(self, name: str, path: Sequence[str] | None, target: object = None) -> None:
            if name == "keyring":
                raise ImportError(name)

    for name in [name for name in sys.modules if name.partition(".")[0] == "keyring"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [Absent(), *sys.meta_path])
    with pytest.raises(DaimmError, match=r"pip install 'daimm\[keyring\]'"):
        system_keyring.get("x")


def test_remembered_passwords_open_and_forgotten_ones_do_not(
    seller: Person, keyring: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAIMM_PASSWORD_KEYRING", "1")
    told = [seller("secrets", "remember", what) for what in ("seed", "account")]
    assert all("remembers the password" in ran.out for ran in told)
    assert PASSWORD not in "".join(ran.out + ran.err for ran in told)
    assert f"daimm account:{seller.account.address}" in keyring.read_text()

    # Nobody types, and no file is named: both come from the keyring.
    del seller.settings["DAIMM_PASSWORD_FILE"]
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    seller("secrets", "show")
    seller("faucet", "--yes")
    seller("secrets", "forget")
    assert "Nobody is at the terminal" in seller.refused("secrets", "show")
    assert "did not have it" in seller("secrets", "forget").out


def test_a_wrong_password_is_not_remembered(seller: Person, keyring: Path, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("another password\n")
    for what in ("seed", "account"):
        assert "does not open" in seller.refused("secrets", "remember", what)
    assert not keyring.exists()
    assert "say seed or account" in seller.refused("secrets", "remember", "house")
    (seller.home / "seed.json").unlink()
    assert "There is no seed" in seller.refused("secrets", "remember")


def test_seeds_are_told_apart_in_the_keyring(tmp_path: Path) -> None:
    write_seed(tmp_path)
    assert Lock.seed(tmp_path).user == f"seed:{tmp_path}"


def test_a_typed_password_may_be_wrong_twice(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    typed = ["first", "second", "right"]
    monkeypatch.setattr("getpass.getpass", lambda *_, **__: typed.pop(0))
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)

    def opening(password: str) -> str:
        if password != "right":
            raise WrongPassword("The password does not open it: try again.")
        return password

    assert Passwords({}).open(SEED, opening) == "right"
    assert capsys.readouterr().err.count("try again") == 2
    typed[:] = ["first", "second", "third", "right"]
    with pytest.raises(WrongPassword):
        Passwords({}).open(SEED, opening)
    assert typed == ["right"]


def test_a_wrong_password_from_a_file_is_not_tried_again(tmp_path: Path) -> None:
    tries = []

    def opening(password: str) -> str:
        tries.append(password)
        raise WrongPassword("The password does not open it: try again.")

    with pytest.raises(WrongPassword):
        Passwords({"DAIMM_PASSWORD_FILE": secret(tmp_path, "all")}).open(SEED, opening)
    assert tries == ["of all"]
