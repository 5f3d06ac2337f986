"""Comparisons of `ape run verify`: what contracts say of themselves.

>>> [check.what for check in constants(chain, params) if not check.ok]
[]
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from daimm_cli.base.errors import ChainRefused
from daimm_cli.chain import signatures
from daimm_cli.chain.client import Chain
from daimm_cli.chain.terms import domain
from scripts._params import AIM, Params
from scripts._plan import CLAIMS, JUDGES, POOLS, RANDOMNESS, VESTING, governor_terms, rebate_rates

DAY = 86_400
CAPS = {
    ("Market", "MAX_FEE"): 500,
    ("Market", "MAX_INSPECTION"): 7 * DAY,
    ("Market", "MAX_GRACE"): 7 * DAY,
    ("Market", "MAX_STOP"): 14 * DAY,
    ("Market", "STOP_COOLDOWN"): 30 * DAY,
    ("ModelRegistry", "MAX_ROYALTY"): 1_000,
    ("Timelock", "MAX_DELAY"): 30 * DAY,
    ("DaimmGovernor", "MAX_VOTING_DELAY"): 14 * DAY,
    ("DaimmGovernor", "MAX_VOTING_PERIOD"): 30 * DAY,
    ("DaimmGovernor", "MAX_LATE_QUORUM"): 7 * DAY,
    ("DaimmGovernor", "MAX_QUORUM_PERCENT"): 30,
    ("DaimmGovernor", "GRACE"): 30 * DAY,
    ("Rebates", "MAX_SHARE"): 8_000,
    ("Reviews", "MAX_STARS"): 5,
    ("Attestations", "CLAIM_TIME"): 3 * DAY,
    ("Attestations", "CLAIM_AGAIN"): DAY,
    ("Attestations", "MAX_HOLD"): 90 * DAY,
}
"""What the documents promise that no deployment exceeds: shares in bps, times in seconds."""


class Check(NamedTuple):
    """One comparison."""

    what: str
    expected: str
    found: str

    @property
    def ok(self) -> bool:
        return self.expected == self.found


def constants(chain: Chain, params: Params) -> Iterator[Check]:
    """Immutables, settings and caps. params: resolved."""
    for (name, function), value in {**_wanted(chain, params), **CAPS}.items():
        yield Check(f"{name}: {function}", text(value), text(ask(chain, name, function)))
    for label, vested in params.vesting.items():
        name = VESTING + label
        released = ask(chain, name, "released", chain.aim)
        had = chain.balance(chain.aim, chain.book.address(name)) + int(released)
        yield Check(f"{name}: AIM", text(vested.amount), text(min(had, vested.amount)))


def _wanted(chain: Chain, params: Params) -> dict[tuple[str, str], Any]:
    at, said = chain.book.address, params.governance
    vested = sum(each.amount for each in params.vesting.values())
    wanted: dict[tuple[str, str], Any] = {
        ("Timelock", "shortestDelay"): said.delay,
        ("Timelock", "getMinDelay"): said.delay,
        ("AIMToken", "totalSupply"): sum(params.supply.values()) + vested,
        ("AIMToken", "DOMAIN_SEPARATOR"): _separator("AIM Token", chain, "AIMToken"),
        ("AIMVotes", "underlying"): at("AIMToken"),
        ("AIMVotes", "CLOCK_MODE"): "mode=timestamp",
        ("AIMVotes", "DOMAIN_SEPARATOR"): _separator("AIM Votes", chain, "AIMVotes"),
        ("DaimmGovernor", "token"): at("AIMVotes"),
        ("DaimmGovernor", "timelock"): at("Timelock"),
        ("DaimmGovernor", "terms"): governor_terms(params),
        ("DaimmGovernor", "votingDelay"): said.voting_delay,
        ("DaimmGovernor", "votingPeriod"): said.voting_period,
        ("DaimmGovernor", "lateQuorumVoteExtension"): said.late_quorum,
        ("DaimmGovernor", "proposalThreshold"): said.proposal_threshold,
        ("DaimmGovernor", "quorumNumerator"): said.quorum,
        ("ModelRegistry", "contentProof"): at("ContentProof"),
        ("ModelLicense", "authority"): at("Authority"),
        ("ModelLicense", "registry"): at("ModelRegistry"),
        ("Lineage", "registry"): at("ModelRegistry"),
        ("Lineage", "splitter"): at("RevenueSplitter"),
        ("Market", "authority"): at("Authority"),
        ("Market", "registry"): at("ModelRegistry"),
        ("Market", "license"): at("ModelLicense"),
        ("Market", "lineage"): at("Lineage"),
        ("Market", "aim"): at("AIMToken"),
        ("Market", "treasury"): params.treasury,
        ("Market", "domain"): domain(params.chain_id, at("Market")),
        ("Bonds", "market"): at("Market"),
        ("Bonds", "license"): at("ModelLicense"),
        ("Bonds", "attestations"): at("Attestations"),
        ("Bonds", "aim"): at("AIMToken"),
        ("Bonds", "treasury"): params.treasury,
        ("Rebates", "authority"): at("Authority"),
        ("Rebates", "market"): at("Market"),
        ("Rebates", "license"): at("ModelLicense"),
        ("Rebates", "aim"): at("AIMToken"),
        ("Rebates", "rates"): rebate_rates(params),
        ("KeyRequests", "market"): at("Market"),
        ("KeyRequests", "license"): at("ModelLicense"),
        ("KeyRequests", "treasury"): params.treasury,
        ("KeyRequests", "domain"): domain(params.chain_id, at("KeyRequests")),
        ("Secondary", "keyRequests"): at("KeyRequests"),
        ("Secondary", "market"): at("Market"),
        ("Secondary", "license"): at("ModelLicense"),
        ("Secondary", "treasury"): params.treasury,
        ("Secondary", "domain"): domain(params.chain_id, at("Secondary")),
        ("Reviews", "market"): at("Market"),
        ("Reviews", "license"): at("ModelLicense"),
        ("Attestations", "treasury"): params.treasury,
        ("Attestations", "domain"): domain(params.chain_id, at("Attestations")),
    }
    if arbiter := params.arbiter:
        wanted |= {("Arbiter", "judge"): arbiter.judge, ("Arbiter", "fee"): arbiter.fee}
    if jury := params.court:
        wanted |= {
            ("Court", "aim"): at("AIMToken"),
            ("Court", "randomness"): at(RANDOMNESS[jury.randomness]),
            ("Court", "treasury"): params.treasury,
            ("Court", "stake"): jury.seat,
            ("Court", "fee"): jury.fee,
            ("Court", "domain"): domain(params.chain_id, at("Court")),
        }
    for label, judged in params.claims.items():
        name = CLAIMS + label
        court = judged.court.to_bytes(32) + judged.jurors.to_bytes(32)
        who = at(JUDGES[judged.arbitrator]) if judged.arbitrator in JUDGES else judged.arbitrator
        wanted |= {
            (name, "arbitrator"): who,
            (name, "extraData"): court,
            (name, "domain"): domain(params.chain_id, at(name)),
        }
    for label, pool in params.pools.items():
        wanted |= {
            (POOLS + label, "bonds"): at("Bonds"),
            (POOLS + label, "license"): at("ModelLicense"),
            (POOLS + label, "asset"): at("AIMToken") if pool.asset == AIM else pool.asset,
            (POOLS + label, "curator"): pool.curator,
        }
    for label, each in params.vesting.items():
        wanted |= {
            (VESTING + label, "owner"): each.beneficiary,
            (VESTING + label, "start"): each.start,
            (VESTING + label, "end"): each.start + each.duration,
            (VESTING + label, "cliff"): each.start + each.cliff,
        }
    if params.faucet:
        wanted |= {
            ("Faucet", "token"): at("AIMToken"),
            ("Faucet", "amount"): params.faucet.amount,
            ("Faucet", "interval"): params.faucet.interval,
        }
    return wanted


def ask(chain: Chain, name: str, function: str, *values: Any) -> Any:
    """What a contract of the book answers, or why it refuses."""
    try:
        return chain.node.view(chain.deployed.named(name).view(function, *values))
    except ChainRefused as error:
        return error.message


def _separator(name: str, chain: Chain, token: str) -> bytes:
    """A token's EIP-712 domain."""
    return signatures.separator(name, "1", chain.node.chain_id, chain.book.address(token))


def text(value: Any) -> str:
    """A value as the table shows it."""
    if isinstance(value, (list, tuple)):
        return ", ".join(text(each) for each in value)
    return "0x" + value.hex() if isinstance(value, bytes) else str(value)
