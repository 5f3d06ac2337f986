"""A missing or too old tool is named in one line that says what to do."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
GOOD = {
    "git": "exit 0",
    "make": "exit 0",
    "node": "echo v22.1.0",
    "npm": "exit 0",
    "python3": f'exec {sys.executable} "$@"',
}


def check(folder: Path, tools: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """`tools/setup.sh check` on a machine that has these tools alone."""
    for name in ("bash", "dirname", "mkdir", "env"):
        (folder / name).symlink_to(shutil.which(name) or name)
    for name, body in tools.items():
        (folder / name).write_text(f"#!/bin/bash\n{body}\n")
        (folder / name).chmod(0o755)
    environment = {k: v for k, v in os.environ.items() if k != "DAIMM_PYTHON"}
    return subprocess.run(
        [ROOT / "tools" / "setup.sh", "check"],
        env=environment | {"PATH": str(folder)},
        capture_output=True,
        text=True,
    )


def test_a_complete_machine_passes_silently(tmp_path: Path) -> None:
    run = check(tmp_path, GOOD)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"git": None}, "git is missing: install it"),
        ({"node": None}, "Node.js is missing: install version 20"),
        ({"node": "echo v18.19.0"}, "Node.js 18.19.0 is too old: install version 20"),
        ({"npm": None}, "npm is missing"),
        ({"python3": None}, "Python 3.11 or 3.12 is missing (found: none)"),
        (
            {"python3": '[ "$1" = --version ] && echo Python 3.9.2'},
            "Python 3.11 or 3.12 is missing (found: Python 3.9.2)",
        ),
        (
            {"python3": f'[[ "$2" != *ensurepip* ]] && exec {sys.executable} "$@"'},
            "apt install python3-venv",
        ),
    ],
)
def test_what_lacks_is_named_in_one_line(
    tmp_path: Path, change: dict[str, str | None], says: str
) -> None:
    tools = {name: body for name, body in (GOOD | change).items() if body is not None}
    run = check(tmp_path, tools)
    assert run.returncode == 1
    assert says in run.stderr
    assert run.stderr.count("\n") == 1


def kubo(folder: Path, tools: dict[str, str]) -> tuple[subprocess.CompletedProcess[str], Path]:
    """`setup.sh kubo` of a checkout of its own; also where it puts `ipfs`."""
    script = folder / "checkout" / "tools" / "setup.sh"
    script.parent.mkdir(parents=True)
    script.write_text((ROOT / "tools" / "setup.sh").read_text())
    path = folder / "path"
    path.mkdir()
    for name in ("bash", "dirname", "mkdir", "ln"):
        (path / name).symlink_to(shutil.which(name) or name)
    for name, body in tools.items():
        (path / name).write_text(f"#!{shutil.which('bash')}\n{body}\n")
        (path / name).chmod(0o755)
    run = subprocess.run(
        [path / "bash", script, "kubo"],
        env=os.environ | {"PATH": str(path)},
        capture_output=True,
        text=True,
    )
    return run, folder / "checkout" / ".build" / "bin" / "ipfs"


def test_kubo_on_the_path_is_taken(tmp_path: Path) -> None:
    run, ipfs = kubo(tmp_path, {"ipfs": "echo here"})
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    assert subprocess.run([ipfs], capture_output=True, text=True).stdout == "here\n"


def test_kubo_is_built_where_go_is(tmp_path: Path) -> None:
    build = '[ "$*" = "install github.com/ipfs/kubo/cmd/ipfs@v0.43.0" ] && : >"$GOBIN/ipfs"'
    run, ipfs = kubo(tmp_path, {"go": build, "nice": '"$@"'})
    assert (run.returncode, run.stderr) == (0, "")
    assert ipfs.exists()


@pytest.mark.parametrize(
    ("tools", "says"),
    [({}, "neither IPFS (Kubo) nor Go is here"), ({"go": "exit 1"}, "Kubo could not be built")],
)
def test_without_kubo_the_local_store_serves(
    tmp_path: Path, tools: dict[str, str], says: str
) -> None:
    run, ipfs = kubo(tmp_path, {"nice": '"$@"', **tools})
    assert run.returncode == 0
    assert says in run.stderr
    assert "the local store serves alone" in run.stderr
    assert run.stderr.count("\n") == 1
    assert not ipfs.exists()


def test_every_tool_is_in_the_table() -> None:
    table = (ROOT / "tools" / "README.md").read_text()
    found = {path.name for path in (ROOT / "tools").iterdir() if path.is_file()}
    for name in found - {"README.md", "__init__.py"}:
        assert f"`{name}`" in table, name


def test_nothing_that_make_starts_reports_to_the_maker_of_onnxruntime() -> None:
    probe = "probe:; @echo $$ORT_DISABLE_TELEMETRY"
    environment = {k: v for k, v in os.environ.items() if k != "ORT_DISABLE_TELEMETRY"}
    run = subprocess.run(
        ["make", "--no-print-directory", f"--eval={probe}", "probe"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert run.stdout == "1\n", run.stderr


def test_what_ape_caches_among_the_contracts_is_neither_built_nor_formatted() -> None:
    """Or the second `make test` in a checkout would fail on other people's code."""
    settings = tomllib.loads((ROOT / "foundry.toml").read_text())
    cached = settings["profile"]["default"]["skip"]
    assert settings["fmt"]["ignore"] == cached == ["contracts/.cache/**"]
