"""What verify finds of all that governance, or whoever got hold of it, may have changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from eth_account.signers.local import LocalAccount

from daimm_cli.bindings.daimm_governor import ProposalCreated
from daimm_cli.chain.client import Chain
from daimm_cli.chain.node import Call
from daimm_cli.chain.terms import ZERO_ADDRESS
from daimm_cli.protocol.curve import keccak
from scripts._params import Params
from scripts._plan import rebate_rates
from tests.python.chain.samples import write
from tests.python.chain.test_deploy import OTHER, differences
from tools.chain import LocalChain, web3_of


def _as_timelock(chain: Chain, local_chain: LocalChain, call: Call) -> None:
    sender = chain.book.address("Timelock")
    local_chain.rpc("anvil_setBalance", sender, hex(10**18))
    local_chain.rpc("anvil_impersonateAccount", sender)
    sent = {"from": sender, "to": call.to, "data": "0x" + call.data.hex()}
    digest = local_chain.rpc("eth_sendTransaction", sent)
    assert web3_of(chain.node).eth.wait_for_transaction_receipt(digest)["status"] == 1


def _roles(name: str) -> bytes:
    return keccak(name.encode())


BY_TIMELOCK: dict[str, Callable[[Chain], list[Call]]] = {
    "Timelock: getMinDelay": lambda c: [c.deployed.timelock.update_delay(121)],
    f"timelock's executor: {ZERO_ADDRESS}": lambda c: [
        c.deployed.timelock.grant_role(_roles("EXECUTOR_ROLE"), ZERO_ADDRESS)
    ],
    f"timelock's admin: {OTHER}": lambda c: [c.deployed.timelock.grant_role(bytes(32), OTHER)],
    f"timelock's proposer: {OTHER}": lambda c: [  # for a while: what it scheduled may wait
        c.deployed.timelock.grant_role(_roles("PROPOSER_ROLE"), OTHER),
        c.deployed.timelock.revoke_role(_roles("PROPOSER_ROLE"), OTHER),
    ],
    f"timelock's 0x{'77' * 32}: {OTHER}": lambda c: [
        c.deployed.timelock.grant_role(b"w" * 32, OTHER)
    ],
    "timelock's canceller: {governor}": lambda c: [
        c.deployed.timelock.revoke_role(_roles("CANCELLER_ROLE"), c.book.address("DaimmGovernor"))
    ],
    "timelock's admin: {timelock}": lambda c: [
        c.deployed.timelock.revoke_role(bytes(32), c.book.address("Timelock"))
    ],
}


@pytest.mark.parametrize("what", BY_TIMELOCK)
def test_verify_finds_what_became_of_the_timelock(
    what: str, chain: Chain, local_chain: LocalChain, params: Params
) -> None:
    for call in BY_TIMELOCK[what](chain):
        _as_timelock(chain, local_chain, call)
    expected = what.format(
        governor=chain.book.address("DaimmGovernor"), timelock=chain.book.address("Timelock")
    )
    assert differences(chain.node, chain.book, params) == [expected]


def test_verify_finds_every_setting_that_was_voted(
    chain: Chain, local_chain: LocalChain, accounts: list[LocalAccount], params: Params
) -> None:
    deployed, me = chain.deployed, accounts[0]
    said, governor = params.governance, deployed.governor
    calls = [
        governor.set_voting_delay(said.voting_delay + 1),
        governor.set_voting_period(said.voting_period + 1),
        governor.set_late_quorum_vote_extension(said.late_quorum + 1),
        governor.set_proposal_threshold(said.proposal_threshold + 1),
        governor.update_quorum_numerator(said.quorum + 1),
    ]
    floor = said.quorum_floor
    chain.node.send(deployed.aim.transfer_and_call(deployed.votes.address, floor), me)
    chain.node.send(deployed.votes.delegate(me.address), me)
    local_chain.travel(1)
    described = "All of it"
    content = [str(call.to) for call in calls], [0] * len(calls), [call.data for call in calls]
    sent = chain.node.send(governor.propose(*content, described), me)
    proposal = chain.events(sent.logs, ProposalCreated)[0].proposal_id
    local_chain.travel(said.voting_delay + 1)
    chain.node.send(governor.cast_vote(proposal, 1), me)
    local_chain.travel(said.voting_period + said.late_quorum + 1)
    chain.node.send(governor.queue(*content, keccak(described.encode())), me)
    local_chain.travel(said.delay + 1)
    chain.node.send(governor.execute(*content, keccak(described.encode())), me)
    assert differences(chain.node, chain.book, params) == [
        f"DaimmGovernor: {name}"
        for name in (
            *("votingDelay", "votingPeriod", "lateQuorumVoteExtension"),
            *("proposalThreshold", "quorumNumerator"),
        )
    ]


def test_verify_finds_other_rates_and_another_beneficiary(
    chain: Chain, accounts: list[LocalAccount], params: Params
) -> None:
    rates = replace(params, rebates=replace(params.rebates, buyer=1_999))
    assert differences(chain.node, chain.book, rates) == ["Rebates: rates"]
    write(chain, accounts[0], "Rebates", "setRates", rebate_rates(rates).to_abi())
    assert differences(chain.node, chain.book, params) == ["Rebates: rates"]
    write(chain, accounts[0], "Vesting/team", "transferOwnership", OTHER)
    assert differences(chain.node, chain.book, rates) == ["Vesting/team: owner"]


def test_verify_follows_what_is_released_and_finds_what_is_missing(
    chain: Chain, local_chain: LocalChain, accounts: list[LocalAccount], params: Params
) -> None:
    team, wallet = params.vesting["team"], chain.book.address("Vesting/team")
    local_chain.travel(team.start + 2 * team.cliff - local_chain.now())
    write(chain, accounts[3], "Vesting/team", "release", chain.aim)
    write(chain, accounts[0], "AIMToken", "transfer", wallet, 1)
    assert differences(chain.node, chain.book, params) == []
    local_chain.rpc("anvil_dealERC20", wallet, chain.aim, hex(1))
    assert differences(chain.node, chain.book, params) == ["Vesting/team: AIM"]
