"""What hostile proposals, files and books would do to who reads them."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from daimm_cli.chain.client import Chain
from daimm_cli.governance.ballots import Ballot
from daimm_cli.index import index
from daimm_cli.protocol.curve import keccak
from tests.python.chain.samples import offer, version
from tests.python.cli.conftest import Person
from tests.stories.governance.conftest import Assembly, set_token
from tools.chain import LocalChain

NOBODY = "0x" + "99" * 20


def proposed(dao: Assembly, chain: Chain, to: str, data: bytes) -> str:
    """As a stranger proposes it, with a tool of their own."""
    call = chain.deployed.governor.propose([to], [0], [data], f"# {keccak(data).hex()}")
    chain.node.send(call, dao.voter.account)
    ids = [row["proposal"] for row in dao.voter.json("dao", "list")]
    return str(ids[0])


@pytest.mark.parametrize("support", [3, 255])
def test_a_signed_vote_that_is_none_of_three_is_said(
    support: int, dao: Assembly, buyer: Person, chain: Chain
) -> None:
    proposal = dao.propose(set_token())
    ballot = Ballot(int(proposal, 16), support, buyer.account.address, 0, "", b"")
    signed = buyer.account.sign_typed_data(full_message=ballot.typed(chain))
    ballot = replace(ballot, signature=bytes(signed.signature))
    place = {"chain_id": chain.node.chain_id, "governor": chain.deployed.governor.address}
    file = dao.desk / "vote.json"
    file.write_text(json.dumps(place | ballot.to_json()))
    assert "is no signed vote" in dao.voter.refused("dao", "cast", file, "--yes")


def test_text_that_is_no_unicode_is_said(dao: Assembly) -> None:
    file = dao.file(set_token())
    file.write_text(file.read_text().replace("A change", '"\\ud800"'))
    assert "is no YAML" in dao.voter.refused("dao", "propose", file, "--check")


def test_an_offer_in_what_is_no_token_is_shown(dao: Assembly, chain: Chain) -> None:
    terms = offer(NOBODY, NOBODY, expires_at=2**40 - 1)
    call = chain.deployed.market.open_offer(terms, version(), bytes(32))
    ident = proposed(dao, chain, chain.market, call.data)
    assert NOBODY in dao.voter("dao", "show", ident).out


def test_a_flood_of_events_hides_nothing(
    dao: Assembly, chain: Chain, local_chain: LocalChain
) -> None:
    """1,000 of them, by a target of a stranger's."""
    local_chain.rpc("anvil_setCode", NOBODY, "0x6103e85b60006000a0600190038060035700")
    ident = proposed(dao, chain, NOBODY, b"\1")
    (call,) = dao.voter.json("dao", "show", ident)["calls"]
    assert len(call["events"]) == 201
    assert call["events"][-1] == f"800 more events: read the code of {NOBODY} first"


def test_a_list_that_is_cut_says_so(dao: Assembly, monkeypatch: pytest.MonkeyPatch) -> None:
    dao.propose(set_token())
    assert "looked through" not in dao.voter("dao", "list").err
    monkeypatch.setattr(index, "LIMIT", 1)
    assert "newest 1 were looked through" in dao.voter("dao", "list").err


def test_a_signed_vote_replaces_no_file(dao: Assembly) -> None:
    """Whoever signs in one folder, and whatever begins with the same digits."""
    proposal = dao.propose(set_token())
    dao.until(proposal, "vote_start")
    file = dao.desk / "vote.json"
    dao.voter("dao", "sign", proposal, "for", "--output", file, "--yes")
    kept = file.read_bytes()
    told = dao.voter.refused("dao", "sign", proposal, "against", "--output", file, "--yes")
    assert "exists" in told
    assert file.read_bytes() == kept
