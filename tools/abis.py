"""Writes the ABIs that daimm ships, from what forge compiled.

    forge build && python -m tools.abis            # writes daimm_cli/chain/abi/*.json
    forge build && python -m tools.abis --check    # fails where they are stale

Each contract is one file with one entry a line, so that a change shows as the lines that changed.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "out"
ABI = ROOT / "daimm_cli" / "chain" / "abi"
CONTRACTS = ("AIMToken", "Authority", "Faucet", "Market", "ModelLicense", "ModelRegistry")


def generate() -> dict[str, str]:
    """File name to text."""
    return {f"{n}.json": _text(_abi(OUT / f"{n}.sol" / f"{n}.json")) for n in CONTRACTS}


def _abi(artifact: Path) -> list[dict[str, Any]]:
    entries = json.loads(artifact.read_text())["abi"]
    kept = [e for e in entries if e["type"] in ("function", "event", "error", "constructor")]
    return sorted((_bare(entry) for entry in kept), key=_order)


def _bare(value: Any) -> Any:
    if isinstance(value, list):
        return [_bare(item) for item in value]
    if isinstance(value, dict):
        return {key: _bare(item) for key, item in value.items() if key != "internalType"}
    return value


def _order(entry: dict[str, Any]) -> tuple[str, str, str]:
    return entry["type"], entry.get("name", ""), json.dumps(entry)


def _text(abi: list[dict[str, Any]]) -> str:
    lines = ",\n".join(json.dumps(entry, sort_keys=True) for entry in abi)
    return f"[\n{lines}\n]\n"


def main() -> int:
    files = generate()
    if "--check" not in sys.argv[1:]:
        ABI.mkdir(exist_ok=True)
        for name, text in files.items():
            (ABI / name).write_text(text)
        return 0
    stale = [n for n, t in files.items() if not (ABI / n).is_file() or (ABI / n).read_text() != t]
    for name in stale:
        print(f"{ABI / name} is stale: run `python -m tools.abis`", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
