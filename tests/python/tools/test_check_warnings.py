"""A warning about a source of ours is found although forge-std fills solc's list of warnings."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import check_warnings

TEST = """// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";

contract Careless is Test {
    function test_Nothing() public {
        uint256 unused = 1;
    }
}
"""


def test_an_unused_variable_in_a_test_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("foundry.toml", "node_modules", "tools"):
        (tmp_path / name).symlink_to(check_warnings.ROOT / name)
    (tmp_path / "tests" / "foundry").mkdir(parents=True)
    monkeypatch.setattr(check_warnings, "ROOT", tmp_path)
    folder = tmp_path / "tests" / "foundry"
    (folder / "Careless.t.sol").write_text(TEST)
    (folder / "Careful.t.sol").write_text(
        TEST.replace("Careless", "Careful").replace("uint256 unused = 1;", "vm.warp(1);")
    )
    found = check_warnings.warnings()
    assert any("Unused local variable" in text for text in found)
    assert all("tests/foundry/Careless.t.sol" in text for text in found)
