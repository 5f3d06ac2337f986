"""What was said to a claim, for whoever judges it.

>>> [(it.party, it.says) for it in said(session, claim)]
[('0x9ee4...', 'It knows five digits of ten.')]
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daimm_cli.artifact.unixfs import RAW, Cid
from daimm_cli.base import bounded_json
from daimm_cli.base.errors import DaimmError, OutsideFailed
from daimm_cli.base.text import sanitise
from daimm_cli.index.deals import EvidenceRow

if TYPE_CHECKING:
    from daimm_cli.session.session import Session

MOST = 20
"""Statements that are read: anybody can add more."""

SECONDS = 30.0
"""For all of them: what nobody serves keeps nobody waiting for long."""

MAX_BYTES = 1 << 18
MAX_SHOWN = 2_000


@dataclass(frozen=True)
class Said:
    """A statement. says, deal: as it has them; says is None where no source has it."""

    party: str
    cid: str
    says: str | None
    deal: str | None

    @property
    def words(self) -> str:
        """For people."""
        return (
            f"{self.party} of {self.deal}: {self.says}"
            if self.says
            else f"{self.party}: {self.cid}"
        )


def said(session: Session, claim: bytes) -> list[Said]:
    """The first statements to a claim, those of claimant and opposer among them."""
    until, rows = time.monotonic() + SECONDS, session.index.rows(EvidenceRow, MOST, claim=claim)
    return [_read(session, row, until) for row in rows]


def _read(session: Session, row: EvidenceRow, until: float) -> Said:
    cid = Cid(RAW, row.evidence)
    try:
        if time.monotonic() > until:
            raise OutsideFailed("There was no time left.")
        data = session.fetcher.block(cid, "evidence", max_size=MAX_BYTES)
        document = bounded_json.loads(data, depth=4)
        words = [sanitise(document[key], MAX_SHOWN) for key in ("description", "deal")]
    except (DaimmError, ValueError, TypeError, KeyError):
        return Said(row.party, str(cid), None, None)
    return Said(row.party, str(cid), *words)
