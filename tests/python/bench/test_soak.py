"""The soak: a short one each time, and what the committed long one found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench import soak


def test_a_short_soak(tmp_path: Path) -> None:
    out = tmp_path / "soak.json"
    status = soak.main(["--orders", "20", "--faults", "8", "--out", str(out)])
    result = json.loads(out.read_text())
    assert status == 0, result
    assert result["delivered"] + result["refunded"] == result["orders"] >= 20
    assert result["delivered"]
    assert result["faults"] >= 8


def test_the_committed_soak_was_long_and_lost_nothing() -> None:
    result = json.loads(soak.RESULTS.read_text())
    assert result["orders"] >= 300
    assert result["faults"] >= 100
    assert sum(result["by_kind"].values()) == result["faults"]
    assert result["delivered"] + result["refunded"] == result["orders"]
    assert {name: result[name] for name in soak.FORBIDDEN} == dict.fromkeys(soak.FORBIDDEN, 0)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_long_soaks(tmp_path: Path, seed: int) -> None:
    arguments = ["--orders", "400", "--faults", "200", "--seed", str(seed)]
    assert soak.main([*arguments, "--out", str(tmp_path / "soak.json")]) == 0
