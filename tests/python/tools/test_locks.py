"""Two locks of one resolution: the small one is what runs, and what the keeper's container has."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
UV = Path(sys.executable).with_name("uv")
PINNED = re.compile(r"^([a-z0-9][a-z0-9._-]*)==(\S+)", re.MULTILINE)
ALL, RUNTIME = (
    (ROOT / name).read_text() for name in ("requirements.lock", "requirements-runtime.lock")
)
CONTAINER = (ROOT / "service" / "keeper.Containerfile").read_text()

ONLY_THE_LOCKED = """
import importlib, pkgutil, re, sys
from importlib import metadata

locked = {re.sub("[-_.]+", "-", name).lower() for name in sys.argv[1:]} | {"daimm"}
owners = metadata.packages_distributions()

class Absent:
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        known = {re.sub("[-_.]+", "-", owner).lower() for owner in owners.get(top, ())}
        if known and not known & locked:
            raise ModuleNotFoundError(f"No module named {top!r}", name=name)

sys.meta_path.insert(0, Absent())
import daimm_cli
from daimm_cli.cli.main import run

for module in pkgutil.walk_packages(daimm_cli.__path__, "daimm_cli."):
    if module.name.endswith("__main__"):
        continue
    try:
        importlib.import_module(module.name)
    except ModuleNotFoundError as error:  # what reads ONNX comes with the extra `ml`
        if error.name not in ("numpy", "onnx"):
            raise
sys.exit(run(["--help"]) or run(["keeper", "run", "--help"]))
"""


def test_all_modules_and_the_help_need_the_runtime_lock_alone() -> None:
    names = [name for name, _ in PINNED.findall(RUNTIME)]
    ran = subprocess.run(
        [sys.executable, "-c", ONLY_THE_LOCKED, *names], cwd=ROOT, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    assert "daimm keeper run" in ran.stdout


def test_both_locks_pin_the_same_versions_by_hash() -> None:
    everything, runtime = dict(PINNED.findall(ALL)), dict(PINNED.findall(RUNTIME))
    assert runtime.items() <= everything.items()
    assert len(runtime) < len(everything) * 2 / 3
    for lock in (ALL, RUNTIME):
        assert len(re.findall(r"^\S+==\S+ \\\n    --hash=sha256:", lock, re.MULTILINE)) == len(
            PINNED.findall(lock)
        )
        assert "://" not in lock


def test_what_the_container_copies_is_enough_for_the_wheel(tmp_path: Path) -> None:
    for line in re.findall(
        r"^COPY (.*)", CONTAINER.partition("\n\nFROM ${BASE}\n")[0], re.MULTILINE
    ):
        *sources, target = line.split()
        for source in sources:
            place = tmp_path / target / (Path(source).name if target.endswith("/") else "")
            place.parent.mkdir(parents=True, exist_ok=True)
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, place, symlinks=True)
            else:
                shutil.copy(ROOT / source, place)
    command = f"{UV} build --wheel --offline --no-cache --out-dir wheel"
    ran = subprocess.run(command.split(), cwd=tmp_path, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr


def test_the_container_installs_from_the_runtime_lock_alone() -> None:
    assert re.search(r"^ARG BASE=\S+@sha256:[0-9a-f]{64}$", CONTAINER, re.MULTILINE)
    assert set(re.findall(r"^FROM (\S+)", CONTAINER, re.MULTILINE)) == {"${BASE}"}
    final = CONTAINER.rpartition("\nFROM ")[2]
    assert "requirements-runtime.lock" in final
    assert "requirements.lock" not in final
    installs = re.findall(r"pip install [^\n]*", CONTAINER)
    assert all("--require-hashes" in line or "--no-index" in line for line in installs), installs
