"""Writes the ABIs that ship, from what forge compiled.

    python -m tools.generate            # after `make build`, with the other generated files
    python -m tools.generate --check    # fails where one is stale

Each contract is one file with one entry a line, so that a change shows as the lines that changed:
in the package of `interfaces/`, where Errors.json has the errors of all contracts and of the
libraries that they are made with. A call of one contract also reverts with those of the contracts
that it calls. What daimm itself needs of them is in `daimm_cli/bindings`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "out"
PACKAGE = ROOT / "interfaces" / "abi"
CONTRACTS = (
    *("AIMToken", "AIMVotes", "Arbiter", "Attestations", "Authority", "Bonds", "Claims"),
    *("ContentProof", "Court", "CoverPool", "DaimmGovernor", "DrandRandomness", "Faucet"),
    *("HeaderRandomness", "KeyRequests", "Lineage", "Market", "ModelLicense", "ModelRegistry"),
    *("MovingPrice", "Profiles", "Rebates", "RevenueSplitter", "Reviews", "Secondary"),
    *("Timelock", "Vesting", "Vouchers"),
)

Abi = list[dict[str, Any]]


def generate() -> dict[Path, str]:
    """Every file and its text."""
    abis = {name: _abi(name) for name in CONTRACTS}
    errors = {
        json.dumps(_bare(entry)): entry
        for abi in (*abis.values(), _abi("ILibraryErrors"))
        for entry in abi
        if entry["type"] == "error"
    }
    packed = {**abis, "Errors": sorted(errors.values(), key=_order)}
    return {PACKAGE / f"{name}.json": _text(abi) for name, abi in packed.items()}


def _abi(name: str) -> Abi:
    entries = json.loads((OUT / f"{name}.sol" / f"{name}.json").read_text())["abi"]
    kept = [e for e in entries if e["type"] in ("function", "event", "error", "constructor")]
    return sorted(kept, key=_order)


def _bare(value: Any) -> Any:
    if isinstance(value, list):
        return [_bare(item) for item in value]
    if isinstance(value, dict):
        return {key: _bare(item) for key, item in value.items() if key != "internalType"}
    return value


def _order(entry: dict[str, Any]) -> tuple[str, str, str]:
    return entry["type"], entry.get("name", ""), json.dumps(_bare(entry))


def _text(abi: Abi) -> str:
    lines = ",\n".join(json.dumps(entry, sort_keys=True) for entry in abi)
    return f"[\n{lines}\n]\n"
