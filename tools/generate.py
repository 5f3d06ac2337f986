"""Writes every generated file, or checks that none is stale.

python -m tools.generate            # after `make build`: the ABIs come from what forge compiled
python -m tools.generate --check
"""

from __future__ import annotations

import sys
from pathlib import Path

from tools import abis, bindings, contract_reference

ROOT = Path(__file__).resolve().parent.parent


def generate() -> dict[Path, str]:
    """Every generated file and its text."""
    return {
        **abis.generate(),
        **bindings.generate(),
        **contract_reference.generate(),
    }


def generate_from_code() -> dict[Path, str]:
    """Those that follow from Python, the generated modules too: after `generate`."""
    from tools import cli_reference, configuration_reference, index_schema, manifest_schema

    return {
        **index_schema.generate(),
        **cli_reference.generate(),
        **configuration_reference.generate(),
        **manifest_schema.generate(),
    }


def differing(files: dict[Path, str]) -> list[Path]:
    """The files whose text on disk is another or missing."""
    return [p for p, text in files.items() if not p.exists() or p.read_text() != text]


def stale(files: dict[Path, str]) -> list[Path]:
    """Those, and the files that nothing makes any more."""
    made = [
        *abis.PACKAGE.glob("*.json"),
        *filter(bindings.is_generated, bindings.HOME.glob("*.py")),
    ]
    return differing(files) + [path for path in made if path not in files]


def main(arguments: list[str]) -> int:
    check = arguments == ["--check"]
    different = 0
    for files, made in ((generate, stale), (generate_from_code, differing)):
        found = files()
        for path in made(found):
            different += 1
            if check:
                print(f"{path.relative_to(ROOT)} is stale: run `make generate`", file=sys.stderr)
                continue
            if path in found:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(found[path])
            else:
                path.unlink()
            print(path.relative_to(ROOT))
    return 1 if check and different else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
