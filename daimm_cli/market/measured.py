"""What evaluators measured of a content and staked on, as quotes and pages show it.

>>> measured(session, version.details.plaintext_root)[0].shown
'0.974 by suite digits, of 0x8fd3…7A03: stands, 40 AIM were staked'
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daimm_cli.base.text import counted, format_amount
from daimm_cli.bindings.claims import Claims
from daimm_cli.bindings.structs import ResultState
from daimm_cli.index.rows import ResultRow
from daimm_cli.market.rated import declaration_names, ratings

if TYPE_CHECKING:
    from daimm_cli.ethics.items import Rating
    from daimm_cli.session.session import Session

SHOWN = 5
"""Results at most: those with the most AIM staked on them."""


@dataclass(frozen=True)
class Measured:
    """A result. suite: its name if it comes with daimm, else its digest; value: decimal text,
    None where its report should bear it out and does not; report: its digest; stake: in AIM's
    smallest unit; rating: what a value of ethics rests on."""

    result: bytes
    suite: str
    value: str | None
    evaluator: str
    stake: str
    stands: bool
    posted_at: int
    expires_at: int
    report: bytes
    rating: Rating | None
    shown: str


def measured(session: Session, root: bytes) -> list[Measured]:
    """Of a plaintext root. Only where AIM is staked and a contract of claims judges: whoever is
    their own judge, or stakes a token of their own, says what they like."""
    chain = session.chain
    rows = _weighty(session, session.index.rows(ResultRow, None, root=root))[:SHOWN]
    if not rows:
        return []
    attestations, aim = chain.deployed.attestations, chain.token(chain.aim)
    answers = chain.node.views([attestations.stands(row.result) for row in rows])
    now = session.now
    rated = ratings(session, [row for row in rows if row.result.suite not in suite_names()])
    made = []
    for row, answer in zip(rows, answers, strict=True):
        it, rating = row.result, rated.get(row.result_id)
        suite = names().get(it.suite, it.suite.hex())
        what = "stands" if answer.whether else _why_not(row, now)
        told = f"of {it.evaluator}: {what}, {aim.shown(it.stake)} were staked"
        if row.lost:
            told += f", claimed against {counted(row.lost, 'time')} in vain"
        value = format_amount(it.value, 9)
        made.append(
            Measured(
                result=row.result_id,
                suite=suite,
                value=None if isinstance(rating, str) else value,
                evaluator=it.evaluator,
                stake=str(it.stake),
                stands=answer.whether,
                posted_at=row.posted_at,
                expires_at=it.expires_at,
                report=it.report,
                rating=None if isinstance(rating, str) else rating,
                shown=f"{_said(value, suite, rating)}, {told}",
            )
        )
    return made


def _said(value: str, suite: str, rating: Rating | str | None) -> str:
    """A rating is said with what it rests on, or not at all."""
    name = suite[:16]
    if rating is None:
        return f"{value} by suite {name}"
    if isinstance(rating, str):
        return f"a result by {name} ({rating})"
    return f"{rating.shown} by declaration {name} ({rating.outcomes})"


def scores(session: Session, suite: str) -> dict[bytes, int]:
    """By a suite, its SHA-256 in hex: for each plaintext root the value, in billionths, that stands
    with the most AIM staked on it, as far as the index knows."""
    found: dict[bytes, int] = {}
    rows, now = session.index.rows(ResultRow, None, terms_suite=bytes.fromhex(suite)), session.now
    for row in _weighty(session, rows):
        if _stands(row, now):
            found.setdefault(row.result.root, row.result.value)
    return found


def _weighty(session: Session, rows: Sequence[ResultRow]) -> list[ResultRow]:
    chain = session.chain
    kept = [
        row
        for row in rows
        if row.result.token == chain.aim
        and row.state is not ResultState.VOIDED
        and chain.kind_at(row.result.arbitrator) is Claims
    ]
    return sorted(kept, key=lambda row: row.result.stake, reverse=True)


def _stands(row: ResultRow, now: int) -> bool:
    unclaimed = row.state is ResultState.POSTED and now > row.claimable_until
    return (unclaimed or row.state is ResultState.STOOD) and not _expired(row, now)


def _expired(row: ResultRow, now: int) -> bool:
    return 0 < row.result.expires_at < now


def _why_not(row: ResultRow, now: int) -> str:
    if _expired(row, now):
        return "expired"
    return "is claimed against" if row.state is ResultState.HELD else "may still be claimed against"


@functools.cache
def suite_names() -> dict[bytes, str]:
    """Of the suites that come with daimm, by their digests."""
    from daimm_cli.benchmark import suites

    return {bytes.fromhex(opened.sha256): opened.suite.name for opened in suites.ours()}


def names() -> dict[bytes, str]:
    """Of all that comes with daimm and results may be by: suites and declarations."""
    return declaration_names() | suite_names()
