"""The compiler shim answers as native solc does."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
SHIM = ROOT / "tools" / "solc"
SOURCE = "// SPDX-License-Identifier: MIT\npragma solidity 0.8.37;\n"


def solc(*arguments: str, stdin: str = "", **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(SHIM), *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        env=os.environ | env,
        timeout=120,
    )


def compiled(sources: dict[str, str], *arguments: str, **settings: Any) -> dict[str, Any]:
    settings.setdefault("outputSelection", {"*": {"*": ["evm.bytecode.object"]}})
    request = {
        "language": "Solidity",
        "sources": {name: {"content": text} for name, text in sources.items()},
        "settings": settings,
    }
    run = solc("--standard-json", *arguments, stdin=json.dumps(request))
    assert run.returncode == 0, run.stderr
    answer: dict[str, Any] = json.loads(run.stdout)
    return answer


def test_version_is_the_one_of_the_compiler_that_is_loaded() -> None:
    loaded = subprocess.run(
        ["node", "-p", "require('solc').version()"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    ).stdout.strip()
    assert solc("--version").stdout.splitlines()[-1] == f"Version: {loaded}"


def test_imports_resolve_below_base_and_include_paths(tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    (tmp_path / "more").mkdir()
    (tmp_path / "base" / "A.sol").write_text(SOURCE + "contract A {}\n")
    (tmp_path / "more" / "B.sol").write_text(SOURCE + "contract B {}\n")
    main = SOURCE + 'import {A} from "A.sol";\nimport {B} from "B.sol";\ncontract C is A, B {}\n'
    answer = compiled(
        {"C.sol": main},
        *("--base-path", str(tmp_path / "base")),
        *("--include-path", str(tmp_path / "more")),
    )
    assert set(answer["contracts"]) == {"A.sol", "B.sol", "C.sol"}


def test_imports_from_outside_are_refused(tmp_path: Path) -> None:
    base = tmp_path / "base"
    base.mkdir()
    (tmp_path / "Secret.sol").write_text(SOURCE + "contract Secret {}\n")
    (base / "Link.sol").symlink_to(tmp_path / "Secret.sol")
    for name in (str(tmp_path / "Secret.sol"), "Link.sol"):
        answer = compiled({"C.sol": f'{SOURCE}import "{name}";\n'}, "--base-path", str(base))
        assert "outside of allowed directories" in answer["errors"][0]["message"]
    allowed = compiled(
        {"C.sol": f'{SOURCE}import "{tmp_path}/Secret.sol";\n'},
        *("--base-path", str(base)),
        *("--allow-paths", str(tmp_path)),
    )
    assert "errors" not in allowed


def test_code_carries_metadata_only_where_it_is_asked_for() -> None:
    sources = {"C.sol": SOURCE + "contract C {}\n"}
    bare = compiled(sources)["contracts"]["C.sol"]["C"]["evm"]["bytecode"]["object"]
    asked = compiled(sources, metadata={"appendCBOR": True, "bytecodeHash": "ipfs"})
    assert "64697066735822" not in bare
    assert "64697066735822" in asked["contracts"]["C.sol"]["C"]["evm"]["bytecode"]["object"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "usage"),
        (("--optimize",), "cannot do --optimize"),
        (("--base-path",), "--base-path needs a value"),
    ],
)
def test_what_it_cannot_do_is_said(arguments: tuple[str, ...], says: str) -> None:
    run = solc(*arguments)
    assert run.returncode == 1
    assert says in run.stderr


def test_a_native_compiler_is_used_when_named_and_of_the_same_version(tmp_path: Path) -> None:
    version = solc("--version").stdout
    native = tmp_path / "native"
    native.write_text(f"#!/bin/sh\ncat >/dev/null\n[ \"$1\" = --version ] && echo '{version}'\n")
    native.chmod(0o755)
    request = json.dumps({"language": "Solidity", "sources": {}})
    assert solc("--standard-json", stdin=request, DAIMM_SOLC=str(native)).stdout == ""
    native.write_text("#!/bin/sh\necho 'Version: 0.8.36+commit.00000000.Linux.g++'\n")
    run = solc("--standard-json", stdin=request, DAIMM_SOLC=str(native))
    assert run.returncode == 1
    assert "is not solc 0.8.37" in run.stderr
