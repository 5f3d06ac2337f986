"""Each contract leaves room below the largest code that a chain accepts (EIP-170: 24,576 bytes)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
CONTRACTS = sorted((ROOT / "contracts").glob("*/*.sol"))
MOST = 24_000


@pytest.mark.parametrize("source", CONTRACTS, ids=lambda path: path.stem)
def test_a_contract_fits(source: Path) -> None:
    compiled = ROOT / "out" / source.name / f"{source.stem}.json"
    code = json.loads(compiled.read_text())["deployedBytecode"]["object"]
    assert len(code.removeprefix("0x")) // 2 <= MOST
