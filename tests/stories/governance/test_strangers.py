"""What strangers and nodes can say, and how it is tried where a node knows less."""

from __future__ import annotations

from typing import Any

import pytest

from daimm_cli.base.errors import ChainRefused
from daimm_cli.bindings.calls import Call
from daimm_cli.bindings.structs import Bps
from daimm_cli.chain.client import Chain
from daimm_cli.chain.transport import Transport
from daimm_cli.governance.proposals import read
from daimm_cli.governance.simulation import simulated
from daimm_cli.index.audit import audit
from daimm_cli.index.index import Index
from tests.python.chain.samples import calldata
from tests.python.cli.conftest import Person
from tests.stories.governance.conftest import DAY, Assembly, set_token
from tools.chain import LocalChain

DELAY = {
    "target": "DaimmGovernor",
    "call": "setVotingDelay",
    "arguments": {"newVotingDelay": 2 * DAY},
}


@pytest.fixture
def old_node(monkeypatch: pytest.MonkeyPatch) -> None:
    """No node knows `eth_simulateV1`."""
    ask = Transport.make_request

    def without(self: Transport, method: str, params: Any) -> Any:
        if method == "eth_simulateV1":
            return {"error": {"code": -32601, "message": "the method does not exist"}}
        return ask(self, method, params)

    monkeypatch.setattr(Transport, "make_request", without)


@pytest.mark.usefixtures("old_node")
def test_without_a_simulation_each_call_is_tried_alone(dao: Assembly) -> None:
    ran = dao.voter("dao", "propose", dao.file(set_token(), DELAY), "--yes")
    assert "no call saw what those before it would do" in ran.err
    assert "logs" not in ran.err
    over = {**DELAY, "arguments": {"newVotingDelay": 15 * DAY}}
    told = dao.voter.refused("dao", "propose", dao.file(set_token(), over), "--yes", status=3)
    assert "Call 2 " in told
    assert "out of bounds" in told


def test_a_call_sees_what_those_before_it_did(
    dao: Assembly, chain: Chain, request: pytest.FixtureRequest
) -> None:
    timelock = chain.deployed.timelock.address
    role = {"roleId": 0, "account": timelock}
    revoke = {"target": "Authority", "call": "revokeRole", "arguments": role}
    proposal = read(dao.file(revoke, set_token()), chain, dao.voter.account.address)
    with pytest.raises(ChainRefused, match="Call 2 "):
        simulated(chain, proposal)
    request.getfixturevalue("old_node")
    assert [effect.events for effect in simulated(chain, proposal)] == [None, None]


def test_nobody_keeps_others_from_reading_by_what_they_say(
    dao: Assembly, buyer: Person, chain: Chain
) -> None:
    """Text that is no UTF-8, too long, or steers a terminal; reasons too."""
    governor = chain.deployed.governor
    call = chain.deployed.market.resume_new_business()
    mark = "ab" * 20
    hostile = [b"\xff\xfe# \x1b[2Jevil", b"\n" * 5, b"x" * 100_000]
    for text in hostile:
        asked = governor.propose([str(call.to)], [0], [call.data], mark).data
        size = (len(text) + 31) // 32 * 32
        body = len(text).to_bytes(32) + text.ljust(size, b"\0")
        place = asked.index(len(mark).to_bytes(32) + mark.encode())
        data = asked[:place] + body
        chain.node.send(Call(governor.address, data, "propose"), dao.voter.account)
    listed = dao.voter.json("dao", "list")
    assert len(listed) == 3
    assert all(row["title"] and len(row["title"]) <= 120 for row in listed)
    assert "\x1b" not in dao.voter("dao", "list").out
    ident = listed[-1]["proposal"]
    dao.until(ident, "vote_start")
    data = calldata(chain, "DaimmGovernor", "castVoteWithReason", int(ident, 16), 1, mark)
    data = data.replace(mark.encode(), b"\xff" * len(mark))
    steering = governor.cast_vote_with_reason(int(ident, 16), 0, "\x1b[31m" + "y" * 9_000)
    chain.node.send(steering, dao.voter.account)
    chain.node.send(Call(governor.address, data, "vote"), buyer.account)
    shown = dao.voter.json("dao", "show", ident)
    assert [vote["votes"] for vote in shown["votes"]] == [str(20_000 * 10**18), "0"]
    assert all(len(vote["reason"]) <= 500 for vote in shown["votes"])
    assert "\x1b" not in dao.voter("dao", "show", ident).out
    with Index.open(dao.desk, chain) as index:
        index.sync()
        assert audit(index, chain) == {}


def test_a_node_cannot_make_up_what_is_proposed(
    dao: Assembly, monkeypatch: pytest.MonkeyPatch
) -> None:
    proposal = dao.propose(set_token())
    dao.voter("dao", "list")
    honest = Transport.make_request

    def lies(self: Transport, method: str, params: Any) -> Any:
        answer = honest(self, method, params)
        if method == "eth_getLogs" and len(params[0].get("topics", [])) == 1:
            for log in answer["result"]:
                log["data"] = log["data"].replace("talked about", "talked about"[::-1])
                log["data"] = log["data"].replace(b"talked".hex(), b"TALKED".hex())
        return answer

    monkeypatch.setattr(Transport, "make_request", lies)
    told = dao.voter.refused("dao", "show", proposal, status=4)
    assert "wrong id" in told


def test_each_part_of_a_call_is_shown(dao: Assembly, chain: Chain) -> None:
    market, governor = chain.deployed.market, chain.deployed.governor
    fees = [market.set_token(chain.aim, True, Bps(fee), 1) for fee in (11, 22)]
    both = market.together(fees)
    call = governor.propose([chain.market], [7], [both.data], "Two at once")
    chain.node.send(call, dao.voter.account)
    (effect,) = dao.voter.json("dao", "show", dao.voter.json("dao", "list")[0]["proposal"])["calls"]
    shown = [action["facts"].get("fee") for action in effect["actions"]]
    assert shown == ["11 (0.11%)", "22 (0.22%)", None]
    assert "send ether" in effect["actions"][2]["does"]


def test_a_description_is_told_from_what_daimm_says(dao: Assembly, chain: Chain) -> None:
    call, governor = chain.deployed.market.resume_new_business(), chain.deployed.governor
    fake = "Call 1 of 0x00, code hash 0x00\n  do nothing"
    asked = governor.propose([str(call.to)], [0], [call.data], f"Title\n\n{fake}")
    chain.node.send(asked, dao.voter.account)
    shown = dao.voter("dao", "show", dao.voter.json("dao", "list")[0]["proposal"]).out
    assert [line for line in shown.split("\n") if line.startswith("Call 1 of")] == [
        f"Call 1 of {call.to}, code hash 0x{chain.book.contracts['Market'].code_hash.hex()}"
    ]
    assert ">  Call 1 of 0x00" in shown


def test_many_calls_are_shown_whole(dao: Assembly) -> None:
    calls = [set_token(fee=fee) for fee in range(30)]
    ran = dao.voter("dao", "propose", dao.file(*calls), "--check")
    assert ran.err.count("logs Market.TokenSet") == 30
    assert "…" not in ran.err


def test_what_cannot_be_a_vote_is_said(dao: Assembly, buyer: Person) -> None:
    proposal = dao.propose(set_token())
    assert "choose for, against or abstain" in dao.voter.refused("dao", "vote", proposal, "yes")
    assert "at most 1,000" in dao.voter.refused(
        "dao", "vote", proposal, "for", "--reason", "x" * 1_001
    )
    assert "no proposal 0x00000000" in buyer.refused("dao", "show", "0x00000000")
    dao.until(proposal, "vote_start")
    assert "had no votes" in buyer.refused("dao", "vote", proposal, "for", "--yes", status=3)
    dao.voter("dao", "vote", proposal, "abstain", "--yes")
    dao.voter.refused("dao", "vote", proposal, "for", "--yes", status=3)
    buyer.refused("dao", "queue", proposal, "--yes", status=3)


def test_what_comes_next_is_said(dao: Assembly, local_chain: LocalChain, buyer: Person) -> None:
    def told(proposal: str) -> str:
        return str(dao.voter.json("dao", "show", proposal)["next"])

    buyer("token", "wrap", 100, "--yes")
    unheard, rejected, accepted, silent = (dao.propose(set_token(fee=fee)) for fee in (1, 2, 3, 4))
    assert "Votes count as they are delegated by" in told(unheard)
    dao.until(silent, "vote_start")
    assert "Vote until" in told(unheard)
    buyer("dao", "vote", unheard, "for", "--yes")
    dao.voter("dao", "vote", rejected, "against", "--yes")
    dao.voter("dao", "vote", accepted, "for", "--yes")
    dao.until(silent, "ends_at")
    assert "quorum was not reached" in told(unheard)
    assert "quorum was not reached" in told(silent)
    assert "was rejected" in told(rejected)
    assert "anybody can queue it" in told(accepted)
    dao.voter("dao", "queue", accepted, "--yes")
    assert "Anybody can execute it from" in told(accepted)
    dao.until(accepted, "due_at")
    assert "execute it now" in told(accepted)
    local_chain.travel(31 * DAY)
    assert "proposed anew" in told(accepted)
    dao.voter.refused("dao", "execute", accepted, "--yes", status=3)


def test_what_comes_too_early_or_twice_is_told_what_comes_next(
    dao: Assembly, buyer: Person
) -> None:
    def told(who: Person, *words: str) -> str:
        return who.refused("dao", *words, "--yes", status=3)

    file = str(dao.file(set_token()))
    assert "has 0 AIM of votes, and to propose takes 1000 AIM" in told(buyer, "propose", file)
    assert "you could not propose it" in buyer("dao", "propose", file, "--check").err
    proposal = dao.voter.json("dao", "propose", file, "--yes")["proposal"]
    assert "very same was proposed before" in told(dao.voter, "propose", file)
    assert "It is pending. Votes count as" in told(dao.voter, "vote", proposal, "for")
    assert "It is pending" in told(dao.voter, "queue", proposal)
    dao.until(proposal, "vote_start")
    assert "It is active. Vote until" in told(dao.voter, "execute", proposal)
    dao.voter("dao", "vote", proposal, "for", "--yes")
    dao.until(proposal, "ends_at")
    assert "It is succeeded. It was accepted" in told(dao.voter, "execute", proposal)
    dao.voter("dao", "queue", proposal, "--yes")
    assert f"daimm dao show {proposal}" in told(dao.voter, "execute", proposal)
    assert "It is queued. Anybody can execute it from" in told(dao.voter, "queue", proposal)
    more = dao.voter.refused("token", "unwrap", 20_001, "--yes", status=3)
    assert "has 20000 AIMV and needs 20001 AIMV" in more


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"chain_id": 1}', "x" * 20_000])
def test_what_is_no_signed_vote_is_said(text: str, dao: Assembly) -> None:
    file = dao.desk / "vote.json"
    file.write_text(text)
    assert "is no signed vote" in dao.voter.refused("dao", "cast", file)
