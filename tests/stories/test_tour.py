"""`make tour`, as a newcomer runs it: every chapter ends well, and nothing is left."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.stories.test_demo import ROOT, environment

__all__ = ["environment"]


def test_the_tour_tells_every_chapter_and_leaves_nothing(
    environment: dict[str, str], tmp_path: Path
) -> None:
    tour = [sys.executable, "scripts/tour.py"]
    done = subprocess.run(
        tour, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=1200, check=False
    )
    assert done.returncode == 0, done.stderr + done.stdout[-2000:]
    said = done.stdout
    for part in (
        "Half of what was above the floor is gone",
        "Market.sol  solidity (100.0% sure)",
        "The score is 0.917460317, as the report says",
        "Withdrew 7 AIM",
        "resting on 8 of 12 items, as the report says",
        "bom.json: CycloneDX 1.6, 2 files, licence Apache-2.0",
        "none is changed, missing or more",
        "8 AIM, in place of 10 AIM",
        "Withdrew 0.8 AIM",
        "Withdrew 3.6 AIM",
        "alone: buy with that account",
        "resold/model.onnx",
        "Ended: what is left of the rent is yours.",
        "gift/model.onnx",
        "Renewed until",
        "The claim on order",
        "The claim on result",
        "version 1, is proven wrong",
        "Claimed for 8 orders",
        "Chosen by a program",
        "LOOKS LIKE the handle of",
        "9.95 AIM a sale",
    ):
        assert part in said
    chapters = re.findall(r"^([0-9]+)\. \S", said, re.MULTILINE)
    assert chapters == [str(number) for number in range(1, len(chapters) + 1)]
    assert "\x1b" not in said
    assert list((tmp_path / "tmp").iterdir()) == []
