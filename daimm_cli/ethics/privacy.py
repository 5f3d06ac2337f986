"""Whether a model's answers betray which rows it was trained on.

The attack knows the truth of a row and the model's answer, and takes rows of small loss for members
of the training (Yeom and others, 2018, https://arxiv.org/abs/1709.01604). How many it finds while
it is hardly ever wrong counts as much as how well it does on the whole (Carlini and others, 2022,
https://arxiv.org/abs/2112.03570). Stronger attacks exist: what this one finds is the least.
"""

from __future__ import annotations

from typing import Any

from daimm_cli.base.text import as_decimal
from daimm_cli.benchmark.measure import resampled
from daimm_cli.ethics.items import Item, item
from daimm_cli.ethics.seen import Evidence, Seen

ENOUGH = 100
"""Rows of either kind: one in a hundred of fewer is none."""

_AUC = (
    "Rows of the training and others, told apart by the model's loss: how often a row of the "
    "training has the smaller one (area under the curve; 0.5 is a guess). Both kinds of rows drawn "
    "anew 1,000 times give the interval."
)
_FOUND = (
    "The share of the rows of the training that are found by their loss while at most one in a "
    "hundred of the others is taken for one. Both kinds of rows drawn anew 1,000 times give the "
    "interval."
)


def items(seen: Evidence) -> list[Item]:
    """Two: on the whole, and where the attack is hardly ever wrong."""
    parts = {"membership_auc": _AUC, "membership_found": _FOUND}
    if caveat := _lacking(seen):
        return [
            item("privacy", kind, "members", method, seen.data, caveat=caveat)
            for kind, method in parts.items()
        ]
    assert seen.members is not None
    inside, outside = _losses(seen, seen.members), _losses(seen, seen.rows)
    facts = {"members": str(len(inside)), "others": str(len(outside))}
    facts |= {"loss_of_members": as_decimal(inside.mean())}
    facts |= {"loss_of_others": as_decimal(outside.mean())}
    return [_made(seen, kind, method, inside, outside, facts) for kind, method in parts.items()]


def _lacking(seen: Evidence) -> str | None:
    if seen.members is None:
        return "no rows of the training are declared"
    if min(len(seen.members.told), len(seen.rows.told)) < ENOUGH:
        return f"fewer than {ENOUGH} rows of the training, or others"
    if seen.classes and (seen.rows.sure is None or seen.members.sure is None):
        return "the model does not say how sure it is"
    return None


def _made(
    seen: Evidence, kind: str, method: str, inside: Any, outside: Any, facts: dict[str, str]
) -> Item:
    statistic = auc if kind == "membership_auc" else found
    sizes = len(inside), len(outside)
    return item(
        *("privacy", kind, "members", method, seen.data),
        value=statistic(inside, outside),
        interval=resampled(lambda of, to: statistic(inside[of], outside[to]), *sizes),
        facts=facts,
    )


def auc(inside: Any, outside: Any) -> float:
    """How often the first have the smaller loss than the second; a tie is half of one."""
    import numpy as np

    ordered = np.sort(outside)
    less = np.searchsorted(ordered, inside, side="left")
    most = np.searchsorted(ordered, inside, side="right")
    return float(1 - (less + most).mean() / 2 / len(ordered))


def found(inside: Any, outside: Any) -> float:
    """The share of the first below the loss that at most one in a hundred of the second is."""
    import numpy as np

    return float((inside < np.sort(outside)[len(outside) // 100]).mean())


def _losses(seen: Evidence, it: Seen) -> Any:
    """Of each row: the logarithm of what it gave the truth, or how far its number is off."""
    import numpy as np

    if not seen.classes:
        return abs(it.truths - it.told)
    truths = np.array(seen.declaration.suite.labels) == it.truths[:, None]
    return -np.log(np.maximum(it.sure[truths], 1e-12))
