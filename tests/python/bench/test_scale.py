"""The bench of a large artifact, with a small one."""

from __future__ import annotations

import json
from collections import namedtuple
from pathlib import Path

import pytest

from bench import scale
from bench.artifact import LIMIT_MB
from tools.chain import ROOT

MIB = 1 << 20


def test_every_step_is_measured_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tools.kubo.find", lambda: None)
    result = scale.run(24 * MIB, tmp_path)
    assert set(result["steps"]) == {"cp + flush", *scale.STEPS}
    for step in scale.STEPS:
        assert 0 < result["steps"][step]["memory_mb"] < LIMIT_MB
        assert f"\n{step} " in scale.table(result)
    assert "No `ipfs` was found" in scale.table(result)
    assert list(tmp_path.iterdir()) == []


def test_the_docs_show_the_committed_figures() -> None:
    page = (ROOT / "docs" / "storage.md").read_text()
    for step in json.loads((ROOT / "bench" / "scale.json").read_text())["steps"].values():
        shown = f"| {step['seconds']:.1f} | {step['mb_per_s']:.0f} | {step['times_cp']:.1f} |"
        assert shown in page


def test_a_disk_without_room_is_said_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage(0, 0, 3 * MIB))
    with pytest.raises(SystemExit, match="no room"):
        scale.run(MIB, tmp_path)
    assert list(tmp_path.iterdir()) == []
