"""What forge compiled: creation code, runtime code, constructor.

>>> artifact("Market").creation(["0x..", ...])

Deployment and verification take forge's output because it tells where the immutables are in the
runtime code. Ape compiles the same bytes: tests/ape/test_bytecode.py compares.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from daimm_cli.base.errors import DaimmError
from daimm_cli.bindings.values import encode
from tools.chain import tool_path

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "out"


@dataclass(frozen=True)
class Artifact:
    """One contract. masks: (start, length) of each immutable in the runtime code, in bytes."""

    name: str
    inputs: tuple[str, ...]
    bytecode: bytes
    runtime: bytes
    masks: tuple[tuple[int, int], ...]

    def creation(self, arguments: Sequence[Any]) -> bytes:
        """What the creating transaction carries."""
        return self.bytecode + encode(self.inputs, arguments)

    def made(self, code: bytes) -> bool:
        """Whether `code` is this contract's, whatever its immutables are."""
        return self._masked(code) == self._masked(self.runtime)

    def _masked(self, code: bytes) -> bytes:
        masked = bytearray(code)
        for start, length in self.masks:
            masked[start : start + length] = bytes(length)
        return bytes(masked)


def build() -> None:
    """Compile what changed; raises DaimmError where that fails."""
    print("Compiling what changed; the first time takes minutes.", file=sys.stderr, flush=True)
    made = subprocess.run(
        [str(tool_path("forge")), "build", "contracts"], cwd=ROOT, capture_output=True, check=False
    )
    if made.returncode != 0:
        raise DaimmError("The contracts do not compile: run `make build` to see why.")


def artifact(name: str, folder: Path = OUT) -> Artifact:
    """A compiled contract; raises DaimmError where there is none.

    name: the contract's, or what a book calls it (Vesting/team).
    """
    name = name.partition("/")[0]
    try:
        data = json.loads((folder / f"{name}.sol" / f"{name}.json").read_text())
    except (OSError, ValueError):
        raise DaimmError(f"{name} is not compiled: run `make build`.") from None
    constructor = [entry for entry in data["abi"] if entry["type"] == "constructor"]
    inputs = constructor[0]["inputs"] if constructor else []
    runtime = data["deployedBytecode"]
    spans = runtime.get("immutableReferences", {}).values()
    return Artifact(
        name=name,
        inputs=tuple(_abi_type(argument) for argument in inputs),
        bytecode=bytes.fromhex(data["bytecode"]["object"][2:]),
        runtime=bytes.fromhex(runtime["object"][2:]),
        masks=tuple(sorted((s["start"], s["length"]) for span in spans for s in span)),
    )


def _abi_type(argument: dict[str, Any]) -> str:
    kind: str = argument["type"]
    if not kind.startswith("tuple"):
        return kind
    return f"({','.join(_abi_type(part) for part in argument['components'])}){kind[5:]}"
