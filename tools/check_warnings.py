"""Fails when the compiler warns about a source of ours.

    python -m tools.check_warnings

forge cannot tell: forge-std and solady alone cause more than the 256 warnings that solc reports at
most (a parameter named `error`, the older way to mark assembly), and the rest, ours, is dropped.
Here what they cause is cut out on the way to the compiler, which only analyses: no code is made.
"""

from __future__ import annotations

import json
import posixpath
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
OURS = ("contracts", "interfaces", "tests/foundry")
_IMPORT = re.compile(r"""^\s*import\s[^;]*?["']([^"']+)["'];""", re.MULTILINE)
_ACCEPTED = {"2394"}  # transient storage is used: said once, whatever the code does with it
_MUTABILITY = "2018"  # whether a test could be `view` is nobody's concern
_NOISE = re.compile(r"(?<=calldata )error\b|@solidity memory-safe-assembly")


def warnings() -> list[str]:
    """Each warning about our sources, as the compiler words it."""
    profile = tomllib.loads((ROOT / "foundry.toml").read_text())["profile"]["default"]
    remappings = profile["remappings"]
    request = {
        "language": "Solidity",
        "sources": {name: {"content": text} for name, text in _sources(remappings).items()},
        "settings": {
            "remappings": remappings,
            "evmVersion": profile["evm_version"],
            "outputSelection": {"*": {"": ["ast"]}},
        },
    }
    run = subprocess.run(
        [str(ROOT / "tools" / "solc"), "--standard-json", "--base-path", str(ROOT)],
        input=json.dumps(request),
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    found: list[dict[str, Any]] = json.loads(run.stdout).get("errors", [])
    return [entry["formattedMessage"] for entry in found if _counts(entry)]


def _counts(entry: dict[str, Any]) -> bool:
    if entry.get("errorCode") in _ACCEPTED:
        return False
    file = entry.get("sourceLocation", {}).get("file", "")
    if entry.get("errorCode") == _MUTABILITY and file.startswith("tests/"):
        return False
    return entry["severity"] == "error" or not file.startswith("node_modules/")


def _sources(remappings: list[str]) -> dict[str, str]:
    """Our sources and all that they import, by path from the root."""
    targets = dict(remapping.split("=", 1) for remapping in remappings)
    waiting = [
        file.relative_to(ROOT)
        for folder in OURS
        for file in sorted((ROOT / folder).rglob("*.sol"))
        if ".cache" not in file.parts
    ]
    found: dict[str, str] = {}
    while waiting:
        path = waiting.pop()
        if str(path) in found:
            continue
        text = (ROOT / path).read_text()
        if path.parts[0] == "node_modules":
            text = _NOISE.sub("", text)
        found[str(path)] = text
        waiting.extend(resolve(path, name, targets) for name in _IMPORT.findall(text))
    return found


def resolve(importer: Path, name: str, targets: dict[str, str]) -> Path:
    """The path from the root of what `importer` imports as `name`."""
    if name.startswith("."):
        return Path(posixpath.normpath(importer.parent / name))
    for prefix, target in targets.items():
        if name.startswith(prefix):
            return Path(target + name.removeprefix(prefix))
    return Path(name)


def main() -> int:
    found = warnings()
    for text in found:
        print(text, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
