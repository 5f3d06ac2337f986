"""Governance through the command line: from a file of calls to what they did, and what none can."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from eth_account.signers.local import LocalAccount

from daimm_cli.base.errors import ChainRefused
from daimm_cli.bindings.structs import OrderId
from daimm_cli.bindings.vesting import Vesting
from daimm_cli.chain.client import Chain
from daimm_cli.chain.node import Call
from scripts._artifacts import artifact
from tests.python.cli.conftest import AIM, Person, write_model
from tests.stories.governance.conftest import DAY, Assembly, set_token
from tools.chain import LocalChain


def test_the_fee_is_changed_and_open_orders_keep_theirs(
    dao: Assembly, seller: Person, buyer: Person, chain: Chain, model_file: Path
) -> None:
    made = seller.json("model", "publish", model_file, "--license", "MIT", "--price", 10, "--yes")
    order = buyer.json("buy", made["offer"], "--yes")["orders"][0]["order"]
    seller("order", "deliver", order, "--yes")
    ran = dao.voter("dao", "propose", dao.file(set_token()), "--yes")
    assert f"Call 1 of {chain.market}, code hash 0x" in ran.err
    assert "Market.setToken" in ran.err
    assert "logs Market.TokenSet: " in ran.err
    assert "allowed yes, fee 50" in ran.err
    proposal = dao.voter.json("dao", "list")[0]["proposal"]
    assert dao.voter.json("dao", "show", proposal)["state"] == "pending"
    dao.until(proposal, "vote_start")
    assert "daimm dao vote" in dao.voter("dao", "show", proposal[:10]).err
    dao.voter("dao", "vote", proposal[:10], "for", "--reason", "Half is enough.\x1b[31m", "--yes")
    shown = dao.voter("dao", "show", proposal).out
    assert "Half is enough." in shown
    assert "daimm dao vote" not in dao.voter("dao", "show", proposal).err
    assert dao.voter.json("dao", "show", proposal)["voted"] is True
    assert buyer.json("dao", "show", proposal)["voted"] is False
    assert "\x1b" not in shown
    assert "As was talked about." in shown
    dao.until(proposal, "ends_at")
    assert dao.voter.json("dao", "show", proposal)["state"] == "succeeded"
    buyer("dao", "queue", proposal[:10], "--yes")
    dao.voter.refused("dao", "execute", proposal, "--yes", status=3)
    dao.until(proposal, "due_at")
    buyer("dao", "execute", proposal[:10], "--yes")
    assert chain.policy(chain.aim).fee == 50
    assert dao.voter.json("dao", "list", "--open") == []
    assert dao.voter.json("dao", "list")[0]["state"] == "executed"


def test_a_payment_token_is_allowed(
    dao: Assembly, chain: Chain, accounts: list[LocalAccount]
) -> None:
    code = artifact("AIMToken").creation([[[accounts[0].address, 10**24]]])
    token = str(chain.node.send(Call(None, code, "create a token"), accounts[0]).created)
    dao.carry(set_token(token, fee=200))
    assert chain.policy(token) == (True, 200, 10 * AIM)


def test_a_replacement_market_is_named_while_the_old_one_drains(
    dao: Assembly,
    seller: Person,
    buyer: Person,
    chain: Chain,
    accounts: list[LocalAccount],
    model_file: Path,
) -> None:
    terms = ("--license", "MIT", "--price", 10, "--deliver-within", "30d", "--yes")
    made = seller.json("model", "publish", model_file, *terms)
    order = buyer.json("buy", made["offer"], "--yes")["orders"][0]["order"]
    code = artifact("Market").creation(chain.book.contracts["Market"].arguments)
    successor = str(chain.node.send(Call(None, code, "create a market"), accounts[0]).created)
    issuers = [(successor, True), (chain.market, False)]
    calls = [
        {"target": "ModelLicense", "call": "setIssuer", "arguments": {"issuer": i, "allowed": a}}
        for i, a in issuers
    ]
    fee = {**set_token(), "target": successor, "as": "Market"}
    dao.carry(*calls, fee)
    assert [chain.node.view(chain.deployed.licenses.is_issuer(i)) for i, _ in issuers] == [
        True,
        False,
    ]
    buyer.refused("buy", made["offer"], "--yes", status=3)
    seller("order", "deliver", order, "--yes")
    seller("withdraw", "--yes")
    assert chain.balance(chain.aim, seller.account.address) == 99 * AIM // 10


RATES = {
    "buyer": 4_000, "payee": 4_000, "early": 0, "frequent": 0, "frequentAt": "1 AIM",
    "earlyFrom": 2_000_000_000, "earlyUntil": 2_100_000_000,
}  # fmt: skip
OVER = [
    (set_token(fee=501), "5%"),
    (
        {
            "target": "DaimmGovernor",
            "call": "setVotingPeriod",
            "arguments": {"newVotingPeriod": 31 * DAY},
        },
        "out of",
    ),
    (
        {"target": "DaimmGovernor", "call": "setVotingDelay", "arguments": {"newVotingDelay": 60}},
        "out of bounds",
    ),
    ({"target": "Timelock", "call": "updateDelay", "arguments": {"newDelay": 60}}, "out of bounds"),
]


def test_what_is_over_a_cap_is_refused_before_it_is_proposed(dao: Assembly) -> None:
    for call, said in OVER:
        told = dao.voter.refused("dao", "propose", dao.file(set_token(), call), "--yes", status=3)
        assert "Call 2 " in told
        assert said in told
    assert dao.voter.json("dao", "list") == []
    within = {
        "target": "DaimmGovernor",
        "call": "setVotingDelay",
        "arguments": {"newVotingDelay": 2 * DAY},
    }
    dao.carry(within)
    assert dao.chain.node.view(dao.chain.deployed.governor.voting_delay()) == 2 * DAY


def test_votes_that_come_after_the_count_weigh_nothing(
    dao: Assembly, person: Callable[..., Person], local_chain: LocalChain, chain: Chain
) -> None:
    """A flash loan is had after the snapshot, and given back before anything is counted again."""
    lender = person("lender", 6, money=500_000_000 * AIM)
    told = lender.refused("dao", "propose", dao.file(set_token()), "--yes", status=3)
    assert "votes" in told
    proposal = dao.propose(set_token(fee=0))
    dao.until(proposal, "vote_start")
    aim, votes, governor = chain.deployed.aim, chain.deployed.votes, chain.deployed.governor
    me, ident = lender.account.address, int(proposal, 16)
    word = bytes.fromhex(me[2:]).rjust(32, b"\0")
    loan = 500_000_000 * AIM
    calls = [
        aim.transfer_and_call_with_data(votes.address, loan, word),
        governor.cast_vote(ident, 1),
        votes.withdraw_to(me, loan),
    ]
    local_chain.rpc("evm_setAutomine", False)
    hashes = []
    for nonce, call in enumerate(calls, chain.node.nonce(me)):
        transaction = {"from": me, "to": call.to, "data": "0x" + call.data.hex()}
        local_chain.rpc("anvil_impersonateAccount", me)
        more = {"nonce": hex(nonce), "gas": hex(500_000)}
        hashes.append(local_chain.rpc("eth_sendTransaction", {**transaction, **more}))
    local_chain.mine()
    local_chain.rpc("evm_setAutomine", True)
    receipts = [chain.node.receipt(bytes.fromhex(digest[2:])) for digest in hashes]
    assert all(receipt and receipt.succeeded for receipt in receipts)
    shown = dao.voter.json("dao", "show", proposal)
    assert (shown["for"], shown["votes"][0]["votes"]) == ("0", "0")
    assert chain.balance(chain.aim, me) == loan
    dao.until(proposal, "ends_at")
    told = dao.voter("dao", "show", proposal).out
    assert "defeated" in told
    lender("token", "wrap", 500_000_000, "--yes")
    later = dao.propose(set_token(fee=1))
    dao.until(later, "vote_start")


def test_a_target_whose_code_changed_is_never_called(
    dao: Assembly, chain: Chain, local_chain: LocalChain
) -> None:
    first, second = dao.propose(set_token()), dao.propose(set_token(fee=60))
    for proposal in (first, second):
        dao.until(proposal, "vote_start")
        dao.voter("dao", "vote", proposal, "for", "--yes")
    dao.until(second, "ends_at")
    dao.voter("dao", "queue", first, "--yes")
    code = chain.node.code(chain.market)
    local_chain.rpc("anvil_setCode", chain.market, "0x" + code.hex() + "00")
    dao.until(first, "due_at")
    for verb, proposal in (("execute", first), ("queue", second)):
        told = dao.voter.refused("dao", verb, proposal, "--yes", status=3)
        assert f"The code at {chain.market} is not the one that was voted on" in told
        assert dao.voter.json("dao", "show", proposal)["changed"] == [chain.market]
    assert "code changed at" in dao.voter("dao", "show", first).out
    assert chain.policy(chain.aim).fee == 100


def test_a_vote_is_signed_by_one_and_cast_by_another(
    dao: Assembly, buyer: Person, tmp_path: Path
) -> None:
    proposal = dao.propose(set_token())
    dao.until(proposal, "vote_start")
    file = tmp_path / "vote.json"
    dao.voter("dao", "sign", proposal, "against", "--reason", "No.", "--output", file, "--yes")
    signed = file.read_text()
    file.write_text(signed.replace("No.", "Yes."))
    assert "was changed" in buyer.refused("dao", "cast", file, "--yes", status=5)
    file.write_text(signed)
    assert buyer.json("dao", "cast", file, "--yes")["choice"] == "against"
    shown = buyer.json("dao", "show", proposal)
    assert shown["against"] == str(20_000 * AIM)
    assert shown["votes"][0]["reason"] == "No."
    assert "handed in" in buyer.refused("dao", "cast", file, "--yes", status=3)


def test_a_proposal_is_withdrawn_by_who_made_it(dao: Assembly, buyer: Person) -> None:
    proposal = dao.propose(set_token())
    buyer.refused("dao", "cancel", proposal, "--yes", status=3)
    dao.voter("dao", "cancel", proposal, "--yes")
    assert dao.voter.json("dao", "show", proposal)["state"] == "canceled"


def test_a_captured_majority_touches_nobodys_money(
    dao: Assembly,
    person: Callable[..., Person],
    seller: Person,
    buyer: Person,
    chain: Chain,
    local_chain: LocalChain,
    model_file: Path,
) -> None:
    """Pending and inspected orders, credits, licences, a bond, votes: all end as they would."""
    thief = person("thief", 7, money=700_000_000 * AIM)
    guarantor = person("guarantor", 4, money=5 * AIM)
    thief("token", "wrap", 700_000_000, "--yes")
    terms = ("--license", "MIT", "--price", 10, "--deliver-within", "30d", "--yes")
    plain = seller.json("model", "publish", model_file, *terms)["offer"]
    other = write_model(model_file.with_name("other.safetensors"))
    looked = seller.json("model", "publish", other, *terms, "--inspection", "7d")["offer"]
    pending, settled, inspected = (
        buyer.json("buy", offer, "--yes")["orders"][0] for offer in (plain, plain, looked)
    )
    for order in (settled, inspected):
        seller("order", "deliver", order["order"], "--yes")
    post = ("guarantee", "offer", 1, "content for 10d", "--bond", 5, "--yes")
    bond = guarantor.json(*post)["bond"]
    me, victim, owner = (who.account.address for who in (thief, seller, buyer))
    aim, word, licence = "AIMToken", "0x" + "00" * 32, int(settled["license"], 16)

    def call(on: str, name: str, **given: Any) -> dict[str, Any]:
        """A keyword of Python has an underscore more, which files need not have."""
        return {"target": on, "call": name, "arguments": given}

    for each in (
        call(aim, "transferFrom", from_=chain.market, to=me, value="1 AIM"),
        call(aim, "transferFrom", from_=chain.book.address("Bonds"), to=me, value="1 AIM"),
        call("Market", "withdraw", account=word, token=aim, to=me),
        call("Bonds", "withdraw", account=word, token=aim, to=me),
        call("ModelLicense", "burn", order=settled["order"]),
        call("ModelLicense", "transferFrom", from_=owner, to=me, id=licence),
        call("ModelRegistry", "transferFrom", from_=victim, to=me, id=1),
        call("ModelRegistry", "retire", model=1, version=1),
        call("AIMVotes", "withdrawTo", account=me, value="1 AIM"),
        call("Vesting/team", "transferOwnership", newOwner=me),
        call("DaimmGovernor", "relay", argument0=chain.market, argument1=0, argument2="0x"),
        call("Timelock", "updateDelay", newDelay=1),
        call("Rebates", "withdraw", account=word, token=aim, to=me),
        call("Rebates", "setRates", rates={**RATES, "payee": 4_001}),
        set_token(fee=10_000),
    ):
        told = thief.refused("dao", "propose", dao.file(each), "--yes", status=3)
        assert "Call 1 " in told, each
    dao.carry(
        set_token(fee=500),
        call("Rebates", "setRates", rates=RATES),
        call("ModelLicense", "setIssuer", issuer=me, allowed=True),
        call("ModelLicense", "setIssuer", issuer="Market", allowed=False),
        call("Authority", "setTargetClosed", target="Market", closed=True),
        call("Authority", "updateAuthority", target="Market", newAuthority="Faucet"),
        call("Authority", "grantRole", roleId=0, account=me, executionDelay=0),
        who=thief,
    )
    order = OrderId(bytes.fromhex(pending["order"][2:]))
    licenses = chain.deployed.licenses
    for grab in (licenses.burn(order), licenses.settle(order), licenses.activate(order, 0, True)):
        with pytest.raises(ChainRefused):
            chain.node.simulate(grab, me)

    seller("order", "deliver", pending["order"], "--yes")
    local_chain.travel(30 * DAY)
    buyer("order", "settle", inspected["order"], "--yes")
    guarantor("guarantee", "withdraw", bond, "--yes")
    for who, least in ((seller, 3 * 99 * AIM // 10), (guarantor, 5 * AIM)):
        who("withdraw", "--yes")
        assert chain.balance(chain.aim, who.account.address) == least
    held = buyer.json("license", "list")
    assert [row["state"] for row in held] == ["settled"] * 3
    dao.voter("token", "unwrap", 20_000, "--yes")
    assert chain.balance(chain.aim, dao.voter.account.address) == 20_000 * AIM


def test_what_is_held_and_when_it_unlocks(
    dao: Assembly, chain: Chain, accounts: list[LocalAccount], local_chain: LocalChain
) -> None:
    wallet = chain.book.address("Vesting/team")
    told = dao.voter.json("token", "supply")
    assert told["supply"] == str(10**27)
    assert sum(int(row["amount"]) for row in told["holders"]) == 10**27
    by_name = {row["holder"]: row for row in told["holders"]}
    assert by_name["AIMVotes"]["amount"] == str(20_000 * AIM)
    vesting = by_name["Vesting/team"]
    assert vesting["beneficiary"] == accounts[5].address
    assert vesting["locked"] == str(400 * AIM)
    assert told["unlocking"][0]["unlocked"] == str(10**27 - 400 * AIM)
    assert told["unlocking"][-1] == {"at": vesting["end"], "unlocked": str(10**27)}
    shown = dao.voter("token", "supply").out
    assert "100.0%" in shown
    local_chain.travel(vesting["end"] - 200 * DAY - local_chain.now())
    locked = int(dao.voter.json("token", "supply")["holders"][-1]["locked"])
    vested = chain.node.view(Vesting(wallet).vested_amount_with_token(chain.aim, local_chain.now()))
    assert abs(400 * AIM - vested - locked) < 400 * AIM // (400 * DAY) * 60


def test_who_votes_is_said_with_the_wrapping(
    dao: Assembly, buyer: Person, seller: Person, chain: Chain
) -> None:
    me, other = buyer.account.address, seller.account.address
    votes = chain.deployed.votes
    nonce = chain.node.nonce(me)
    assert buyer.json("token", "wrap", 30, "--yes")["delegate"] == me
    assert chain.node.nonce(me) == nonce + 1
    buyer("token", "wrap", 20, "--delegate", other, "--yes")
    assert buyer.json("token", "wrap", 10, "--yes")["delegate"] == other
    assert chain.node.view(votes.get_votes(other)) == 60 * AIM
    assert "60 AIMV" in buyer("balance").out
    buyer("token", "delegate", "--yes")
    assert chain.node.view(votes.get_votes(me)) == 60 * AIM
    buyer.refused("token", "wrap", 1_000, "--yes", status=3)
    buyer.refused("token", "unwrap", 61, "--yes", status=3)
    buyer("token", "unwrap", 60, "--yes")
    assert "AIMV" not in buyer("balance").out
    assert chain.balance(chain.aim, me) == 100 * AIM


def test_gas_suffices_where_the_next_block_has_another_second(
    dao: Assembly, buyer: Person, seller: Person, chain: Chain
) -> None:
    """A node estimates in the second of its newest block, in which votes were counted just now."""
    me, other = buyer.account.address, seller.account.address
    for words in (("wrap", 1), ("wrap", 1, "--delegate", other), ("delegate", me), ("unwrap", 1)):
        buyer("token", "wrap", 5, "--delegate", other, "--yes")
        buyer("token", "delegate", me, "--yes")
        at = dao.local_chain.now() + 10
        dao.local_chain.rpc("evm_setNextBlockTimestamp", at)
        buyer("token", *words, "--yes")
        assert dao.local_chain.now() == at
