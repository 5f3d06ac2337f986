"""Memory stays flat, by the same measurement that the bench prints."""

import argparse
from pathlib import Path

import pytest

from bench import artifact as bench

MIB = 1 << 20


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    measured = []
    for size in (32 * MIB, 128 * MIB):
        bench.write_model(tmp_path / "model", size)
        measured.append({name: bench.measure_ours(name, tmp_path, 2) for name in bench.OURS})
    for name in bench.OURS:
        small, large = (measures[name] for measures in measured)
        assert small["processes"] == large["processes"] == 2
        assert 1 < large["memory_mb"] < bench.LIMIT_MB / 2
        assert large["memory_mb"] < small["memory_mb"] + 8


def test_the_table_sets_all_side_by_side(tmp_path: Path) -> None:
    result = bench.run(MIB, 1, None, tmp_path)
    assert {"cp", "cp + flush", *bench.OURS} <= set(result["operations"])
    assert result["operations"]["cp + flush"]["times_cp"] == 1
    for operation in result["operations"]:
        assert f"\n{operation} " in bench.table(result)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "size"), [("0", 0), ("5", 5), ("3KiB", 3072), ("64MiB", 64 * MIB), ("1GiB", 1 << 30)]
)
def test_sizes_are_read(text: str, size: int) -> None:
    assert bench.parse_size(text) == size


@pytest.mark.parametrize("text", ["", "-1", "1GB", "1 GiB", "x"])
def test_other_sizes_are_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        bench.parse_size(text)
