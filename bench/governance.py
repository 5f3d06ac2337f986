"""What governing costs in gas, as whole transactions, beside OpenZeppelin's bare governor.

    python -m bench.governance            # measure on a local chain, write governance.json
    python -m bench.governance --check    # measure, and fail where governance.json says otherwise

A proposal has one call, which pays AIM out of the timelock to somebody who has some. The voters who
are measured are not the first to vote like that. One votes early and one late, when less time is
left than a late quorum extends the vote by; one makes the quorum, late.
"""

from __future__ import annotations

import subprocess
from typing import Any

from bench import kept
from bench.cost import Cost, table
from bench.market import GENESIS, Market
from daimm_cli.protocol.curve import keccak
from tools.chain import ROOT, LocalChain, tool_path

RESULTS = ROOT / "bench" / "governance.json"
BARE = ROOT / "tests" / "foundry" / "mocks" / "BareGovernor.sol"
WHAT = {
    "propose": "propose one call",
    "vote": "vote",
    "vote_late": "vote late, while there is no quorum",
    "vote_making_quorum": "vote late, and make the quorum",
    "queue": "queue what won",
    "execute": "execute it: a payment out of the treasury",
}
CEILINGS = {"vote": 70_000}

AIM = 10**18
DAY = 86_400
EACH = 100_000 * AIM
TERMS = (DAY, 5 * DAY, 2 * DAY, EACH, 30, 375 * EACH // 100)
"""GovernorTerms: of 12.5 times `EACH` that are wrapped, four voters with `EACH` make the quorum."""
FOR = 1
ROLES = [keccak(f"{name}_ROLE".encode()) for name in ("PROPOSER", "CANCELLER", "EXECUTOR")]


def measure(chain: LocalChain, market: Market, timelock: Any, governor: Any) -> dict[str, Cost]:
    """The cost of each step of one proposal."""
    for role in ROLES:
        market.send(timelock.functions.grantRole(role, governor.address), market.admin)
    market.send(market.aim.functions.transfer(timelock.address, AIM), market.admin)
    payment = market.aim.functions.transfer(market.keeper, AIM)._encode_transaction_data()
    calls = [market.aim.address], [0], [bytes.fromhex(payment[2:])]
    why = "Pay the keeper."
    hashed = keccak(why.encode())

    costs: dict[str, Cost] = {}
    first, *voters = market.accounts[3:7]
    costs["propose"], _ = market.cost(governor.functions.propose(*calls, why), first)
    proposal = governor.functions.hashProposal(*calls, hashed).call()
    chain.travel(DAY + 1)
    vote = governor.functions.castVote(proposal, FOR)
    market.send(vote, first)
    for voter, name in zip(voters, ("vote", "vote_late", "vote_making_quorum"), strict=True):
        costs[name], _ = market.cost(vote, voter)
        chain.travel(4 * DAY if name == "vote" else 1)
    chain.travel(3 * DAY)
    costs["queue"], _ = market.cost(governor.functions.queue(*calls, hashed), market.keeper)
    chain.travel(2 * DAY)
    costs["execute"], _ = market.cost(governor.functions.execute(*calls, hashed), market.keeper)
    return {name: costs[name] for name in WHAT}


def run() -> dict[str, dict[str, Cost]]:
    """Ours and the bare one, with one token of votes: those are kept by the second."""
    forge = str(tool_path("forge"))
    subprocess.run([forge, "build", str(BARE)], cwd=ROOT, check=True, capture_output=True)
    extra = ("--gas-limit", "200000000", "--base-fee", "0")
    with LocalChain(accounts=16, genesis_time=GENESIS, extra=extra) as chain, chain.still():
        market = Market(chain)
        votes = market.deploy("AIMVotes", market.aim.address)
        for account, amount in zip(market.accounts[2:7], (8.5, 1, 1, 1, 1), strict=True):
            wrapped = account, int(amount * 10) * EACH // 10
            market.send(market.aim.functions.transfer(account, wrapped[1] + AIM), market.admin)
            market.send(market.aim.functions.approve(votes.address, 2**256 - 1), account)
            market.send(votes.functions.depositFor(*wrapped), account)
            market.send(votes.functions.delegate(account), account)
        chain.travel(1)
        found = {}
        for name, timelock, governor in (
            ("daimm", ("Timelock", 2 * DAY, market.admin), "DaimmGovernor"),
            ("openzeppelin", ("TimelockController", 2 * DAY, [], [], market.admin), "BareGovernor"),
        ):
            waits = market.deploy(*timelock)
            governs = market.deploy(governor, votes.address, waits.address, TERMS)
            found[name] = measure(chain, market, waits, governs)
    return found


def rows(found: dict[str, dict[str, Cost]]) -> list[str]:
    """The costs as Markdown, as docs/gas.md has them."""
    return table(
        row
        for name, what in WHAT.items()
        for row in ((what, found["daimm"][name]), ("the same, bare", found["openzeppelin"][name]))
    )


def problems(found: dict[str, dict[str, Cost]]) -> list[str]:
    """What is above its ceiling."""
    return [
        f"{name} takes {found['daimm'][name].gas:,} gas, over its ceiling of {ceiling:,}"
        for name, ceiling in CEILINGS.items()
        if found["daimm"][name].gas > ceiling
    ]


def results(found: dict[str, dict[str, Cost]]) -> dict[str, Any]:
    """What governance.json holds."""
    figures = {
        whose: {name: cost.to_json() for name, cost in costs.items()}
        for whose, costs in found.items()
    }
    return {"command": "python -m bench.governance", **figures}


def main() -> int:
    """Measure; write governance.json, or compare with it."""
    return kept.hold("python -m bench.governance", __doc__, RESULTS, _figures)


def _figures() -> tuple[dict[str, Any], list[str], list[str]]:
    found = run()
    return results(found), rows(found), problems(found)


if __name__ == "__main__":
    raise SystemExit(main())
