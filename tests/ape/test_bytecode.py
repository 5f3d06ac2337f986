"""Ape and forge make the same creation code of every contract, from the same sources."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import ape

from tools.chain import tool_path

ROOT = Path(__file__).resolve().parents[2]


def creation_code_by_forge() -> dict[str, str]:
    """Creation code of each contract below contracts/, by name; libraries and all."""
    subprocess.run([tool_path("forge"), "build", "contracts"], cwd=ROOT, check=True)
    codes = {}
    for source in (ROOT / "contracts").rglob("*.sol"):
        if ".cache" in source.parts:
            continue
        for artifact in (ROOT / "out" / source.name).glob("*.json"):
            made = json.loads(artifact.read_text())
            target = {source.relative_to(ROOT).as_posix(): artifact.stem}
            if made["metadata"]["settings"]["compilationTarget"] == target:
                codes[artifact.stem] = made["bytecode"]["object"]
    return {name: code for name, code in codes.items() if code != "0x"}


def test_both_compilers_make_the_same_creation_code() -> None:
    by_forge = creation_code_by_forge()
    by_ape = {
        name: made.deployment_bytecode.bytecode
        for name, made in ape.project.load_contracts().items()
        if made.source_id.startswith("contracts/") and made.deployment_bytecode is not None
    }
    by_ape = {name: code for name, code in by_ape.items() if code and code != "0x"}
    assert {"AIMToken", "Market", "ModelLicense", "ModelRegistry"} <= set(by_forge)
    assert {name for name in by_forge if by_forge[name] != by_ape.get(name)} == set()
    assert set(by_ape) == set(by_forge)
