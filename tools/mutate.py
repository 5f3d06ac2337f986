"""Breaks the contracts in one place at a time and requires that a Foundry test fails.

    python -m tools.mutate                     # every contract; `make test-deep` does
    python -m tools.mutate delivery libraries  # those of some folders, or named files

Each operator is tried at each place (tools/mutants.py). All mutants of the chosen contracts are
compiled at once into a copy, and each meets the tests until one fails.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue

from tools.chain import ROOT, tool_path
from tools.mutants import Mutator, trees

KILLED = 0.98
"""The least share of mutants that a test has to notice."""

ACCEPTED = {
    "ModelLicense: (_ownerOf(id) == account) for _ownerOf(id) == account && account != address(0)":
        "what nobody owns is not activated either",
    "Ledger: false for amount == 0": "a shortcut: adding nothing",
    "Market: false for token == aim": "a shortcut: AIM would pass the check that it is spared",
    "Secp256k1: (y <= P) for y < P": "no point has y = 0, so none has it plus p",
    "Secp256k1: (y < (P + 1)) for y < P": "no point has y = 0, so none has it plus p",
}  # fmt: skip
"""Mutants that do the same as the contract, and why."""


class Copy:
    """The checkout's contracts, with mutants, and their tests."""

    def __init__(self, folder: Path, paths: list[str]) -> None:
        self.folder, self.mutator = folder, Mutator()
        self._free: Queue[Path] = Queue()
        self._free.put(folder)
        for part in ("contracts", "interfaces", "tests/foundry", "tests/vectors", "tools"):
            shutil.copytree(ROOT / part, folder / part)
        for part in ("invariant", "gas"):
            shutil.rmtree(folder / "tests/foundry" / part, ignore_errors=True)
        shutil.copy(ROOT / "foundry.toml", folder)
        (folder / "node_modules").symlink_to(ROOT / "node_modules")
        for path, tree in trees(paths).items():
            source = (ROOT / path).read_bytes()
            (folder / path).write_bytes(self.mutator.rewrite(Path(path).stem, source, tree))
        for part in ("contracts", "interfaces", "tests/foundry"):
            for file in (folder / part).rglob("*.sol"):
                text = re.sub(r"\bpure\b", "view", file.read_text())  # a mutant looks at its block
                file.write_text(text.replace("function test_costsAtMost", "function costsAtMost"))

    def passes(self, number: int) -> bool:
        """Whether the tests pass with this mutant alive. 0 is none, and has to pass."""
        alive = {
            "FOUNDRY_BLOCK_COINBASE": f"0x{number:040x}",
            "FOUNDRY_CODE_SIZE_LIMIT": "10000000",
            "FOUNDRY_FUZZ_RUNS": "8",
        }
        # A choice of tests would have forge parse everything anew for each mutant.
        command = [str(tool_path("forge")), "test", "--fail-fast"]
        folder = self._free.get()
        run = subprocess.run(
            command, cwd=folder, env=os.environ | alive, capture_output=True, text=True
        )
        self._free.put(folder)
        if not number and run.returncode:
            said = run.stdout[-3000:] + run.stderr[-3000:]
            raise SystemExit(f"the tests fail before anything is broken:\n{said}")
        return run.returncode == 0

    def share(self, workers: int) -> None:
        """Have so many be tested at once. One folder is for one: forge rewrites its cache."""
        for number in range(1, workers):
            other = self.folder.with_name(f"{self.folder.name}-{number}")
            self._free.put(shutil.copytree(self.folder, other, symlinks=True))


def chosen(arguments: list[str]) -> list[str]:
    """The sources of these folders or files; of all where none is named."""
    every = sorted(str(p.relative_to(ROOT)) for p in (ROOT / "contracts").glob("*/*.sol"))
    named = [p for p in every if {Path(p).parent.name, Path(p).stem} & set(arguments)]
    if arguments and not named:
        raise SystemExit("there is no such folder or contract")
    return named or every


def main(arguments: list[str]) -> int:
    with tempfile.TemporaryDirectory(prefix="daimm-mutants-") as name:
        copy = Copy(Path(name) / "copy", chosen(arguments))
        copy.passes(0)
        workers = os.cpu_count() or 1
        copy.share(workers)
        names, survivors = copy.mutator.names, []
        with ThreadPoolExecutor(workers) as pool:
            lives = pool.map(copy.passes, range(1, len(names) + 1))
            for mutant, alive in zip(names, lives, strict=True):
                reason = ACCEPTED.get(re.sub(r":\d+:", ":", mutant))
                if alive:
                    print(f"survives: {mutant} ({reason or 'a test is missing'})", flush=True)
                survivors += [mutant] if alive and not reason else []
    share = 1 - len(survivors) / len(names)
    print(f"{len(names)} mutants, {share:.1%} killed or accepted")
    return 1 if share < KILLED else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
