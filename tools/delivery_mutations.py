"""Removes each check of key delivery in turn and requires that a Foundry test fails.

    python -m tools.delivery_mutations

Works on a copy; takes half an hour on two cores. The exit status says whether every removal was
noticed.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.chain import ROOT, tool_path

VERIFIER = "contracts/delivery/KeyDelivery.sol"
CURVE = "contracts/libraries/Secp256k1.sol"
HASHED = (
    "TAG", "requestId", "delivery.receiver", "line.x", "line.y", "requestKey.x", "requestKey.y",
    "z.x", "z.y", "t1", "t2.x", "t2.y",
)  # fmt: skip

# (what is removed, file, from, to)
MUTATIONS = [
    *((f"{name} is a point", VERIFIER, f"        {name}.requirePoint();\n", "")
      for name in ("line", "requestKey", "z", "t2", "u")),
    ("c in range", VERIFIER, "!_inRange(c) || ", ""),
    ("w in range", VERIFIER, " || !_inRange(w)", ""),
    ("scalars are not 0", VERIFIER, "scalar != 0 && ", ""),
    ("scalars are below n", VERIFIER, "scalar != 0 && scalar < Secp256k1.N", "scalar != 0"),
    ("u is w*X", VERIFIER, "revert KeyDelivery_WrongTerm();", "{}"),
    ("u - t2 is c*Z", VERIFIER, "revert KeyDelivery_WrongDifference();", "{}"),
    ("c is the hash", VERIFIER, "revert KeyDelivery_WrongChallenge(expected);", "{}"),
    ("t2 is subtracted, not added", VERIFIER, "Secp256k1.P - t2.y", "t2.y"),
    *((f"{name} is hashed", VERIFIER, rf"re:(?<=\n {{20}}){re.escape(name)}(?=[,\n])",
       '""')
      for name in HASHED),
    ("x < n", CURVE, "x < N && ", ""),
    ("x < n, not p", CURVE, "x < N && ", "x < P && "),
    ("y < p", CURVE, "y < P && ", ""),
    ("the curve's equation", CURVE, r"re: && mulmod\(y, y, P\) == .*(?=;)", ""),
    ("no identity", CURVE, "if (sum == address(0)) revert Secp256k1_Identity();", ""),
    ("no equal x", CURVE, "if (x1 == x2) revert Secp256k1_EqualX(x1);", ""),
    ("the slope is one", CURVE,
     "if (mulmod(slope, run, P) != rise) revert Secp256k1_SlopeWrong(slope);", ""),
    ("the parity of y", CURVE, "27 + (y & 1)", "27"),
]  # fmt: skip


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="daimm-mutations-") as name:
        copy = Path(name)
        _lay_out(copy)
        if failed := _failed_tests(copy):
            print(f"These tests fail without any removal: {sorted(failed)}", file=sys.stderr)
            return 1
        unnoticed = 0
        for what, path, old, new in MUTATIONS:
            source = (ROOT / path).read_text()
            pattern = old.removeprefix("re:") if old.startswith("re:") else re.escape(old)
            mutated, count = re.subn(pattern, new, source)
            if count != 1:
                print(f"Found {count} times, not once: {what}", file=sys.stderr)
                return 1
            (copy / path).write_text(mutated)
            failed = _failed_tests(copy)
            (copy / path).write_text(source)
            unnoticed += not failed
            print(f"| {what} | {len(failed)} | {min(failed, default='UNNOTICED')} |", flush=True)
        print(f"{len(MUTATIONS) - unnoticed} of {len(MUTATIONS)} removals noticed", file=sys.stderr)
        return 1 if unnoticed else 0


def _lay_out(copy: Path) -> None:
    for path in (
        VERIFIER,
        CURVE,
        "interfaces/IKeyDelivery.sol",
        "tests/foundry/mocks/KeyDeliveryHarness.sol",
        "tests/foundry/mocks/KeyDeliveryProver.sol",
        "tests/vectors/delivery.json",
        "tools/solc",
        "foundry.toml",
    ):
        (copy / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, copy / path)
    shutil.copytree(ROOT / "tests/foundry/delivery", copy / "tests/foundry/delivery")
    (copy / "node_modules").symlink_to(ROOT / "node_modules")
    settings = (copy / "foundry.toml").read_text()
    allowed = f"allow_paths = [{json.dumps(str(ROOT))}]\n"
    (copy / "foundry.toml").write_text(
        settings.replace("[profile.default]\n", "[profile.default]\n" + allowed)
    )


def _failed_tests(copy: Path) -> set[str]:
    run = subprocess.run(
        [tool_path("forge"), "test", "--json", "--fuzz-runs", "16"],
        cwd=copy,
        capture_output=True,
        text=True,
        check=False,
    )
    start = run.stdout.find("{")
    if start < 0:
        raise SystemExit(f"forge did not run:\n{run.stdout[-2000:]}{run.stderr[-2000:]}")
    return {
        name.split("(")[0]
        for suite in json.loads(run.stdout[start:]).values()
        for name, result in suite["test_results"].items()
        if result["status"] != "Success"
    }


if __name__ == "__main__":
    sys.exit(main())
