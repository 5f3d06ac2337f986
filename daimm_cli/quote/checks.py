"""A named check and its three answers.

>>> judged("signature", "The seller signed the manifest.", lambda: verify_signature(signed))
Check(name='signature', result=<Result.OK: 'ok'>, says='The seller signed the manifest.')
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from daimm_cli.base.errors import DaimmError, OutsideFailed


class Result(enum.Enum):
    """FALSE is known to be wrong; UNKNOWN could not be found out, and proves nothing."""

    OK = "ok"
    FALSE = "false"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Check:
    """says: one sentence or two, for people."""

    name: str
    result: Result
    says: str


def judged(name: str, holds: str, judge: Callable[[], object]) -> Check:
    """OK and `holds` where `judge` returns, UNKNOWN where the outside fails, else FALSE."""
    try:
        judge()
    except OutsideFailed as error:
        return Check(name, Result.UNKNOWN, error.message)
    except DaimmError as error:
        return Check(name, Result.FALSE, error.message)
    return Check(name, Result.OK, holds)


def compared(name: str, same: bool, holds: str, otherwise: str) -> Check:
    """OK where `same`, else FALSE."""
    return Check(name, Result.OK if same else Result.FALSE, holds if same else otherwise)


def unknown(names: Iterable[str], why: str) -> list[Check]:
    """These could not be made."""
    return [Check(name, Result.UNKNOWN, why) for name in names]


def verdict(checks: Iterable[Check]) -> Result:
    """FALSE where any is, else UNKNOWN where any is."""
    found = {check.result for check in checks}
    order = (Result.FALSE, Result.UNKNOWN)
    return next((result for result in order if result in found), Result.OK)
