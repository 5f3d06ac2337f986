"""What a year's cover of a bond should cost, by its guarantor's record and what was measured.

>>> suggested(session, row)    # hundredths of a percent of the cover
240

docs/cover.md has the formula. A curator may ask for another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from daimm_cli.bindings.structs import Bond
from daimm_cli.chain.terms import ZERO_WORD
from daimm_cli.index.rows import BondRow, ResultRow
from daimm_cli.market import guarantees
from daimm_cli.market.attesting import version_of

if TYPE_CHECKING:
    from daimm_cli.session.session import Session

YEAR = 365 * 86_400
LOSS = 6_000
BROKEN, YEARS = 0.4, 10
LEAST = 60


def suggested(session: Session, row: BondRow) -> int:
    """In hundredths of a percent."""
    where = {"guarantor": row.bond.guarantor, "terms_token": row.bond.token}
    rows = session.index.rows(BondRow, None, **where)
    years, broken = 0.0, 0
    for each, record in zip(rows, guarantees.records(session, rows), strict=True):
        end = record.broken_at or min(session.now, each.bond.until)
        weight = min(1.0, each.amount / row.amount)
        years += weight * max(end - each.posted_at, 0) / YEAR
        broken += bool(record.broken_at)
    rate = LOSS * (BROKEN + broken) / (YEARS + years)
    return min(max(round(rate / 2 if _borne_out(session, row.bond) else rate), LEAST), 10_000)


def _borne_out(session: Session, bond: Bond) -> bool:
    """Whether a result that stands, of somebody else, is as good as promised."""
    if bond.suite == ZERO_WORD:
        return False
    root = version_of(session, bond.model, bond.version).details.plaintext_root
    results = [
        row.result
        for row in session.index.rows(ResultRow, None, root=root)
        if guarantees.counts(bond, row.result)
        and row.result.evaluator != bond.guarantor
        and not guarantees.is_worse(bond, row.result)
    ]
    contract, node = session.chain.deployed.attestations, session.chain.node
    return any(it.whether for it in node.views([contract.stands(each) for each in results]))
