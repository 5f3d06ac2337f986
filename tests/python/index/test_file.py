"""The index's file: damaged, of another version, in odd folders, used by several at once."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from eth_account.signers.local import LocalAccount

from daimm_cli.chain.client import Chain
from daimm_cli.index.index import Index
from tests.python.chain.samples import AIM, bought, published

PAGE = 4096


def file_of(folder: Path) -> Path:
    [file] = folder.glob("*.sqlite")
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return file


@pytest.mark.parametrize("page", ["all but the first", "every third", "the schema's"])
def test_a_damaged_page_is_built_again_and_said(
    page: str,
    chain: Chain,
    accounts: list[LocalAccount],
    funded: Callable[[int, int], LocalAccount],
    tmp_path: Path,
) -> None:
    said: list[str] = []
    placed = bought(chain, funded(2, 100 * AIM), published(chain, accounts[1]).offer)
    with Index.open(tmp_path, chain, said.append) as index:
        index.sync()
        file = file_of(tmp_path)
        content = bytearray(file.read_bytes())
        pages = len(content) // PAGE
        chosen = {
            "all but the first": range(1, pages),
            "every third": range(2, pages, 3),
            "the schema's": [0],
        }[page]
        for number in chosen:
            start = 200 if number == 0 else 0  # the file's head is whole
            content[number * PAGE + start : (number + 1) * PAGE] = b"\xa5" * (PAGE - start)
        file.write_bytes(content)
        assert [row.order_id for row in index.orders()] == [placed.order_id]
        index.sync()
        assert index.order(placed.order_id).order == placed.order
    assert "building it anew" in said[0]
    assert len(said) == 1


@pytest.mark.parametrize("name", ["a%20b", "a?mode=ro", "a#b", "a b", "a&b=c;d", "über"])
def test_a_home_of_any_name(
    name: str, chain: Chain, accounts: list[LocalAccount], tmp_path: Path
) -> None:
    made = published(chain, accounts[1])
    home = tmp_path / name
    with Index.open(home, chain) as index:
        index.sync()
        assert [row.offer_id for row in index.offers()] == [made.offer_id]
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert list(home.glob("index-*.sqlite"))


def test_nobody_waits_for_the_node_of_another(
    chain: Chain, accounts: list[LocalAccount], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While one run asks its node, another reads and writes the same file to the end."""
    made = published(chain, accounts[1])
    busy: list[bool] = []
    with Index.open(tmp_path, chain) as slow, Index.open(tmp_path, chain) as other:
        monkeypatch.setattr("daimm_cli.index.database.BUSY_SECONDS", 0.01)
        for name in ("events", "headers", "latest", "has_block"):
            monkeypatch.setattr(chain.node, name, meanwhile(getattr(chain.node, name), other, busy))
        slow.sync()
        assert busy
        assert [row.offer_id for row in slow.offers()] == [made.offer_id]


def meanwhile(asked: Any, other: Index, busy: list[bool]) -> Any:
    """The question, during which another run goes from end to end."""

    def ask(*arguments: Any) -> Any:
        found = asked(*arguments)
        if not busy or busy[-1] is False:
            busy.append(True)
            other.sync()
            busy.append(False)
        return found

    return ask
