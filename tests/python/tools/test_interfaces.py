"""The interfaces as a package: what it holds, and its README's contract in a project of another."""

from __future__ import annotations

import re
import subprocess
import tarfile
from pathlib import Path

from tools.chain import tool_path

ROOT = Path(__file__).resolve().parents[3]
SETTINGS = f"""[profile.default]
src = "src"
solc = "{ROOT / "tools/solc"}"
offline = true
auto_detect_remappings = false
remappings = ["@daimm/interfaces/=node_modules/@daimm/interfaces/"]
"""


def test_an_integrators_project_compiles_against_the_package(tmp_path: Path) -> None:
    packed = subprocess.run(
        ["npm", "pack", "--silent", "--offline", "--pack-destination", tmp_path, "./interfaces"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    with tarfile.open(tmp_path / packed.stdout.strip()) as archive:
        names = {name.removeprefix("package/") for name in archive.getnames()}
        archive.extractall(tmp_path, filter="data")
    sources = {path.name for path in (ROOT / "interfaces").glob("*.sol")}
    assert names == sources | {"LICENSE", "README.md", "package.json"}
    assert (tmp_path / "package/LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()

    place = tmp_path / "node_modules/@daimm/interfaces"
    place.parent.mkdir(parents=True)
    (tmp_path / "package").rename(place)
    (tmp_path / "foundry.toml").write_text(SETTINGS)
    example = re.search(r"```solidity\n(.*?)```", (place / "README.md").read_text(), re.DOTALL)
    assert example
    (tmp_path / "src").mkdir()
    head = "// SPDX-License-Identifier: MIT\npragma solidity ^0.8.28;\n"
    (tmp_path / "src/Members.sol").write_text(head + example[1])
    built = subprocess.run(
        [tool_path("forge"), "build", "--root", tmp_path], capture_output=True, text=True
    )
    assert built.returncode == 0, built.stderr + built.stdout
    assert (tmp_path / "out/Members.sol/Members.json").is_file()
