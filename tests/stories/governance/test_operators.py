"""What an operator may not do alone is proposed as their command wrote it."""

from __future__ import annotations

from pathlib import Path

import pytest

from daimm_cli.chain.client import Chain
from tests.python.cli.conftest import AIM
from tests.stories.governance.conftest import Assembly


def test_an_operators_command_becomes_a_vote_and_then_so(
    dao: Assembly, chain: Chain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    voter = dao.voter
    shown = voter.json("admin", "show")
    timelock = chain.book.address("Timelock")
    holders = {row["power"]: row["who"] for row in shown["powers"]}
    assert holders["set token"] == f"Timelock {timelock} (at once)"
    assert timelock not in holders["stop"]
    terms = ("--fee", "0.5", "--delivery-cap", "3")
    file = voter.json("admin", "allow-token", "AIM", *terms)["proposal"]
    proposal = voter.json("dao", "propose", file, "--yes")["proposal"]
    assert "0.5% of a sale" in voter("dao", "show", proposal).out
    dao.accept(proposal)
    assert chain.policy(chain.aim) != (True, 50, 3 * AIM)
    voter("dao", "execute", proposal, "--yes")
    assert chain.policy(chain.aim) == (True, 50, 3 * AIM)
