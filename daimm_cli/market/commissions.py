"""Measurements that somebody pays an evaluator for.

>>> ident, sent = commission(session, version, suite, evaluator, fee="5", ...)
>>> answer(session, row, stated).shown    # the evaluator
'20 AIM'
>>> session.chain.node.send(end(session, row), session.account)             # anybody

A job is for a content, whoever sells it. Its fee waits in the contract until the answer stands.
"""

from __future__ import annotations

import contextlib
import functools
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from daimm_cli.base.errors import ChainRefused, DaimmError, VerificationFailed
from daimm_cli.base.text import time_shown
from daimm_cli.bindings.structs import Job, JobId, JobState, ResultState
from daimm_cli.index.rows import Listed, ResultRow
from daimm_cli.market import attesting
from daimm_cli.market.attesting import Attested, Stake, Stated, judge, post
from daimm_cli.market.measured import SHOWN, names
from daimm_cli.market.offers import token_address
from daimm_cli.market.wait import mined_by

if TYPE_CHECKING:
    from daimm_cli.bindings.calls import Call
    from daimm_cli.chain.answers import Receipt
    from daimm_cli.index.rows import VersionRow
    from daimm_cli.session.session import Session


@dataclass(frozen=True)
class JobRow(Listed):
    """What somebody pays an evaluator to measure. result: its answer, None as long as none is."""

    NAMED: ClassVar = ("job_id", "job", "daimm bench jobs")

    job_id: bytes
    job: Job
    state: JobState
    result: bytes | None
    commissioned_at: int


def commission(
    session: Session,
    version: VersionRow,
    suite: bytes,
    evaluator: str,
    *,
    fee: str,
    stake: Stake,
    time: int,
) -> tuple[bytes, Receipt]:
    """Pay for a measurement; the job's id, and what was sent. Asks before.

    suite: SHA-256 of its manifest. fee: in whole tokens of the stake's. time: seconds to answer.
    """
    from daimm_cli.market.payments import Payments, made  # pydantic: only where something is paid

    chain, contract, now = session.chain, session.chain.deployed.attestations, session.now
    token = chain.token(token_address(chain, stake.token))
    job = Job(
        payer=session.me.address,
        evaluator=evaluator,
        root=version.details.plaintext_root,
        suite=suite,
        token=token.address,
        fee=token.units(fee),
        stake=token.units(stake.amount),
        deadline=now + time,
        expires_at=now + stake.lasting if stake.lasting else 0,
        arbitrator=stake.arbitrator or judge(session),
        salt=secrets.token_bytes(32),
    )
    if not (job.fee and job.stake):
        raise ChainRefused("Pay more than nothing, and ask for a stake: a word for free is no use.")
    if job.deadline <= mined_by(session):  # else an approval is paid for before the chain refuses
        raise ChainRefused("Leave more time to answer: the model has to be measured until then.")
    what, look = "a measurement of content", "daimm bench jobs --mine"
    payments = Payments(session, what, look, made(session, JobRow, "terms_payer"))
    pay = functools.partial(payments.pay, salt=job.salt, last=job.deadline)
    sent = pay(job.root, token, job.fee, lambda _: contract.commission(job))
    return chain.node.view(contract.job_id_of(job)), sent


def require_file(session: Session, row: JobRow, digest: str) -> None:
    """Raise DaimmError where no version of the job's content has a file of this SHA-256, in hex."""
    found = session.index.versions_with_root(row.job.root)[:SHOWN]
    for version in found:
        with contextlib.suppress(DaimmError):
            attesting.require_file(session, version, digest)
            return
    raise VerificationFailed(
        "The report is of a file that is not known to be of the job's content."
        if found
        else "Nobody has published the content that the job is for."
    )


def answer(session: Session, row: JobRow, stated: Stated, stake: str | None = None) -> Attested:
    """Stake on a report as a job asks; by its evaluator. stake: more than it asks for. Asks before.

    Raises ChainRefused where the job takes no answer, VerificationFailed for one by another suite.
    """
    job, token = row.job, session.chain.token(row.job.token)
    if row.state is not JobState.OPEN or session.now > job.deadline:
        raise ChainRefused("The job takes no answer any more.", hint="daimm bench jobs --mine")
    if session.me.address != job.evaluator:
        raise ChainRefused(f"Only {job.evaluator} may answer this job: choose that account.")
    if stated.suite != job.suite:
        raise VerificationFailed("The report is by another suite than the job asks for.")
    terms = {name: getattr(job, name) for name in ("root", "token", "arbitrator", "expires_at")}
    terms |= {"stake": token.units(stake) if stake else job.stake, "job": JobId(row.job_id)}
    call = functools.partial(session.chain.deployed.attestations.answer, job)
    return post(session, stated, terms, call, job.deadline)


def end(session: Session, row: JobRow) -> Call:
    """What ends a job: the fee goes back where nobody answered in time or the answer was void, else
    to the evaluator; their stake with it, where nobody gave it back before."""
    contract = session.chain.deployed.attestations
    if row.result is None:
        return contract.cancel(row.job)
    (found,) = session.index.rows(ResultRow, result=row.result)
    close = contract.close_job(row.job, found.result)
    if found.state in (ResultState.STOOD, ResultState.VOIDED):
        return close
    return contract.together([contract.finish(found.result), close], close.doing)


def mine(session: Session) -> list[JobRow]:
    """What who acts pays for or is asked for, the newest first."""
    index, me = session.index, session.me.address
    found = [*index.rows(JobRow, terms_payer=me), *index.rows(JobRow, evaluator=me)]
    unlike = {row.job_id: row for row in found}.values()
    return sorted(unlike, key=lambda row: row.commissioned_at, reverse=True)


def wanted(session: Session, root: bytes) -> list[JobRow]:
    """Open jobs for a content that pay in AIM: those with the highest fees, SHOWN at most."""
    rows = session.index.rows(JobRow, None, root=root, state=JobState.OPEN.value)
    aim, now = session.chain.aim, session.now
    kept = [row for row in rows if row.job.token == aim and now <= row.job.deadline]
    return sorted(kept, key=lambda row: row.job.fee, reverse=True)[:SHOWN]


def shown(session: Session, row: JobRow) -> str:
    """For people."""
    job, token = row.job, session.chain.token(row.job.token)
    suite = names().get(job.suite, job.suite.hex()[:16])
    until = time_shown(job.deadline)
    return f"{token.shown(job.fee)} to {job.evaluator} for a score by suite {suite}, until {until}"
