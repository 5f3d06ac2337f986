"""What docs/deploy.md tells to type, typed: Ape's scripts on a chain that is there."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from daimm_cli.chain import book as books
from tools.chain import CHAIN_ID, LocalChain

ROOT = Path(__file__).resolve().parents[2]
LINE = re.compile(r"^(?:DAIMM_ACCOUNT=\w+ )?\.venv/bin/ape (run .*?)(?: +#.*)?$", re.MULTILINE)


def typed() -> list[list[str]]:
    page = (ROOT / "docs" / "deploy.md").read_text()
    return [shlex.split(line) for line in LINE.findall(page)]


def test_the_pages_commands_work_as_they_are_written(tmp_path: Path) -> None:
    commands = typed()
    assert [words[1] for words in commands] == ["deploy", "verify", "deploy", "deploy"]
    ape = Path(sys.executable).with_name("ape")
    environment = os.environ | {"DAIMM_DEPLOYMENTS": str(tmp_path)}
    environment.pop("DAIMM_ACCOUNT", None)
    said = []
    with LocalChain() as chain:
        for words in commands:
            named = words.index("--network") + 1
            assert re.fullmatch(r"http://127.0.0.1:8545|ethereum:sepolia:node", words[named])
            words[named] = chain.url
            ran = subprocess.run(
                [ape, *words],
                cwd=ROOT,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            assert ran.returncode == 0, ran.stdout + ran.stderr
            said.append(ran.stdout.splitlines())
        sent = int(chain.rpc("eth_blockNumber"), 16)
    book = books.read(tmp_path / f"{CHAIN_ID}.json", CHAIN_ID)
    deployed, verified, again, estimated = said
    assert len(book.contracts) < sent == sum(line.endswith(" gas") for line in deployed)
    count = re.search(r"# (\d+) comparisons", (ROOT / "docs" / "deploy.md").read_text())
    assert count is not None
    assert verified[-1] == f"{count[1]} checks, no differences."
    assert f"Sources: left out, chain {CHAIN_ID} is local." in again
    assert not any(line.endswith(" gas") for line in again)
    assert estimated[-1].split()[:4] == ["in", "all", "0", "gas"]
