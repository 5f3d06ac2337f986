"""What becomes of a model's score when something happens to its inputs."""

from __future__ import annotations

from typing import Any

from daimm_cli.base.text import as_decimal
from daimm_cli.benchmark.measure import resampled
from daimm_cli.ethics.declarations import Perturbation
from daimm_cli.ethics.items import Item, item
from daimm_cli.ethics.seen import Evidence

_METHODS = {
    "noise": "normal noise of {size:g} standard deviations of a column is added",
    "missing": "a share of {size:g} of the values is replaced by their column's mean",
    "scaling": "all values are multiplied by {size:g}",
}


def perturbed(inputs: Any, how: Perturbation, seed: int) -> Any:
    """The inputs after it, the same everywhere."""
    import numpy as np

    draws = np.random.RandomState(seed)  # its stream is the same in every version
    chosen = np.zeros(inputs.shape, bool)
    chosen[:, how.columns or slice(None)] = True
    if how.kind == "noise":
        changed = inputs + draws.randn(*inputs.shape) * inputs.std(0) * how.size
    elif how.kind == "missing":
        chosen &= draws.rand(*inputs.shape) < how.size
        changed = np.broadcast_to(inputs.mean(0), inputs.shape)
    else:
        changed = inputs * how.size
    return np.where(chosen, changed, inputs)


def items(seen: Evidence) -> list[Item]:
    """One for each perturbation that is declared."""
    if not seen.perturbed:
        return [
            item(
                *("robustness", "score_lost", "perturbations", "nothing was tried", seen.data),
                caveat="no perturbation is declared",
            )
        ]
    return [_made(seen, how) for how in seen.declaration.perturbations]


def _made(seen: Evidence, how: Perturbation) -> Item:
    import numpy as np

    what = "accuracy that is lost" if seen.classes else "mean absolute error that is added"
    where = f" (columns {', '.join(map(str, how.columns))})" if how.columns else ""
    method = (
        f"The share of the {what} where {_METHODS[how.kind].format(size=how.size)}{where[:1500]}. "
        "The same rows before and after, drawn anew 1,000 times, give the interval."
    )
    before, after = (_marks(seen.classes, it) for it in (seen.rows, seen.perturbed[how.name]))
    sign = 1 if seen.classes else -1

    def lost(rows: Any) -> float:
        whole = before[rows].mean()
        return float(sign * (whole - after[rows].mean()) / whole) if whole else float("inf")

    value, interval = lost(np.arange(len(before))), resampled(lost, len(before))
    facts = {"before": as_decimal(before.mean()), "after": as_decimal(after.mean())}
    if not np.isfinite([value, *interval]).all():
        caveat = "there was nothing to lose" if seen.classes else "there was no error before"
        return item(
            *("robustness", "score_lost", how.name, method, seen.data), caveat=caveat, facts=facts
        )
    return item(
        *("robustness", "score_lost", how.name, method, seen.data),
        value=value,
        interval=interval,
        facts=facts,
    )


def _marks(classes: bool, it: Any) -> Any:
    return (it.truths == it.told).astype(float) if classes else abs(it.truths - it.told)
