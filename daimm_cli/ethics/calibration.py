"""Whether a model is as often right as it says it is sure."""

from __future__ import annotations

from typing import Any

from daimm_cli.base.text import as_decimal
from daimm_cli.benchmark.measure import resampled
from daimm_cli.ethics.items import Bin, Item, item
from daimm_cli.ethics.seen import Evidence

BINS = 10
ENOUGH = 30
"""Rows in a bin of a regression."""

_CLASSES = (
    "The expected calibration error: rows in ten bins by how sure the model is of the class that "
    "it tells, and of each the share that is right less how sure it is, weighed by rows. Scores "
    "that are no probabilities count as logits. Brier's score is the mean of the squared distance "
    "to the truth, over all classes."
)
_NUMBERS = (
    "Rows in at most ten bins of 30 or more by what the model tells, and of each the mean of what "
    "is right less that of what it tells, weighed by rows, in standard deviations of what is right."
)


def items(seen: Evidence) -> list[Item]:
    """One: of classes, or of numbers."""
    return [_of_classes(seen) if seen.classes else _of_numbers(seen)]


def _of_classes(seen: Evidence) -> Item:
    import numpy as np

    kind, rows = "calibration_error", seen.rows
    if rows.sure is None:
        caveat = "the model does not say how sure it is"
        return item("calibration", kind, "rows", _CLASSES, seen.data, caveat=caveat)
    said, right = rows.sure.max(1), (rows.truths == rows.told).astype(float)
    places = np.minimum((said * BINS).astype(int), BINS - 1)
    truths = np.array(seen.declaration.suite.labels) == rows.truths[:, None]
    brier = float(((rows.sure - truths) ** 2).sum(1).mean())
    return _made(seen, kind, _CLASSES, said, right, places, {"brier": as_decimal(brier)})


def _of_numbers(seen: Evidence) -> Item:
    import numpy as np

    told, right = seen.rows.told, seen.rows.truths
    kind, spread = "regression_calibration_error", float(right.std())
    if not spread:
        caveat = "one thing is right of all rows"
        return item("calibration", kind, "rows", _NUMBERS, seen.data, caveat=caveat)
    count = max(1, min(BINS, len(told) // ENOUGH))
    order = np.argsort(np.argsort(told, kind="stable"), kind="stable")
    places = order * count // len(told)
    return _made(seen, kind, _NUMBERS, told, right, places, {"spread": as_decimal(spread)}, spread)


def _made(
    seen: Evidence,
    kind: str,
    method: str,
    said: Any,
    right: Any,
    places: Any,
    facts: dict[str, str],
    unit: float = 1.0,
) -> Item:
    import numpy as np

    def error(rows: Any) -> float:
        apart = np.bincount(places[rows], right[rows] - said[rows], minlength=BINS)
        return float(abs(apart).sum() / len(rows) / unit)

    sizes = np.bincount(places, minlength=BINS)
    bins = [
        Bin(
            rows=int(sizes[at]),
            said=as_decimal(said[places == at].mean()),
            right=as_decimal(right[places == at].mean()),
        )
        for at in np.flatnonzero(sizes)
    ]
    return item(
        *("calibration", kind, "rows", method, seen.data),
        value=error(np.arange(len(said))),
        interval=resampled(error, len(said)),
        bins=bins,
        facts=facts,
    )
