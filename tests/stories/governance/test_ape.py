"""The same through Ape's scripts, as docs/governance.md has them typed."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from eth_account.signers.local import LocalAccount

from daimm_cli.bindings.values import encode
from daimm_cli.chain.client import Chain
from tests.python.cli.conftest import AIM
from tests.stories.governance.conftest import Assembly
from tests.stories.governance.test_page import blocks

ROOT = Path(__file__).resolve().parents[3]
MOMENTS = {"vote": "vote_start", "queue": "ends_at", "execute": "due_at"}


def test_the_page_works_as_written(
    dao: Assembly, chain: Chain, accounts: list[LocalAccount]
) -> None:
    """Ape's account on a local chain is the first one, which deployed the contracts."""
    deployer = accounts[0]
    votes = encode(["address"], [deployer.address])
    aim, governor = chain.deployed.aim, chain.deployed.votes.address
    chain.node.send(aim.transfer_and_call_with_data(governor, 20_000 * AIM, votes), deployer)
    dao.local_chain.travel(2)
    known = {name: dao.voter.settings[name] for name in ("DAIMM_DEPLOYMENTS", "DAIMM_HOME")}
    program = Path(sys.executable).with_name("ape")
    (dao.desk / "fee.yaml").write_text(*blocks("yaml"))
    words = {"fee.yaml": str(dao.desk / "fee.yaml"), "http://127.0.0.1:8545": dao.local_chain.url}
    for line in blocks("sh")[0].splitlines():
        typed = [words.get(word, word) for word in shlex.split(line)]
        if moment := MOMENTS.get(typed[3]):
            dao.until(words["PROPOSAL"], moment)
        ran = subprocess.run(
            [program, *typed[1:]], cwd=ROOT, env=os.environ | known, capture_output=True, text=True
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        if found := re.search("(0x[0-9a-f]{64}) for", ran.stdout):
            words["PROPOSAL"] = found[1]
    assert chain.policy(chain.aim).fee == 50
