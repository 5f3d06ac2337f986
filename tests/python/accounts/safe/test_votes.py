"""A Safe that wraps AIM, proposes and votes: its owners sign each step, knowing what it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from eth_account.signers.local import LocalAccount

from daimm_cli.chain.client import Chain
from tests.python.accounts.safe.test_sales import handed_over_all
from tests.python.cli.conftest import AIM, Person
from tools.chain import LocalChain
from tools.safe import Factory

PROPOSAL = """
title: A longer delay
description: So that all have time to wrap.
calls:
  - {target: DaimmGovernor, call: setVotingDelay, arguments: {newVotingDelay: 86400}}
"""


def test_owners_decide_together(
    member: Callable[..., Person],
    factory: Factory,
    accounts: list[LocalAccount],
    chain: Chain,
    local_chain: LocalChain,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    safe = factory.make([accounts[5], accounts[6]], 2)
    alice, bob = member("alice", 5, safe, money=2_000 * AIM), member("bob", 6, safe)
    before: set[Path] = set()

    def together(*words: str) -> str:
        alice.refused(*words, "--yes", status=8, title="Not yet")
        (file,) = handed_over_all(alice) - before
        before.add(file)
        told = bob("safe", "sign", file, "--yes")
        alice("safe", "send", file, "--yes")
        return told.err

    assert "wrap AIM" in together("token", "wrap", "2000").replace("Wrap", "wrap")
    assert chain.node.view(chain.deployed.votes.get_votes(safe)) == 2_000 * AIM
    local_chain.travel(2)
    Path("longer.yaml").write_text(PROPOSAL)
    together("dao", "propose", "longer.yaml")
    (row,) = bob.json("dao", "list")
    assert row["proposer"] == safe
    local_chain.travel(row["vote_start"] + 1 - local_chain.now())
    together("dao", "vote", row["proposal"], "for", "--reason", "All of us.")
    (vote,) = bob.json("dao", "show", row["proposal"])["votes"]
    assert vote == {
        "voter": safe, "choice": "for", "votes": str(2_000 * AIM), "reason": "All of us."
    }  # fmt: skip
    told = alice.refused("dao", "sign", row["proposal"], "for", status=3)
    assert "daimm dao vote" in told
