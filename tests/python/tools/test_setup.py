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


def client(
    name: str, folder: Path, tools: dict[str, str]
) -> tuple[subprocess.CompletedProcess[str], Path]:
    """`setup.sh NAME` of a checkout of its own; also where it puts the program."""
    checkout = folder / "checkout"
    shutil.copytree(ROOT / "tools" / "clients", checkout / "tools" / "clients")
    script = shutil.copy(ROOT / "tools" / "setup.sh", checkout / "tools")
    path = folder / "path"
    path.mkdir()
    for tool in ("bash", "dirname", "mkdir", "ln", "rm", "sed"):
        (path / tool).symlink_to(shutil.which(tool) or tool)
    for tool, body in tools.items():
        (path / tool).write_text(f"#!{shutil.which('bash')}\n{body}\n")
        (path / tool).chmod(0o755)
    run = subprocess.run(
        [path / "bash", script, name],
        env=os.environ | {"PATH": str(path)},
        capture_output=True,
        text=True,
    )
    return run, checkout / ".build" / "bin" / name


CLIENTS = {
    "age": "filippo.io/age/cmd/age",
    "ipfs": "github.com/ipfs/kubo/cmd/ipfs",
    "geth": "github.com/ethereum/go-ethereum/cmd/geth",
}


@pytest.mark.parametrize("name", CLIENTS)
def test_a_client_on_the_path_is_taken(tmp_path: Path, name: str) -> None:
    run, program = client(name, tmp_path, {name: "echo here"})
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    assert subprocess.run([program], capture_output=True, text=True).stdout == "here\n"


@pytest.mark.parametrize(("name", "package"), CLIENTS.items())
def test_a_client_is_built_where_go_is_from_the_module_that_pins_it(
    tmp_path: Path, name: str, package: str
) -> None:
    build = f"""
        [ "$1 $2 $3" = "build -C tools/clients/{name}" ] && [ "${{@: -1}}" = {package} ] || exit 1
        while [ "$1" != -o ]; do shift; done
        : >"$2"
    """
    run, program = client(name, tmp_path, {"go": build, "nice": '"$@"'})
    assert (run.returncode, run.stderr) == (0, "")
    assert program.exists()


def test_without_a_client_and_without_go_setup_says_what_is_not_tested(tmp_path: Path) -> None:
    run, program = client("ipfs", tmp_path, {})
    assert run.returncode == 0
    assert run.stderr == (
        "setup: neither ipfs nor Go is here: what needs a real ipfs is not tested\n"
    )
    assert not program.exists()


def test_a_client_that_cannot_be_built_fails_the_setup(tmp_path: Path) -> None:
    run, program = client("ipfs", tmp_path, {"nice": '"$@"', "go": "exit 1"})
    assert run.returncode == 1
    assert run.stderr == "setup: ipfs could not be built: .build/ipfs.log says why\n"
    assert not program.exists()


@pytest.mark.parametrize(
    ("system", "tools", "says"),
    [
        ("Linux", {}, "apt install bubblewrap"),
        ("Linux", {"bwrap": "exit 0"}, ""),
        ("Darwin", {}, ""),
    ],
)
def test_a_missing_sandbox_is_named_in_one_line_and_fails_nothing(
    tmp_path: Path, system: str, tools: dict[str, str], says: str
) -> None:
    path = tmp_path / "path"
    path.mkdir()
    for tool, body in (tools | {"uname": f"echo {system}"}).items():
        (path / tool).write_text(f"#!{shutil.which('bash')}\n{body}\n")
        (path / tool).chmod(0o755)
    for tool in ("bash", "dirname", "mkdir"):
        (path / tool).symlink_to(shutil.which(tool) or tool)
    run = subprocess.run(
        [path / "bash", ROOT / "tools" / "setup.sh", "sandbox"],
        env=os.environ | {"PATH": str(path)},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0
    assert run.stderr.count("\n") == bool(says)
    assert says in run.stderr


def make_plans(goal: str) -> str:
    """What `make GOAL` would do in a checkout where nothing is set up."""
    return subprocess.run(
        ["make", "--no-print-directory", "--dry-run", "--always-make", goal],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_tests_build_the_clients_and_the_demo_waits_for_none() -> None:
    for name in CLIENTS:
        assert f"tools/setup.sh {name}" in make_plans("test")
        assert f"tools/setup.sh {name}" not in make_plans("demo")


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
