"""Decimals of tokens, kept from when each was first met."""

from __future__ import annotations

from pathlib import Path

import pytest

from daimm_cli.base.errors import DaimmError, OutsideFailed
from daimm_cli.chain.decimals import Decimals

TOKEN = "0xdAC17F958D2ee523a2206206994597C13D831ec7"


def test_the_first_word_stands(tmp_path: Path) -> None:
    file = tmp_path / "decimals" / "1.json"
    assert Decimals(file).known(TOKEN) is None
    assert Decimals(file).of(TOKEN, 6) == 6
    later = Decimals(file)
    later.require_unchanged(TOKEN)
    assert later.of(TOKEN, 8) == 6
    with pytest.raises(OutsideFailed, match="has 8 decimals, and it had 6"):
        later.require_unchanged(TOKEN)
    assert Decimals(file).of(TOKEN, 6) == 6


def test_runs_at_the_same_time_forget_nothing(tmp_path: Path) -> None:
    file = tmp_path / "1.json"
    first, second = Decimals(file), Decimals(file)
    first.of("0x1", 6)
    second.of("0x2", 8)
    assert [Decimals(file).known(token) for token in ("0x1", "0x2")] == [6, 8]


@pytest.mark.parametrize("text", ["", "[]", "{", '{"a": "6"}', '{"a": -1}', '{"a": true}'])
def test_a_damaged_file_is_named(text: str, tmp_path: Path) -> None:
    file = tmp_path / "1.json"
    file.write_text(text)
    with pytest.raises(DaimmError, match=r"1\.json is damaged"):
        Decimals(file)


def test_what_another_process_met_meanwhile_stands(tmp_path: Path) -> None:
    file = tmp_path / "1.json"
    early, other = Decimals(file), Decimals(file)
    assert other.of(TOKEN, 6) == 6
    assert early.of(TOKEN, 18) == 6
    with pytest.raises(OutsideFailed, match="18 decimals, and it had 6"):
        early.require_unchanged(TOKEN)
    assert Decimals(file).known(TOKEN) == 6
