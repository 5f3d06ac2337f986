"""Small JSON files of a home, and what stands in their place."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest

from daimm_cli.base import records

BROKEN = [
    b"",
    b"\xff",
    b"{",
    b"[]",
    b"null",
    b"{}",
    b'{"number": "x"}',
    b'{"number": null}',
    b'{"number": ' + b"[" * 100_000,
    b'{"number": 1, "x": "' + b" " * records.LIMIT + b'"}',
]


def number(data: dict[str, Any]) -> int:
    return int(data["number"])


def test_a_record_comes_back_and_is_its_owner_s_alone(tmp_path: Path) -> None:
    file = tmp_path / "new" / "7.json"
    records.keep(file, {"number": 7})
    assert records.read(file, number) == 7
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert records.read(file.with_name("8.json"), number) is None


@pytest.mark.parametrize("content", BROKEN)
def test_a_damaged_record_is_set_aside_and_told(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "7.json"
    for name in ("7.json.damaged", "7.json.damaged-2"):
        file.write_bytes(content)
        with pytest.raises(records.Damaged, match="is damaged"):
            records.read(file, number)
        assert records.take(file, number) is None
        assert not file.exists()
        assert (tmp_path / name).read_bytes() == content
        assert name in caplog.text


def test_one_damaged_record_hides_no_other(tmp_path: Path) -> None:
    for each in (1, 2, 3):
        records.keep(tmp_path / f"{each}.json", {"number": each})
    (tmp_path / "2.json").write_bytes(b"{")
    found = list(records.take_all(tmp_path, "*.json", number))
    assert [value for _, value in found] == [1, 3]
    assert list(records.take_all(tmp_path / "none", "*.json", number)) == []
