"""What reports say, staked on.

>>> stated = Stated(suite, 970_000_000, report, "0.97")  # by a suite, named by its SHA-256
>>> attest(session, version_of(session, 3, 1), stated, Stake("100")).shown
'100 AIM'

A report is staked on once: a payment is written down before it leaves (`daimm_cli.market.payments`)
and the result's salt follows from its terms, so that the contract refuses the same once more.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from daimm_cli.base.errors import ChainRefused, DaimmError, VerificationFailed
from daimm_cli.bindings.structs import JobId, Result, ResultId, ResultState
from daimm_cli.bindings.values import encode
from daimm_cli.chain.terms import ZERO_ADDRESS, ZERO_WORD
from daimm_cli.index.rows import ResultRow
from daimm_cli.market.offers import token_address

if TYPE_CHECKING:
    from daimm_cli.bindings.calls import Call
    from daimm_cli.chain.answers import Receipt
    from daimm_cli.index.rows import VersionRow
    from daimm_cli.manifest.manifest import SignedManifest
    from daimm_cli.session.session import Session


@dataclass(frozen=True)
class Stated:
    """What a report says. suite: SHA-256 of what was asked; value: in billionths; report: the
    file's bytes; shown: for people."""

    suite: bytes
    value: int
    report: bytes
    shown: str


@dataclass(frozen=True)
class Stake:
    """amount: in whole tokens; token: AIM or an address; lasting: seconds for which the result is
    to stand, 0 for ever; arbitrator: who judges, None for the market's first contract of claims."""

    amount: str
    token: str = "AIM"  # noqa: S105
    lasting: int = 0
    arbitrator: str | None = None


@dataclass(frozen=True)
class Attested:
    """cid: of the report, in the store; shown: what was staked."""

    result: bytes
    cid: str
    units: int
    shown: str
    receipt: Receipt


def version_of(session: Session, model: int, version: int | None) -> VersionRow:
    """The newest for None. Raises ChainRefused where there is none."""
    session.index.model(model)
    for row in session.index.versions(model, version=version):
        return row
    raise ChainRefused(f"Model {model} has no version {version}.", hint=f"daimm model show {model}")


def require_file(session: Session, version: VersionRow, digest: str) -> SignedManifest:
    """The version's manifest; raises VerificationFailed where none of its files has this SHA-256,
    in hex."""
    from daimm_cli.market.listing import read_listing

    signed = read_listing(session, version)
    if digest not in {file.sha256 for file in signed.files}:
        raise VerificationFailed(
            f"The report is of a file that version {version.version} of model {version.model} does "
            "not have."
        )
    return signed


def judge(session: Session) -> str:
    """The market's first contract of claims; nobody where there is none."""
    return next((claims.address for claims in session.chain.deployed.claims()), ZERO_ADDRESS)


def attest(session: Session, version: VersionRow, stated: Stated, stake: Stake) -> Attested:
    """Stake on it, for whoever acts, and put the report into the store. Asks before."""
    token = session.chain.token(token_address(session.chain, stake.token))
    units = token.units(stake.amount)
    if not units:
        raise DaimmError("Stake more than nothing: nobody believes a word for free.")
    ends = session.now + stake.lasting if stake.lasting else 0
    terms = {
        "root": version.details.plaintext_root,
        "token": token.address,
        "stake": units,
        "arbitrator": stake.arbitrator or judge(session),
        "expires_at": ends,
        "job": JobId(ZERO_WORD),
    }
    return post(session, stated, terms, session.chain.deployed.attestations.attest, ends or None)


def post(
    session: Session,
    stated: Stated,
    terms: Mapping[str, Any],
    call: Callable[[Result], Call],
    last: int | None,
) -> Attested:
    """Stake on what a report says. terms: the result's other fields. last: the last second in which
    it may be mined; None where the contract knows none, which has the same result once."""
    from daimm_cli.market.payments import Payments, made  # pydantic: only where something is paid
    from daimm_cli.store.queue import Queue

    chain, attestations = session.chain, session.chain.deployed.attestations
    said = Result(
        evaluator=session.me.address,
        suite=stated.suite,
        value=stated.value,
        report=sha256(stated.report).digest(),
        salt=ZERO_WORD,
        **terms,
    )
    salt = sha256(encode([Result.abi_type()], [said.to_abi()])).digest()
    result = dataclasses.replace(said, salt=salt)
    look, became = "daimm bench results --mine", made(session, ResultRow, "terms_evaluator")
    payments = Payments(session, "the stake on report", look, became)
    payments.require_none({result.report})
    ident = chain.node.view(attestations.result_id_of(result))
    if chain.node.view(attestations.result_of(ResultId(ident))).state is not ResultState.NONE:
        raise ChainRefused(
            f"You staked this on the report before: it is result 0x{ident.hex()}. Name another "
            "stake to add one.",
            hint=f"daimm claim show 0x{ident.hex()}",
        )
    token = chain.token(result.token)
    cid = session.store.put_bytes(stated.report)
    Queue(session.store).add(cid)
    sent = payments.pay(
        result.report,
        token,
        result.stake,
        lambda _: call(result),
        salt=salt,
        question="Stake {}?",
        last=last,
    )
    return Attested(ident, cid, result.stake, token.shown(result.stake), sent)
