"""docs/secrets.md: every command that stands there, in its order."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.python.accounts.file_keyring import FileKeyring
from tests.python.cli.conftest import Person

PAGE = Path(__file__).resolve().parents[2] / "docs" / "secrets.md"
LINE = re.compile(r"(seller|other)\$ +daimm (.*)")


def typed() -> list[tuple[str, list[str]]]:
    """Who types what."""
    blocks = re.findall(r"```console\n(.*?)```", PAGE.read_text(), re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    found = [LINE.fullmatch(line) for line in lines]
    assert all(found)
    return [(line[1], shlex.split(line[2])) for line in found if line]


def test_the_page_works_as_written(
    *,
    person: Callable[..., Person],
    seller: Person,
    buyer: Person,
    model_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import keyring.core

    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", f"{FileKeyring.__module__}.FileKeyring")
    monkeypatch.setenv("DAIMM_TEST_KEYRING", str(tmp_path / "keyring.json"))
    monkeypatch.setattr(keyring.core, "_keyring_backend", None)
    monkeypatch.chdir(tmp_path)
    offer = seller.json(
        "model", "publish", model_file, "--license", "MIT", "--price", "10", "--yes"
    )["offer"]
    bought = buyer.json("buy", offer, "--yes")["orders"][0]
    other = person("seller-elsewhere", 1)
    (other.home / "seed.json").unlink()
    other.home.chmod(0o700)
    for file in (other.home / "accounts").iterdir():
        file.chmod(0o600)
    people = {"seller": seller, "other": other}
    lines = typed()
    assert len(lines) == 10
    for who, words in lines:
        people[who](*words, "--yes")
    buyer("license", "fetch", bought["license"], "--output", "opened")
    assert Path("opened").read_bytes() == model_file.read_bytes()


def test_what_it_names_is_there() -> None:
    text = PAGE.read_text()
    for page in re.findall(r"\]\(([a-z]+\.md)\)", text):
        assert PAGE.with_name(page).exists()
    sources = PAGE.parents[1] / "daimm_cli"
    code = "".join(file.read_text() for file in sources.rglob("*.py"))
    for name in ("deliveries", "purchases", "drafts", "labels", "backup.json", "keys", "keeper"):
        assert f"`{name}" in text
        assert f'"{name}"' in code
