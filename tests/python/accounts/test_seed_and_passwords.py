import io
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from daimm_cli.accounts import keystore, seed
from daimm_cli.accounts.accounts import Accounts
from daimm_cli.accounts.passwords import Kind, Lock, Passwords
from daimm_cli.base.errors import DaimmError

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a seed in it."""
    folder = tmp_path_factory.mktemp("home")
    seed.create(folder, PASSWORD)
    return folder


def test_the_seed_is_made_at_first_need_and_stays(tmp_path: Path) -> None:
    home = tmp_path / "new" / "home"
    assert not seed.exists(home)
    first = seed.create(home, PASSWORD)
    assert seed.exists(home)
    assert seed.unlock(home, PASSWORD) == first
    assert len(first) == 32
    assert seed.seed_path(home).stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in home.iterdir()] == ["seed.json"]


def test_seeds_differ_between_homes(home: Path, tmp_path: Path) -> None:
    assert seed.create(tmp_path, PASSWORD) != seed.unlock(home, PASSWORD)


def test_neither_the_seed_nor_its_point_is_in_the_file(home: Path) -> None:
    stored = json.loads(seed.seed_path(home).read_bytes())
    assert seed.unlock(home, PASSWORD).hex() not in seed.seed_path(home).read_text()
    assert "address" not in stored


def test_a_wrong_password_and_a_missing_seed_are_sentences(home: Path, tmp_path: Path) -> None:
    with pytest.raises(keystore.WrongPassword, match="the seed"):
        seed.unlock(home, PASSWORD + "x")
    with pytest.raises(DaimmError, match="There is no seed"):
        seed.unlock(tmp_path, PASSWORD)


def test_a_seed_is_never_replaced(home: Path) -> None:
    before = seed.seed_path(home).read_bytes()
    with pytest.raises(DaimmError, match="never replaced"):
        seed.store(home, before)
    with pytest.raises(keystore.WrongPassword):
        seed.create(home, PASSWORD + "x")
    assert seed.seed_path(home).read_bytes() == before


def test_first_runs_at_once_in_a_new_home_share_one_seed(tmp_path: Path) -> None:
    home = tmp_path / "new"
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: seed.create(home, PASSWORD), range(4)))
    assert set(made) == {seed.unlock(home, PASSWORD)}
    assert [entry.name for entry in home.iterdir()] == ["seed.json"]


def test_a_pipe_in_place_of_the_seed_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(seed.seed_path(tmp_path))
    with pytest.raises(DaimmError, match="not a regular file"):
        seed.unlock(tmp_path, PASSWORD)


def test_a_copied_file_is_a_backup(home: Path, tmp_path: Path) -> None:
    seed.store(tmp_path, seed.seed_path(home).read_bytes())
    assert seed.unlock(tmp_path, PASSWORD) == seed.unlock(home, PASSWORD)


def test_a_seed_is_no_account_and_an_account_no_seed(home: Path, tmp_path: Path) -> None:
    assert Accounts(home).list() == []
    Accounts(tmp_path).create("seed", PASSWORD)
    with pytest.raises(DaimmError, match="not a daimm seed"):
        seed.unlock(tmp_path, PASSWORD)


def secret_file(folder: Path, data: bytes, mode: int = 0o600) -> Path:
    path = folder / "secret"
    path.write_bytes(data)
    path.chmod(mode)
    return path


def asked(env: dict[str, str]) -> str:
    return Passwords(env).ask(Lock(Kind.SEED, "x"))


def test_the_password_comes_from_a_closed_file(tmp_path: Path) -> None:
    env = {"DAIMM_PASSWORD_FILE": str(secret_file(tmp_path, b"pass word \r\n"))}
    assert asked(env) == "pass word "


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_file_that_others_read_is_refused(tmp_path: Path, mode: int) -> None:
    env = {"DAIMM_PASSWORD_FILE": str(secret_file(tmp_path, b"password", mode))}
    with pytest.raises(DaimmError, match="chmod 600") as caught:
        asked(env)
    assert "password\n" not in str(caught.value)


@pytest.mark.parametrize("data", [b"", b"\n", b"a\nb\n", b"\xff", b"a\0b", b"a" * 4097])
def test_a_file_without_one_line_is_refused(tmp_path: Path, data: bytes) -> None:
    env = {"DAIMM_PASSWORD_FILE": str(secret_file(tmp_path, data))}
    with pytest.raises(DaimmError, match="Cannot read"):
        asked(env)
    with pytest.raises(DaimmError, match="Cannot read"):
        asked({"DAIMM_PASSWORD_FILE": str(tmp_path / "none")})


def test_the_password_comes_from_a_descriptor() -> None:
    reading, writing = os.pipe()
    os.write(writing, b"from a pipe\n")
    os.close(writing)
    try:
        assert asked({"DAIMM_PASSWORD_FILE": f"/dev/fd/{reading}"}) == "from a pipe"
    finally:
        os.close(reading)


def test_without_a_terminal_the_way_out_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("typed\n"))
    with pytest.raises(DaimmError, match="DAIMM_PASSWORD_FILE"):
        keystore.ask_password("x")
    with pytest.raises(DaimmError, match="pipe it in"):
        keystore.ask_secret("the private key", None)


def test_a_secret_comes_from_stdin_or_a_file(tmp_path: Path) -> None:
    code = "from daimm_cli.accounts import keystore; print(keystore.ask_secret('the key', '-'))"
    run = subprocess.run(
        [sys.executable, "-c", code], input=b"piped\n", capture_output=True, check=True
    )
    assert run.stdout == b"piped\n"
    assert keystore.ask_secret("the key", str(secret_file(tmp_path, b"filed\n"))) == "filed"


def test_a_typed_password_is_unseen_and_asked_twice_when_new(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = iter(["first secret", "first secret", "secret one", "secret two", "short", ""])
    monkeypatch.setattr("getpass.getpass", lambda *_, **__: next(answers))
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    assert keystore.ask_password("x", new=True) == "first secret"
    with pytest.raises(DaimmError, match="differ"):
        keystore.ask_password("x", new=True)
    with pytest.raises(DaimmError, match="at least 8"):  # before it is asked for again
        keystore.ask_password("x", new=True)
    with pytest.raises(DaimmError, match="No password"):
        keystore.ask_password("x")
    assert "secret" not in "".join(capsys.readouterr())


def test_a_keystore_holds_exactly_32_bytes() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        keystore.seal(bytes(31), PASSWORD)
