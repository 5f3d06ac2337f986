"""`make demo`, as a newcomer runs it: it ends well, and whatever ends it cleans up."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
DEMO = [sys.executable, "scripts/demo.py"]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A place of its own for what is temporary."""
    (tmp_path / "tmp").mkdir()
    return {**os.environ, "TMPDIR": str(tmp_path / "tmp"), "COLUMNS": "120"}


def test_the_demo_tells_the_whole_story_and_leaves_nothing(
    environment: dict[str, str], tmp_path: Path
) -> None:
    done = subprocess.run(
        DEMO, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=400, check=False
    )
    assert done.returncode == 0, done.stderr + done.stdout[-2000:]
    said = done.stdout
    for part in (
        "model.onnx: the same 3,163,737 bytes",
        "contracts/market/Market.sol    is solidity",
        "Withdrew 10 AIM",
        "reverted with KeyDelivery_WrongChallenge",
        "10.1 AIM is credited",
        "deliver the key, pay the seller",
    ):
        assert part in said
    assert len(re.findall(r"gas: [0-9,]+", said)) >= 7
    assert "\x1b" not in said
    assert list((tmp_path / "tmp").iterdir()) == []


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_demo_leaves_nothing(
    environment: dict[str, str], tmp_path: Path, how: signal.Signals
) -> None:
    demo = subprocess.Popen(
        DEMO, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert demo.stdout is not None
    try:
        for line in demo.stdout:
            if "seller$" in line:
                break
        demo.send_signal(how)
        demo.stdout.read()
        assert demo.wait(timeout=60) == 130
    finally:
        demo.kill()
        demo.stdout.close()
    assert list((tmp_path / "tmp").iterdir()) == []
