"""Whether a model does as well by each group of people, and as often what they want.

Values are fairlearn's (https://fairlearn.org/main/user_guide/assessment/); intervals are of rows
drawn anew, as a benchmark's are: a group's luck in the draw is in them.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from typing import Any

from daimm_cli.base.errors import DaimmError
from daimm_cli.base.text import as_decimal
from daimm_cli.benchmark.measure import resampled
from daimm_cli.ethics.items import Group, Item, item
from daimm_cli.ethics.seen import Evidence

ENOUGH = 30
"""Rows of a group that is compared."""

ENOUGH_EACH = 10
"""Rows of a group of each truth, where errors are compared by it."""

_BY = "Rows drawn anew 1,000 times give the interval. Groups of fewer than 30 rows are left out"


def items(seen: Evidence) -> list[Item]:
    """For each column that has groups."""
    if not importlib.util.find_spec("fairlearn"):
        raise DaimmError("Comparing groups needs fairlearn: install daimm with its 'ethics' extra.")
    if not seen.groups:
        caveat = "no groups are declared"
        kind = "accuracy_difference" if seen.classes else "error_ratio"
        return [item("fairness", kind, "groups", "nothing was compared", seen.data, caveat=caveat)]
    judged = _of_classes if seen.classes else _of_numbers
    return [made for name, of in seen.groups.items() for made in judged(seen, name, of)]


def _of_numbers(seen: Evidence, name: str, of: list[str]) -> Iterator[Item]:
    from sklearn.metrics import mean_absolute_error

    method = "The largest over the smallest mean absolute error of a group, by fairlearn"
    errors = abs(seen.rows.truths - seen.rows.told)

    def ratio(rows: Any, groups: Any) -> float:
        rates = _rates(errors[rows], groups)
        return max(rates) / min(rates) if min(rates) else float("inf")

    chosen = _Chosen(seen, of, {"mean_absolute_error": mean_absolute_error})
    yield chosen.item("error_ratio", name, f"{method}. {_BY}.", ratio, lambda by: 1 / by.ratio())


def _of_classes(seen: Evidence, name: str, of: list[str]) -> Iterator[Item]:
    from fairlearn.metrics import false_positive_rate, selection_rate, true_positive_rate
    from sklearn.metrics import accuracy_score

    right = (seen.rows.truths == seen.rows.told).astype(float)
    chosen = _Chosen(seen, of, {"accuracy": accuracy_score})
    method = "The largest less the smallest accuracy of a group, by fairlearn"
    yield chosen.item(
        *("accuracy_difference", name, f"{method}. {_BY}."),
        *(lambda rows, groups: _spread(right[rows], groups), lambda by: by.difference()),
    )
    best = seen.declaration.favourable
    methods = {
        "demographic_parity_difference": "How often groups are told the favourable class",
        "equalised_odds_difference": "How often those are told it who should be, and who should "
        "not: the larger difference of the two",
    }
    if best is None:
        for kind, method in methods.items():
            caveat = "no class is declared favourable"
            yield item("fairness", kind, name, f"{method}.", seen.data, caveat=caveat)
        return
    wanted, told = seen.rows.truths == best, (seen.rows.told == best).astype(float)
    parity, odds = (f"{method}, by fairlearn. {_BY}" for method in methods.values())
    chosen = _Chosen(seen, of, {"selection_rate": selection_rate}, best)
    yield chosen.item(
        *("demographic_parity_difference", name, f"{parity}."),
        *(lambda rows, groups: _spread(told[rows], groups), lambda by: by.difference()),
    )

    def larger(rows: Any, groups: Any) -> float:
        return max(_spread(told[rows][it], groups[it]) for it in (wanted[rows], ~wanted[rows]))

    rates = {"true_positive_rate": true_positive_rate, "false_positive_rate": false_positive_rate}
    yield _Chosen(seen, of, rates, best, each=ENOUGH_EACH).item(
        "equalised_odds_difference",
        name,
        f"{odds}, or fewer than {ENOUGH_EACH} of either truth.",
        larger,
        lambda by: by.difference(),
    )


class _Chosen:
    """The groups that are large enough, and what fairlearn says of them. best: the class that
    counts as 1, where metrics ask for that; each: rows of either truth that a group needs."""

    def __init__(
        self, seen: Evidence, of: list[str], metrics: Any, best: str | None = None, each: int = 0
    ) -> None:
        import numpy as np

        self.seen, self.metrics = seen, metrics
        self.names, self.codes = np.unique(np.array(of), return_inverse=True)
        self.sizes = np.bincount(self.codes).tolist()
        self.truths, self.told = seen.rows.truths, seen.rows.told
        if best is not None:
            self.truths, self.told = (self.truths == best) * 1, (self.told == best) * 1
        fits = [size >= ENOUGH for size in self.sizes]
        if each:
            least = [
                min(sum(it), sum(1 - it))
                for it in (self.truths[self.codes == at] for at in range(len(fits)))
            ]
            fits = [fit and rare >= each for fit, rare in zip(fits, least, strict=True)]
        self.fits = np.array(fits)

    def item(
        self,
        kind: str,
        name: str,
        method: str,
        statistic: Callable[[Any, Any], float],
        summed: Callable[[Any], Any],
    ) -> Item:
        """statistic: of rows and of their groups' codes; summed: of fairlearn's MetricFrame, a
        value a metric: the worst of them is the item's."""
        import numpy as np
        from fairlearn.metrics import MetricFrame

        small = [
            f"{group} ({size})"
            for group, size, fits in zip(self.names, self.sizes, self.fits, strict=True)
            if not fits
        ]
        caveat = f"too few rows to compare: {', '.join(small)}" if small else None
        sizes = zip(self.names, self.sizes, strict=True)
        if sum(self.fits) < 2:
            groups = [Group(name=str(group), rows=rows) for group, rows in sizes]
            why = caveat or "all rows are of one group"
            return item(
                "fairness", kind, name, method, self.seen.data, caveat=why[:2000], groups=groups
            )
        rows = np.flatnonzero(self.fits[self.codes])
        frame = MetricFrame(
            metrics=self.metrics,
            y_true=self.truths[rows],
            y_pred=self.told[rows],
            sensitive_features=self.names[self.codes[rows]],
        )
        found = frame.by_group.to_dict("index")
        groups = [
            Group(
                name=str(group),
                rows=size,
                values={key: as_decimal(it) for key, it in found.get(group, {}).items()},
            )
            for group, size in sizes
        ]
        value = float(max(summed(frame)))
        interval = resampled(lambda at: statistic(rows[at], self.codes[rows[at]]), len(rows))
        known = bool(np.isfinite([value, *interval]).all())
        if not known:
            caveat = "a group has no errors at all, so that there is no ratio"
        return item(
            *("fairness", kind, name, method, self.seen.data),
            value=value if known else None,
            interval=interval if known else None,
            caveat=caveat and caveat[:2000],
            groups=groups,
        )


def _rates(values: Any, groups: Any) -> list[float]:
    """The mean of each group that there is."""
    import numpy as np

    sizes = np.bincount(groups)
    return [float(it) for it in (np.bincount(groups, values)[sizes > 0] / sizes[sizes > 0])]


def _spread(values: Any, groups: Any) -> float:
    rates = _rates(values, groups)
    return max(rates) - min(rates) if rates else 0.0
