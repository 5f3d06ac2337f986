"""Ratings on the chain are shown with what bears them out, or not as such."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from daimm_cli.ethics import items
from daimm_cli.ethics.items import Rating
from daimm_cli.manifest import canonical
from daimm_cli.market.rated import NOT_HAD, WRONG, ratings
from daimm_cli.store.fetcher import Fetcher
from daimm_cli.store.local import LocalStore

SUITE = "cd" * 32


def report(**changed: Any) -> dict[str, Any]:
    it = items.item("fairness", "error_ratio", "sex", "told", {"rows": "ab" * 32}, value=1.1)
    rating = items.rate([it])
    result: dict[str, Any] = {"suite": {"name": "mine", "sha256": SUITE}, "metric": items.METRIC}
    result |= {"score": rating.value, "rating": rating.told(), "items": [it.told()]}
    return {"format": "daimm-ethics-report/1", "result": result | changed, "measured": {}}


def found(folder: Path, *stated: tuple[object, int]) -> list[Rating | str | None]:
    """Of reports in the store, and values on the chain; bytes are of a report that is nowhere."""
    store, rows = LocalStore(folder), []
    for number, (told, value) in enumerate(stated):
        data = told if isinstance(told, bytes) else canonical.encode(told)
        if told is not data:
            store.put_bytes(data)
        result = SimpleNamespace(
            report=sha256(data).digest(), suite=bytes.fromhex(SUITE), value=value
        )
        rows.append(SimpleNamespace(result_id=bytes([number]), result=result))
    session = cast(Any, SimpleNamespace(store=store, fetcher=Fetcher(store)))
    return list(ratings(session, cast(Any, rows)).values())


def test_a_rating_is_that_of_its_items(tmp_path: Path) -> None:
    [rating] = found(tmp_path, (report(), 125_000_000))
    assert isinstance(rating, Rating)
    assert rating.shown == "0.125 of 1, resting on 1 of 8 items"
    assert rating.outcomes.startswith("fairness met, calibration unknown")


@pytest.mark.parametrize(
    ("told", "value"),
    [
        (report(), 125_000_001),
        (report(suite={"sha256": "00" * 32}), 125_000_000),
        (report(suite=None), 125_000_000),
        (report(score="1.000000000"), 10**9),
        (report(rating={}), 125_000_000),
        (report(items=[]), 125_000_000),
        (report(items="many"), 125_000_000),
    ],
)
def test_one_that_its_report_does_not_bear_out_is_none(
    tmp_path: Path, told: dict[str, Any], value: int
) -> None:
    assert found(tmp_path, (told, value)) == [WRONG]


def test_a_score_of_a_suite_rates_nothing_and_what_is_nowhere_nobody_knows(tmp_path: Path) -> None:
    told = found(tmp_path, (b"nowhere", 1), (report(metric="accuracy"), 1), (report(), 125_000_000))
    assert told[:2] == [NOT_HAD, None]
    assert isinstance(told[2], Rating)
