"""A missing or too old tool is named in one line that says what to do."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
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
