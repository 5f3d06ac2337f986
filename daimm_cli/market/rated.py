"""Ratings that somebody staked on: the report is fetched by its digest and held against the chain.

>>> ratings(session, [row])[row.result_id].shown
'0.3125 of 1, resting on 8 of 12 items'
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from daimm_cli.artifact.unixfs import RAW, Cid
from daimm_cli.base.errors import DaimmError, VerificationFailed
from daimm_cli.manifest import canonical

if TYPE_CHECKING:
    from daimm_cli.bindings.structs import Result
    from daimm_cli.ethics.items import Rating
    from daimm_cli.index.rows import ResultRow
    from daimm_cli.session.session import Session

NOT_HAD = "its report cannot be had"
WRONG = "its report does not bear it out"


def ratings(session: Session, rows: Sequence[ResultRow]) -> dict[bytes, Rating | str | None]:
    """By result, what its report comes to by the formula: None if it rates nothing, and if nobody
    knows, why."""
    from daimm_cli.store.fetcher import Fetcher  # only where something was rated

    fetcher = session.fetcher
    found: dict[bytes, Rating | str | None] = {}
    for row in rows:
        cid = Cid(RAW, row.result.report)
        try:
            data = fetcher.block(cid, "report", max_size=canonical.MAX_BYTES)
        except DaimmError:
            found[row.result_id] = NOT_HAD
            fetcher = Fetcher(session.store)  # nobody waits for one after the other
            continue
        try:
            found[row.result_id] = _rating(data, row.result)
        except DaimmError:
            found[row.result_id] = WRONG
    return found


def _rating(data: bytes, it: Result) -> Rating | None:
    """Raises VerificationFailed where the items do not bear out what is on the chain."""
    from daimm_cli.ethics import items  # pydantic: only once there is one

    report = canonical.decode(data, "The report")
    result = report.get("result") if isinstance(report, dict) else None
    if not isinstance(result, dict) or result.get("metric") != items.METRIC:
        if it.suite in declaration_names():
            raise VerificationFailed("The report rates nothing.")
        return None
    found, suite = items.rated(result), result.get("suite")
    declared = suite.get("sha256") if isinstance(suite, dict) else None
    if declared != it.suite.hex() or Decimal(found.value).scaleb(9) != it.value:
        raise VerificationFailed("The report is of another declaration, or comes to another value.")
    return found


@functools.cache
def declaration_names() -> dict[bytes, str]:
    """Of the declarations that come with daimm, by their digests."""
    from daimm_cli.ethics import declarations

    return {bytes.fromhex(it.sha256): it.declaration.name for it in declarations.ours()}
