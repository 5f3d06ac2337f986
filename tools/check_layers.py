"""Fails when a contract reaches up: calls go down the layers only.

    python -m tools.check_layers

A contract sees what it imports, directly or through its bases, libraries and interfaces. It may see
itself, the interfaces that it implements, and interfaces of the layers below its own; never another
concrete contract. An interface has the layer of the lowest contract that implements it; one that
nobody here implements (a standard, a set of types) has none and may be seen by all. Code of others
comes from OpenZeppelin and solady alone.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# The table of docs/architecture.md. A new contract gets its line here.
LAYERS = {
    "AIMToken": 0,
    "AIMVotes": 0,
    "Arbiter": 0,
    "Authority": 0,
    "ContentProof": 0,
    "DrandRandomness": 0,
    "Faucet": 0,
    "HeaderRandomness": 0,
    "Profiles": 0,
    "RevenueSplitter": 0,
    "Timelock": 0,
    "Vesting": 0,
    "Court": 1,
    "DaimmGovernor": 1,
    "ModelRegistry": 1,
    "MovingPrice": 1,
    "Vouchers": 1,
    "ModelLicense": 2,
    "Lineage": 2,
    "Market": 3,
    "Attestations": 4,
    "Claims": 4,
    "KeyRequests": 4,
    "Rebates": 4,
    "Reviews": 4,
    "Bonds": 5,
    "Secondary": 5,
    "CoverPool": 6,
}
# Addresses that come in calldata or in terms may be anything, also from above: they are taken for
# hostile, and believed in nothing but their answer.
HANDED_IN = {"IAdjudicated", "IArbitrable", "ILedger", "IPriceRule"}
WELL_KEPT = ("@openzeppelin/contracts/", "solady/")

_IMPORT = re.compile(r"""\bimport\s[^;]*?["']([^"']+)["']\s*;""")
_DECLARED = re.compile(
    r"^(abstract contract|contract|interface|library)\s+(\w+)(?:\s+is\s+([^{]+))?", re.MULTILINE
)
_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)


@dataclass(frozen=True)
class Unit:
    """A contract, interface or library: what kind, where (from the root), and its direct bases."""

    name: str
    kind: str
    file: str
    bases: tuple[str, ...]


class Sources:
    """What the Solidity files below `root`'s contracts/ and interfaces/ declare and import."""

    def __init__(self, root: Path) -> None:
        self.units: dict[str, Unit] = {}
        self.imports: dict[str, list[str]] = {}
        for path in sorted([*root.glob("contracts/**/*.sol"), *root.glob("interfaces/**/*.sol")]):
            file = path.relative_to(root).as_posix()
            if "/.cache/" in file:
                continue
            text = _COMMENT.sub(" ", path.read_text())
            self.imports[file] = [
                (path.parent / name).resolve().relative_to(root).as_posix()
                if name.startswith(".")
                else name
                for name in _IMPORT.findall(text)
            ]
            for kind, name, bases in _DECLARED.findall(text):
                names = tuple(re.sub(r"\(.*?\)", "", bases, flags=re.DOTALL).split(","))
                self.units[name] = Unit(name, kind, file, tuple(b.strip() for b in names))

    def inherited(self, name: str) -> set[str]:
        """`name` and all its bases that are declared here."""
        unit = self.units.get(name)
        if unit is None:
            return set()
        return {name}.union(*(self.inherited(base) for base in unit.bases))

    def seen_from(self, file: str) -> dict[str, str]:
        """All files that `file` imports, directly or not, each with the file that imports it."""
        found: dict[str, str] = {}
        waiting = [file]
        while waiting:
            importer = waiting.pop()
            for name in self.imports.get(importer, []):
                if name not in found and name != file:
                    found[name] = importer
                    waiting.append(name)
        return found

    def layer(self, name: str) -> int | None:
        """The layer of the lowest concrete contract that is or implements `name`."""
        layers = [
            LAYERS[unit.name]
            for unit in self.units.values()
            if unit.kind == "contract" and unit.name in LAYERS and name in self.inherited(unit.name)
        ]
        return min(layers, default=None)


def faults(root: Path) -> Iterator[str]:
    """One sentence for each import that the layers forbid."""
    sources = Sources(root)
    for file, names in sources.imports.items():
        for name in names:
            if name not in sources.imports and not name.startswith(WELL_KEPT):
                yield f"{file} imports {name}, which is neither ours nor from {WELL_KEPT}"
    for unit in sources.units.values():
        if unit.kind != "contract":
            continue
        if unit.name not in LAYERS:
            yield f"{unit.file}: {unit.name} has no layer: give it one in tools/check_layers.py"
            continue
        yield from _reaches(sources, unit)


def _reaches(sources: Sources, unit: Unit) -> Iterator[str]:
    own = sources.inherited(unit.name)
    through = sources.seen_from(unit.file)
    for other in sources.units.values():
        if other.file not in through or other.name in own:
            continue
        importer = through[other.file]
        if other.kind == "contract":
            yield f"{importer} imports the contract {other.name}: {unit.name} may see its interface"
        elif other.kind == "interface":
            layer = sources.layer(other.name)
            handed_in = other.name in HANDED_IN
            if not handed_in and layer is not None and layer >= LAYERS[unit.name]:
                yield (
                    f"{importer} imports {other.name} of layer {layer}:"
                    f" {unit.name} of layer {LAYERS[unit.name]} may only call below itself"
                )


def main() -> int:
    found = sorted(set(faults(ROOT)))
    for sentence in found:
        print(sentence, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
