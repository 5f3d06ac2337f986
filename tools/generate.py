"""Writes every generated file, or checks that none is stale.

python -m tools.generate            # after `make build`: the ABIs come from what forge compiled
python -m tools.generate --check
"""

from __future__ import annotations

import sys
from pathlib import Path

from tools import abis, bindings, cli_reference, contract_reference

ROOT = Path(__file__).resolve().parent.parent


def generate() -> dict[Path, str]:
    """Every generated file and its text."""
    return {
        **abis.generate(),
        **bindings.generate(),
        **contract_reference.generate(),
        **cli_reference.generate(),
    }


def stale(files: dict[Path, str]) -> list[Path]:
    """The files whose text on disk is another or missing, and those that nothing makes any more."""
    differing = [p for p, text in files.items() if not p.exists() or p.read_text() != text]
    made = [
        *abis.ABI.glob("*.json"),
        *abis.PACKAGE.glob("*.json"),
        *filter(bindings.is_generated, bindings.HOME.glob("*.py")),
    ]
    return differing + [path for path in made if path not in files]


def main(arguments: list[str]) -> int:
    files = generate()
    different = stale(files)
    if arguments == ["--check"]:
        for path in different:
            print(f"{path.relative_to(ROOT)} is stale: run `make generate`", file=sys.stderr)
        return 1 if different else 0
    for path in different:
        if path in files:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(files[path])
        else:
            path.unlink()
        print(path.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
