"""Breaks the contracts in one place at a time and requires that a unit test fails.

    python -m tools.mutate

Each condition is taken as false, each of its parts as if it were not there, each comparison with
its other edge; each call, assignment and event is left out. All mutants are compiled at once into a
copy, each behind a number, and `block.coinbase` says which one lives: the compiler runs once.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.chain import ROOT, tool_path

MUTATED = ("governance/*", "license/*", "market/*", "registry/*", "token/*")
ACCEPTED = {
    "ModelLicense: true for account != address(0)": "what nobody owns is not activated either",
    "Ledger: false for amount == 0": "a shortcut: adding nothing",
    "Market: false for token == aim": "a shortcut: AIM would pass the check that it is spared",
    "ModelRegistry: true for extra & SOME_RETIRED != 0": "a shortcut: the version's slot decides",
}

_STATEMENT = re.compile(
    r"(?<=[;{}])\s*\n\s+(?!if|for|try|return|revert|assembly|constructor|function|mapping|unchecked)"
    r"(?=emit |delete |[\w.]+(?:\[[^\]]*\][\w.]*)*(?: \+?= |\()|\((?!\w+ \w|, \w+ \w)[^)]*\) = )"
)
_COMPARISON = re.compile(r"^((?:[^<>=!]|<<|>>)+) ([<>])(=?) ((?:[^<>=!]|<<|>>)+)$", re.DOTALL)


class Mutator:
    """Rewrites sources; `names` tells what each number stands for, from 1."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def rewrite(self, path: Path) -> None:
        self.contract = path.stem
        text = re.sub(r"//[^\n]*|/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
        if re.search(r"^library ", text, re.MULTILINE):
            text = text.replace(" pure returns", " view returns")
        spans = []
        for found in re.finditer(r"\bif \(|\breturn (?=[^;]*(?:&&|\|\|))", text):
            end, depth = found.end(), 1
            while depth and text[end] != ";":
                end += 1
                depth += {"(": 1, ")": -1}.get(text[end], 0)
            spans.append((found.end(), end, self._condition(text[found.end() : end])))
        for found in _STATEMENT.finditer(text):
            start = found.end()
            blocks = [text.rfind(word, 0, start) for word in ("assembly", "constructor", "\n    }")]
            if max(blocks) < 0 or text[max(blocks)] == "\n":
                alive = self._alive("without " + text[start : text.index(";", start)])
                spans.append((start, start, f"if ({alive}) {{}} else "))
        for start, end, new in sorted(spans, reverse=True):
            text = text[:start] + new + text[end:]
        path.write_text(text)

    def _alive(self, name: str) -> str:
        self.names.append(f"{self.contract}: {' '.join(name.split())}")
        return f"block.coinbase == address({len(self.names)})"

    def _condition(self, text: str, part: bool = False) -> str:
        whole = text = text.strip()
        if text.startswith("(") and text.endswith(")") and len(_split(text[1:-1], ")")) == 1:
            return f"({self._condition(text[1:-1], part)})"
        for sign, gone in (("||", "false"), ("&&", "true")):
            if len(terms := _split(text, sign)) > 1:
                return f" {sign} ".join(
                    f"({self._alive(f'{gone} for {one}')} ? {gone} : {self._condition(one, True)})"
                    for one in terms
                )
        if found := _COMPARISON.match(text):
            other = f"{found[1]} {found[2]}{'' if found[3] else '='} {found[4]}"
            text = f"({self._alive(other)} ? {other} : {text})"
        return text if part else f"({self._alive(f'false for {whole}')} ? false : {text})"


def _split(text: str, sign: str) -> list[str]:
    """Cuts at each `sign` outside of brackets."""
    parts, depth, last = [], 0, 0
    for at, letter in enumerate(text):
        if depth == 0 and text.startswith(sign, at):
            parts.append(text[last:at])
            last = at + len(sign)
        depth += {"(": 1, ")": -1}.get(letter, 0)
    return [*parts, text[last:]]


def _passes(copy: Path, number: int) -> bool:
    alive = {"FOUNDRY_BLOCK_COINBASE": f"0x{number:040x}", "FOUNDRY_CODE_SIZE_LIMIT": "1000000"}
    command = [str(tool_path("forge")), "test", "--fail-fast", "--fuzz-runs", "8"]
    run = subprocess.run(command, cwd=copy, env=os.environ | alive, capture_output=True)
    return run.returncode == 0


def main() -> int:
    mutator = Mutator()
    with tempfile.TemporaryDirectory(prefix="daimm-mutants-") as name:
        copy = Path(name)
        for folder in ("contracts", "interfaces", "tests/foundry", "tests/vectors", "tools"):
            shutil.copytree(ROOT / folder, copy / folder)
        for folder in ("invariant", "gas", "delivery"):
            shutil.rmtree(copy / "tests/foundry" / folder, ignore_errors=True)
        shutil.copy(ROOT / "foundry.toml", copy)
        (copy / "node_modules").symlink_to(ROOT / "node_modules")
        for path in sorted(p for group in MUTATED for p in (copy / "contracts").glob(group)):
            mutator.rewrite(path)
        if not _passes(copy, 0):
            raise SystemExit("the tests fail before anything is broken; see `forge test`")
        survivors = [name for i, name in enumerate(mutator.names, 1) if _passes(copy, i)]
    for mutant in survivors:
        print(f"survives: {mutant} ({ACCEPTED.get(mutant, 'a test is missing')})")
    print(f"{len(mutator.names)} mutants, {len(survivors)} survivors")
    return 1 if set(survivors) - set(ACCEPTED) else 0


if __name__ == "__main__":
    sys.exit(main())
