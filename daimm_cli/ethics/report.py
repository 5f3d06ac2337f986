"""Reports: a model, a declaration and what is known of its papers give items and a rating.

As a benchmark's report it has a `result`, which follows from what went in, and `measured`, which is
of this machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from daimm_cli.base.errors import VerificationFailed
from daimm_cli.base.text import as_decimal
from daimm_cli.benchmark import measure, reports
from daimm_cli.benchmark.reports import Report
from daimm_cli.benchmark.suites import Suite
from daimm_cli.ethics import calibration, fairness, privacy, robustness
from daimm_cli.ethics.declarations import Asked, Declared
from daimm_cli.ethics.items import LARGEST, METRIC, Item, load, rate
from daimm_cli.ethics.seen import Evidence, Seen
from daimm_cli.inference.models import Answer, Limits
from daimm_cli.inference.recipe import Recipe


def run(
    declared: Declared,
    model: Path,
    recipe: Recipe,
    papers: Sequence[Item] = (),
    *,
    limits: Limits,
    unsafe: bool = False,
) -> Report:
    """The report. papers: items that no run of the model tells."""
    said, (asked, members) = declared.declaration, declared.rows()
    inputs = {"row": asked.inputs}
    for seed, how in enumerate(said.perturbations):
        inputs[how.name] = robustness.perturbed(asked.inputs, how, seed)
    if members:
        inputs["member"] = members.inputs
    questions = [it for what, rows in inputs.items() for it in declared.questions(what, rows)]
    told = measure.ask(model, "npy", questions, recipe, limits=limits, unsafe=unsafe)
    answers = iter(told.answers)
    truths = [asked] * (1 + len(said.perturbations)) + [members] * bool(members)
    seen = [
        _seen(list(islice(answers, len(it.truths))), it, said.suite, recipe) for it in truths if it
    ]
    source = declared.table.sha256 or declared.table.commitment or ""
    evidence = Evidence(
        declaration=said,
        data={"rows": source, "model": told.of["model"]["sha256"]},
        rows=seen[0],
        groups=asked.groups,
        perturbed={how.name: it for how, it in zip(said.perturbations, seen[1:], strict=False)},
        members=seen[-1] if members else None,
    )
    measures = (fairness, calibration, robustness, privacy)
    items = [*(it for each in measures for it in each.items(evidence)), *papers]
    rating = rate(load([it.told() for it in items]))
    result = {
        "suite": {
            "name": said.name,
            "sha256": declared.sha256,
            "held_out": declared.opened.held_out,
        },
        **told.of,
        "metric": METRIC,
        "score": rating.value,
        "tolerance": as_decimal(said.suite.tolerance),
        "rows": len(asked.truths),
        "rating": rating.told(),
        "items": [it.told() for it in items],
        "outputs": told.outputs,
    }
    made = {"format": "daimm-ethics-report/1", "result": result, "measured": told.measured}
    return reports.checked(made)


def compare(reported: Report, again: Report) -> bool:
    """Whether outputs were the same to the bit; raises VerificationFailed where items differ.

    Numbers may differ by the declaration's tolerance (of what is over 1, by that share), all else
    has to be the same.
    """
    was, now = reported.result, again.result
    measure.require_same(was, now)
    before, after = reported.items, again.items
    if [(it.kind, it.name) for it in before] != [(it.kind, it.name) for it in after]:
        raise VerificationFailed(
            "The report has other items: name the same declaration and the same papers."
        )
    for old, new in zip(before, after, strict=True):
        if not _alike(old.told(), new.told(), float(now.tolerance)):
            raise VerificationFailed(
                f"Of {new.title} the report says '{old.shown}', and here it is '{new.shown}': the "
                f"declaration allows {now.tolerance}."
            )
    return was.outputs == now.outputs


def _alike(was: Any, now: Any, tolerance: float) -> bool:
    if isinstance(was, dict) and isinstance(now, dict):
        keys = was.keys() - {"outcome"}  # which follows from what is compared
        return keys == now.keys() - {"outcome"} and all(
            _alike(was[key], now[key], tolerance) for key in keys
        )
    if isinstance(was, list) and isinstance(now, list):
        return len(was) == len(now) and all(
            _alike(old, new, tolerance) for old, new in zip(was, now, strict=True)
        )
    try:
        near = tolerance * max(1.0, abs(float(now)))
        return bool(was == now) or abs(float(was) - float(now)) <= near
    except (TypeError, ValueError):
        return bool(was == now)


def _seen(answers: list[Answer], asked: Asked, suite: Suite, recipe: Recipe) -> Seen:
    import numpy as np

    told = np.array([measure.prediction(answer, suite) for answer in answers])
    if suite.task == "regression":
        if not (abs(told) <= LARGEST).all():
            raise VerificationFailed(f"The model answers with what is no number up to {LARGEST:g}.")
        return Seen(np.array(asked.truths, float), told)
    sure = [_sure(answer, suite.labels, recipe.labels) for answer in answers]
    known = [row for row in sure if row is not None]
    return Seen(np.array(asked.truths), told, np.array(known) if len(known) == len(sure) else None)


def _sure(answer: Answer, labels: list[str], told: list[str]) -> Any:
    """Probabilities of the suite's classes: scores that are none are taken for logits. None where
    an answer has no score a class. told: the classes in the model's own order, where that is known.
    """
    import numpy as np

    ordered = told or labels
    if sorted(ordered) != sorted(labels):
        return None
    for value in answer.outputs.values():
        if getattr(value, "size", 0) == len(labels) > 1 and value.dtype.kind == "f":
            scores = value.reshape(-1).astype(float)[[ordered.index(label) for label in labels]]
            if not np.isfinite(scores).all():
                raise VerificationFailed("The model answers with what is no number.")
            if (scores >= 0).all() and abs(scores.sum() - 1) < 1e-3:
                return scores / scores.sum()
            powers = np.exp(scores - scores.max())
            return powers / powers.sum()
    return None
