"""Fails when the written invariants and the tested ones are not the same.

    python -m tools.check_invariants

An ID of docs/invariants.md is the name of an invariant test and the message of its assertions;
docs/states.md names only tests that exist.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

_WRITTEN = re.compile(r"^\| `([A-Z]+_\d+)` \| \S", re.MULTILINE)
_TESTED = re.compile(r"function invariant_(\w+)\(")
_MESSAGE = re.compile(r'"([A-Z]+_\d+)"\)')
_NAMED = re.compile(r"`((?:test|invariant)\w*_\w+)`")
_FUNCTION = re.compile(r"function ((?:test|invariant)\w*)\(")


def problems(root: Path = ROOT) -> list[str]:
    """One sentence for each difference; none where documents and tests agree."""
    written = _WRITTEN.findall((root / "docs/invariants.md").read_text())
    folder = root / "tests/foundry/invariant"
    code = "\n".join(path.read_text() for path in sorted(folder.glob("*.sol")))
    tests = {
        name
        for path in (root / "tests/foundry").rglob("*.t.sol")
        for name in _FUNCTION.findall(path.read_text())
    }
    ids, tested, messages = set(written), set(_TESTED.findall(code)), set(_MESSAGE.findall(code))
    found = [f"{name} is written twice" for name in sorted(ids) if written.count(name) > 1]
    found += [f"{name} is written but no test is called so" for name in sorted(ids - tested)]
    found += [f"{name} is written but no assertion says it" for name in sorted(ids - messages)]
    found += [f"{name} is tested but not written" for name in sorted((tested | messages) - ids)]
    for page in ("docs/invariants.md", "docs/states.md"):
        named = set(_NAMED.findall((root / page).read_text()))
        found += [f"{page} names {name}, which is no test" for name in sorted(named - tests)]
    return found


def main() -> int:
    found = problems()
    for problem in found:
        print(problem, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
