"""What is deployed, in which order, and with which constructor arguments.

>>> for name, arguments in plan(params, deployer, creation.book.address):
...     creation.create(name, *arguments)
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from daimm_cli.bindings.structs import Bps, GovernorTerms, RebateRates
from daimm_cli.chain.terms import ZERO_ADDRESS
from scripts._params import AIM, ARBITER, COURT, Params

VESTING = "Vesting/"
"""What a vesting wallet's label has before it in a book."""

CLAIMS = "Claims/"
"""What the label of a contract of claims has before it."""

POOLS = "CoverPool/"
"""What the label of a pool has before it."""

JUDGES = {ARBITER: "Arbiter", COURT: "Court"}
"""The contracts that parameters name by a word."""

RANDOMNESS = {"header": "HeaderRandomness", "drand": "DrandRandomness"}

QUESTION = Path(__file__).parent / "claims.json"
"""What an arbitrator is asked, by ERC-1497; its contracts name it by its SHA-256."""


def plan(
    params: Params, deployer: str, at: Callable[[str], str]
) -> Iterator[tuple[str, list[Any]]]:
    """Every contract that the parameters ask for and its arguments, the layers from below.

    at: the address of one that was yielded before.
    """
    yield "Authority", [deployer]
    yield "Timelock", [params.governance.delay, deployer]
    params = params.resolved(deployer, at("Timelock"))
    for label, vested in params.vesting.items():
        when = [vested.start, vested.duration, vested.cliff]
        yield VESTING + label, [vested.beneficiary, *when]
    vesting = [(at(VESTING + label), each.amount) for label, each in params.vesting.items()]
    yield "AIMToken", [[*params.supply.items(), *vesting]]
    yield "AIMVotes", [at("AIMToken")]
    terms = governor_terms(params).to_abi()
    yield "DaimmGovernor", [at("AIMVotes"), at("Timelock"), terms]
    if faucet := params.faucet:
        yield "Faucet", [at("AIMToken"), faucet.amount, faucet.interval]
    yield "ContentProof", []
    yield "ModelRegistry", [at("ContentProof")]
    yield "ModelLicense", [at("Authority"), at("ModelRegistry")]
    yield "RevenueSplitter", []
    yield "Profiles", []
    yield "Lineage", [at("ModelRegistry"), at("RevenueSplitter")]
    yield "MovingPrice", []
    yield "Vouchers", []
    below = [at("Authority"), at("ModelRegistry"), at("ModelLicense"), at("Lineage")]
    yield "Market", [*below, at("AIMToken"), params.treasury]
    yield "Attestations", [params.treasury]
    below = [at("Market"), at("ModelLicense"), at("Attestations"), at("AIMToken")]
    yield "Bonds", [*below, params.treasury]
    yield "Rebates", [at("Authority"), at("Market"), at("ModelLicense"), at("AIMToken")]
    yield "KeyRequests", [at("Market"), at("ModelLicense"), params.treasury]
    yield "Secondary", [at("KeyRequests")]
    yield "Reviews", [at("Market"), at("ModelLicense")]
    if court := params.court:
        source = RANDOMNESS[court.randomness]
        yield source, [court.lag] if court.randomness == "drand" else []
        yield "Court", [at("AIMToken"), at(source), params.treasury, court.seat, court.fee]
    if arbiter := params.arbiter:
        yield "Arbiter", [arbiter.judge, arbiter.fee]
    question = hashlib.sha256(QUESTION.read_bytes()).digest()
    for label, each in params.claims.items():
        arbitrator = at(JUDGES[each.arbitrator]) if each.arbitrator in JUDGES else each.arbitrator
        yield CLAIMS + label, [arbitrator, each.court, each.jurors, question]
    for label, pool in params.pools.items():
        asset = at("AIMToken") if pool.asset == AIM else pool.asset
        named = [f"DAIMM cover {label}", f"cover-{label}"]
        yield POOLS + label, [at("Bonds"), at("ModelLicense"), asset, pool.curator, *named]


def names(params: Params) -> list[str]:
    """What the parameters ask for, as the book calls it."""
    return [name for name, _ in plan(params, ZERO_ADDRESS, lambda _name: ZERO_ADDRESS)]


def governor_terms(params: Params) -> GovernorTerms:
    """What the governor starts with."""
    said = params.governance
    times = (said.voting_delay, said.voting_period, said.late_quorum)
    return GovernorTerms(*times, said.proposal_threshold, said.quorum, said.quorum_floor)


def rebate_rates(params: Params) -> RebateRates:
    """As governance sets them."""
    said = params.rebates
    shares = (Bps(said.buyer), Bps(said.payee), Bps(said.early), Bps(said.frequent))
    return RebateRates(*shares, said.frequent_at, said.early_from, said.early_until)


def as_written(value: Any) -> Any:
    """Arguments as the book's JSON has them."""
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [as_written(item) for item in value]
    return str(value)
