"""Breaks the contracts in one place at a time and requires that a Foundry test fails.

    python -m tools.mutate                     # every contract; `make test-deep` does
    python -m tools.mutate delivery libraries  # those of some folders, or named ones

Each operator is tried at each place (tools/mutants.py). All mutants are compiled at once into a
copy, .build/mutants, and meet the tests in one process (tools/mutate.sol): those of their folder
first, the slowest last, where a test is fuzzed with a few arguments that stay the same. What came
of each is kept there: an interrupted run goes on, and a new test meets what survived alone.
tools/mutants.yaml names mutants that do the same as the contract, and why.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from eth_abi.abi import encode

from tools.chain import ROOT, tool_path
from tools.mutants import Mutator, trees

KILLED = 0.98
"""The least share of mutants that a test has to notice."""

COPY = ROOT / ".build" / "mutants"
MET = COPY / "met"  # a line for each that was tried: number, digest, suite and test, or - lives
PARTS = ("contracts", "interfaces", "tests/foundry", "tests/vectors")
TRIES = 4
SETTINGS = {"FOUNDRY_CODE_SIZE_LIMIT": "10000000", "FOUNDRY_GAS_LIMIT": str(2**64 - 1)}


@dataclass
class Suite:
    """A contract of tests. digest: of all that its outcome depends on; calls: setUp and tests."""

    name: str
    folder: str
    digest: str
    calls: dict[bytes, str]
    milliseconds: int = 0


@cache
def sources() -> dict[str, str]:
    """The contracts' paths below the checkout, by their names."""
    every = sorted((ROOT / "contracts").glob("*/*.sol"))
    return {path.stem: str(path.relative_to(ROOT)) for path in every}


def folder_of(mutant: str) -> str:
    return Path(sources()[mutant.split(".")[0]]).parent.name


def refresh() -> dict[int, str]:
    """Bring the copy up to date, compile what changed, and tell all mutants' names."""
    mutator = Mutator()
    wanted = _broken(mutator)
    for file, content in wanted.items():
        if file.suffix == ".sol":
            content = re.sub(rb"\bpure\b", b"view", content)  # a mutant looks at its block
        if not file.exists() or file.read_bytes() != content:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
    for part in PARTS[:3]:
        for gone in set((COPY / part).rglob("*.sol")) - wanted.keys():
            gone.unlink()
    for linked in ("node_modules", "tools"):
        if not (COPY / linked).exists():
            (COPY / linked).symlink_to(ROOT / linked)
    if (built := _forge("build")).returncode:
        raise SystemExit(built.stdout[-3000:] + built.stderr[-3000:])
    return mutator.names


def _broken(mutator: Mutator) -> dict[Path, bytes]:
    """What the copy consists of."""
    wanted = {}
    for part in PARTS:
        for file in (ROOT / part).rglob("*.*"):
            if "invariant" not in file.parts and file.is_file():
                wanted[COPY / file.relative_to(ROOT)] = file.read_bytes()
    for path, tree in trees(list(sources().values())).items():
        wanted[COPY / path] = mutator.rewrite(Path(path).stem, wanted[COPY / path], tree)
    meetings = "\n".join(
        f'    function test{number}() external {{ _meet({number}, "plan/{name.split(".")[0]}"); }}'
        for number, name in {0: "none", **mutator.names}.items()
    )
    meeting = (ROOT / "tools/mutate.sol").read_text()
    meeting += f"\ncontract Mutants is Meeting {{\n{meetings}\n}}\n"
    wanted[COPY / "tests/foundry/utils/Mutants.t.sol"] = meeting.encode()
    settings = (ROOT / "foundry.toml").read_text()
    allowed = 'fs_permissions = [{ access = "read-write", path = "." }]'
    wanted[COPY / "foundry.toml"] = re.sub("fs_permissions = .*", allowed, settings).encode()
    return wanted


def _forge(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(tool_path("forge")), *arguments],
        cwd=COPY, env=os.environ | SETTINGS, capture_output=True, text=True,
    )  # fmt: skip


def find_suites() -> tuple[dict[str, Suite], str]:
    """Every contract of tests by its name, and the digest of all of them."""
    shared, every, found = hashlib.sha256(), hashlib.sha256(), {}
    for part in (*PARTS, "tools"):
        for file in sorted((ROOT / part).rglob("*.*")):
            own = part != "tools" or file.name in ("mutate.sol", "mutants.py")
            if own and file.is_file() and not file.name.endswith(".t.sol"):
                shared.update(file.read_bytes())
    for artifact in sorted((COPY / "out").glob("*.t.sol/*.json")):
        made = json.loads(artifact.read_text())
        (path,) = made["metadata"]["settings"]["compilationTarget"]
        calls = dict(_calls(made["abi"], made["methodIdentifiers"]))
        if len(calls) > 1 and (ROOT / path).exists() and made["bytecode"]["object"] != "0x":
            every.update(text := (ROOT / path).read_bytes())
            digest = hashlib.sha256(shared.digest() + text).hexdigest()[:16]
            name = f"{Path(path).name}:{artifact.stem}"
            found[name] = Suite(name, Path(path).parts[2], digest, calls)
    every.update(shared.digest())
    return found, every.hexdigest()[:16]


def _calls(abi: list[Any], selectors: dict[str, str]) -> Iterator[tuple[bytes, str]]:
    """What sets the tests up, then each test; one with arguments several times."""
    yield bytes.fromhex(selectors.get("setUp()") or selectors.get("failed()", "")), "setUp()"
    for test in (each for each in abi if each.get("name", "").startswith("test")):
        types = [_type(each) for each in test["inputs"]]
        signature = f"{test['name']}({','.join(types)})"
        chance = random.Random(signature)  # noqa: S311 - the same arguments each time
        for _ in range(TRIES if types else 1):
            values = [_value(each, chance) for each in test["inputs"]]
            yield bytes.fromhex(selectors[signature]) + encode(types, values), signature


def _type(parameter: Any) -> str:
    inner = f"({','.join(map(_type, parameter.get('components', [])))})"
    return str(parameter["type"]).replace("tuple", inner)


def _value(parameter: Any, chance: random.Random) -> Any:
    if parameter["type"].endswith("]"):
        of, count = parameter["type"][:-1].rsplit("[", 1)
        return [_value(parameter | {"type": of}, chance) for _ in range(int(count or 2))]
    kind = parameter["type"].rstrip("0123456789")
    bits = int(parameter["type"].removeprefix(kind) or 160)
    if kind == "tuple":
        return tuple(_value(each, chance) for each in parameter["components"])
    if kind == "bytes":
        return chance.randbytes(bits)
    if kind == "bool":
        return chance.random() < 0.5
    number = chance.getrandbits(chance.randint(1, bits))
    return f"0x{number:040x}" if kind == "address" else number


def known(suites: dict[str, Suite], everything: str) -> dict[int, bool]:
    """Whether each mutant that was tried lives, as far as that still holds."""
    digests = {name: suite.digest for name, suite in suites.items()} | {"-": everything}
    lines = [line.split(" ") for line in MET.read_text().splitlines()] if MET.exists() else []
    return {
        int(line[0]): line[2] == "-"
        for line in lines
        if len(line) == 4 and digests.get(line[2]) == line[1]
    }


def plan(name: str, suites: Iterable[Suite], everything: str) -> None:
    """Write which tests the mutants of a contract meet, in which order."""
    told = [(suite.name, suite.digest, list(suite.calls)) for suite in suites]
    (COPY / "plan").mkdir(exist_ok=True)
    encoded = encode(["(string,string,bytes[])[]", "string"], [told, everything])
    (COPY / "plan" / name).write_bytes(encoded)


def meet(numbers: Iterable[int]) -> None:
    """Have these mutants meet the tests as planned."""
    # forge may call such a test failed, too, for what a test within it expected in vain.
    of_these = f"^test({'|'.join(map(str, numbers))})\\("
    _forge("test", "--match-contract", "^Mutants$", "--match-test", of_these)


def prepare(suites: dict[str, Suite], everything: str) -> None:
    """Leave out what fails before anything is broken, and plan for each contract."""
    at = MET.stat().st_size if MET.exists() else 0
    plan("none", suites.values(), everything)
    meet([0])
    with MET.open() as lines:
        lines.seek(at)
        for _, _, name, what in (line.split() for line in lines):
            if what.startswith("0x"):
                print(f"left out: {name} {suites[name].calls.pop(bytes.fromhex(what[2:]))}")
            elif name != "-":
                suites[name].milliseconds = int(what)
    for name, path in sources().items():
        folder = Path(path).parent.name
        order = sorted(suites.values(), key=lambda s: (s.folder != folder, s.milliseconds))
        plan(name, order, everything)


def report(names: dict[int, str], lives: dict[int, bool]) -> float:
    """Print what survives, and how many do in each folder. The share that is killed."""
    accepted = yaml.safe_load((ROOT / "tools/mutants.yaml").read_text()) or {}
    totals: dict[str, Counter[str]] = {}
    for number, name in names.items():
        end = "killed" if not lives[number] else "accepted" if name in accepted else "surviving"
        for row in (folder_of(name), "all"):
            totals.setdefault(row, Counter())[end] += 1
        if end == "surviving":
            print(f"survives: {name}")
    for name in sorted({m for n, m in names.items() if not lives[n]} & accepted.keys()):
        print(f"accepted, and killed: {name}")
    print(f"{'':12} mutants killed accepted surviving share")
    for row in sorted(totals, key=lambda row: (row == "all", row)):
        count = totals[row]
        share = count["killed"] / max(1, count["killed"] + count["surviving"])
        print(
            f"{row:12} {count.total():7} {count['killed']:6} {count['accepted']:8} "
            f"{count['surviving']:9} {share:5.1%}"
        )
    return share


def main(arguments: list[str]) -> int:
    names = refresh()
    wanted = set(arguments)
    if arguments:
        names = {n: m for n, m in names.items() if {folder_of(m), m.split(".")[0]} & wanted}
    if not names:
        raise SystemExit("there is no such folder or contract, or nothing to break in it")
    suites, everything = find_suites()
    if missing := names.keys() - known(suites, everything).keys():
        print(f"{len(missing)} mutants to try", flush=True)
        prepare(suites, everything)
        meet(sorted(missing))
    lives = known(suites, everything)
    if untried := names.keys() - lives.keys():
        raise SystemExit(f"forge ended before it had tried {len(untried)}: run this again")
    return 1 if report(names, lives) < KILLED else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
