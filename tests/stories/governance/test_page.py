"""docs/governance.md, as it stands there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from daimm_cli.base.text import roughly
from daimm_cli.chain.client import Chain
from scripts._params import for_chain
from tests.python.cli.conftest import AIM, Person
from tests.stories.governance.conftest import Assembly

PAGE = Path(__file__).resolve().parents[3] / "docs" / "governance.md"


def blocks(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", PAGE.read_text(), re.DOTALL)


def test_the_page_has_the_terms_of_the_networks() -> None:
    rows = re.findall(r"^\| (.+?) +\| (.+?) +\| (.+?) +\|$", PAGE.read_text(), re.MULTILINE)
    start = [name for name, *_ in rows].index("votes to propose")
    told = {name: terms for name, *terms in rows[start : start + 6]}
    chains = {1: (11155111, 560048, 84532, 11155420, 421614), 2: (31337,)}
    for column, ids in chains.items():
        for terms in (for_chain(one).governance for one in ids):
            assert [row[column - 1] for row in told.values()] == [
                f"{terms.proposal_threshold // AIM:,} AIM",
                roughly(terms.voting_delay),
                roughly(terms.voting_period),
                roughly(terms.late_quorum),
                f"{terms.quorum_floor // AIM:,} AIM",
                roughly(terms.delay),
            ]
            assert any(f"quorum: {terms.quorum}% of" in name for name in told)


def test_the_page_works_as_written(
    dao: Assembly,
    person: Callable[..., Person],
    chain: Chain,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    people = {"holder": person("holder", 1, money=20_000 * AIM)}
    people["friend"] = person("friend", 2, money=5_000 * AIM)
    people["friend"]("token", "wrap", 5_000, "--yes")
    monkeypatch.chdir(tmp_path)
    (Path("fee.yaml")).write_text(*blocks("yaml"))
    moments = {"vote": "vote_start", "queue": "ends_at", "execute": "due_at"}
    (block,) = blocks("console")
    proposal = ""
    for line in block.splitlines():
        who, words = line.partition("$ daimm ")[::2]
        typed = [proposal if word == "PROPOSAL" else word for word in shlex.split(words)]
        if moment := moments.get(typed[1]):
            dao.until(proposal, moment)
        ran = people[who](*typed, "--yes")
        if found := re.search("Proposed as (0x[0-9a-f]{64})", ran.out):
            proposal = found[1]
        dao.local_chain.travel(2)
    assert chain.policy(chain.aim).fee == 50
    told = people["holder"].json("dao", "show", proposal)
    assert {vote["choice"]: vote["reason"] for vote in told["votes"]} == {
        "for": "Half is enough.",
        "against": "I like it as it is.",
    }
    for verb in ("list", "show", "propose", "vote", "sign", "cast", "queue", "execute"):
        assert f"daimm dao {verb}" in block
