"""Runs a model over a suite, in the sandbox, and says how well it did.

A report has two parts: `result`, which follows from model, suite and data (on another processor its
score is within the suite's tolerance), and `measured`, which is of this machine. Numbers are whole
or decimal text, so that a report has one canonical form (RFC 8785) and one digest.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from hashlib import file_digest, sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

from daimm_cli import __version__
from daimm_cli.base.errors import DaimmError, VerificationFailed
from daimm_cli.base.files import private_folder
from daimm_cli.base.text import as_decimal, format_amount
from daimm_cli.benchmark import energy, reports
from daimm_cli.benchmark.reports import Report
from daimm_cli.benchmark.suites import Opened, Suite
from daimm_cli.inference import models
from daimm_cli.inference.recipe import Recipe
from daimm_cli.market.attesting import Stated

RESAMPLES = 1000
_Metric = Callable[[Any, Any], float]


def run(
    opened: Opened, model: Path, recipe: Recipe, *, limits: models.Limits, unsafe: bool = False
) -> Report:
    """The report. Raises DaimmError for a model that answers another question."""
    suite, data = opened.suite, opened.read()
    kind = "npy" if suite.table else "bytes"
    said = ask(model, kind, data.asked, recipe, limits=limits, unsafe=unsafe)
    named = [prediction(answer, suite) for answer in said.answers]
    low, high = interval(suite.metric, data.truths, named)
    result = {
        "suite": {"name": suite.name, "sha256": opened.sha256, "held_out": opened.held_out},
        **said.of,
        "metric": suite.metric,
        "score": as_decimal(score(suite.metric, data.truths, named)),
        "interval": [as_decimal(low), as_decimal(high)],
        "tolerance": as_decimal(suite.tolerance),
        "rows": len(named),
        "classes": _classes(data.truths, named) if suite.task == "classification" else {},
        "outputs": said.outputs,
    }
    told = {"format": "daimm-report/1", "result": result, "measured": said.measured}
    return reports.checked(told)


@dataclass(frozen=True)
class Said:
    """What a model answers to all that it was asked. of: model and recipe, by their digests;
    outputs: the digest of all; measured: what it took here."""

    answers: list[models.Answer]
    of: dict[str, Any]
    outputs: str
    measured: dict[str, Any]


def ask(
    model: Path,
    kind: str,
    asked: Sequence[tuple[str, bytes]],
    recipe: Recipe,
    *,
    limits: models.Limits,
    unsafe: bool = False,
) -> Said:
    """Ask a model in the sandbox, one by one. Raises VerificationFailed unless it answers all."""
    path = models.model_file(model)
    if path.is_dir():
        raise DaimmError("Suites ask ONNX models: name an .onnx file.")
    given = (models.Given(name, kind, content) for name, content in asked)
    started, before = time.monotonic(), energy.counters()
    answers = list(models.run(path, given, recipe, limits=limits, unsafe=unsafe))
    spent, used = time.monotonic() - started, energy.joules(before, energy.counters())
    if len(answers) != len(asked):
        raise VerificationFailed("The model ended before it had answered all: nothing is said.")
    outputs = sha256()
    for answer in answers:
        outputs.update(answer.first().tobytes())
    with path.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    of = {
        "model": {"sha256": digest, "size": path.stat().st_size},
        "recipe": sha256(recipe.model_dump_json(exclude_defaults=True).encode()).hexdigest(),
    }
    times = sorted(answer.seconds for answer in answers)
    measured = {
        "latency_us": {"median": _us(times, 0.5), "p95": _us(times, 0.95)},
        "seconds": as_decimal(spent),
        "joules": None if used is None else as_decimal(used),
        "sandbox": not unsafe,
        "environment": _environment(),
    }
    return Said(answers, of, outputs.hexdigest(), measured)


def require_place(target: Path) -> None:
    """Raise DaimmError or OSError, before minutes are spent, where no report can be written. An
    older one gives way, anything else does not."""
    if target.exists():
        try:
            reports.read(target)
        except DaimmError:
            raise DaimmError(f"{target} is there and is no report: name another file.") from None
    target.parent.mkdir(parents=True, exist_ok=True)
    with private_folder(target):
        pass


def stated(path: Path) -> tuple[str, Stated]:
    """Of a report's file: the SHA-256 of the model's file, in hex, and what is staked on. Raises
    DaimmError for what is no report."""
    report = reports.load(path)
    told = report.result
    value = int(Decimal(told.score).scaleb(9))
    shown = report.rating.shown if report.rating else format_amount(value, 9)
    suite = bytes.fromhex(told.suite.sha256)
    return told.model.sha256, Stated(suite, value, report.content, shown)


def require_same(was: reports.Result, now: reports.Result) -> None:
    """Raise VerificationFailed for a result of something else."""
    for what in ("suite", "model", "recipe", "metric", "rows"):
        if getattr(was, what) != getattr(now, what):
            raise VerificationFailed(f"The report is of another {what}: it says nothing of this.")


def compare(reported: Report, again: Report) -> bool:
    """Whether outputs were the same to the bit; raises VerificationFailed where scores differ."""
    was, now = reported.result, again.result
    require_same(was, now)
    if not abs(float(was.score) - float(now.score)) <= float(now.tolerance):
        raise VerificationFailed(
            f"The score is {now.score} here, and {was.score} in the report: more apart than "
            f"{now.tolerance}, which the suite allows."
        )
    return was.outputs == now.outputs


def score(metric: str, truths: Sequence[Any], told: Sequence[Any]) -> float:
    import numpy as np

    return float(_METRICS[metric](np.array(truths), np.array(told)))


def interval(metric: str, truths: Sequence[Any], told: Sequence[Any]) -> tuple[float, float]:
    """Where 95 of 100 scores lie, of rows drawn anew."""
    import numpy as np

    right, said = np.array(truths), np.array(told)
    return resampled(lambda rows: _METRICS[metric](right[rows], said[rows]), len(right))


def resampled(statistic: Callable[..., float], *sizes: int) -> tuple[float, float]:
    """Where 95 of 100 values lie, of rows drawn anew, as many of each kind as there are; the draws
    are the same everywhere. statistic: of the rows' numbers, kind by kind."""
    import numpy as np

    draws = np.random.RandomState(0)  # its stream is the same in every version
    drawn = ([draws.randint(0, size, size) for size in sizes] for _ in range(RESAMPLES))
    found = sorted(float(statistic(*rows)) for rows in drawn)
    return found[RESAMPLES * 25 // 1000], found[RESAMPLES * 975 // 1000 - 1]


def _accuracy(right: Any, said: Any) -> float:
    return float((right == said).mean())


def _f1(right: Any, said: Any) -> float:
    """Of the classes that occur, each counting the same."""
    told = _classes(right.tolist(), said.tolist())
    return sum(float(each["f1"]) for each in told.values()) / len(told)


def _mae(right: Any, said: Any) -> float:
    return float(abs(right - said).mean())


def _r2(right: Any, said: Any) -> float:
    spread = float(((right - right.mean()) ** 2).sum())
    return 1 - float(((right - said) ** 2).sum()) / spread if spread else 0.0


_METRICS: dict[str, _Metric] = {"accuracy": _accuracy, "macro_f1": _f1, "mae": _mae, "r2": _r2}


def _classes(truths: Sequence[Any], told: Sequence[Any]) -> dict[str, dict[str, Any]]:
    """Of each class that there is: how many rows, precision, recall and F1."""
    found = {}
    for name in sorted(set(truths)):
        hits = sum(t == p == name for t, p in zip(truths, told, strict=True))
        rows, named = truths.count(name), told.count(name)
        precision, recall = hits / named if named else 0.0, hits / rows
        f1 = 2 * hits / (rows + named)
        parts = {"precision": precision, "recall": recall, "f1": f1}
        found[name] = {"rows": rows} | {key: as_decimal(part) for key, part in parts.items()}
    return found


def prediction(answer: models.Answer, suite: Suite) -> str | float:
    """The class or the number that an answer names, whichever of its outputs has it."""
    if answer.label is not None:
        return answer.label
    labels = suite.labels
    values = [value for value in answer.outputs.values() if hasattr(value, "shape")]
    if suite.task == "regression":
        values = [value for value in values if value.size == 1]
        if values:
            return float(values[0].reshape(-1)[0])
    for value in values:
        if value.dtype.kind == "f" and value.size == len(labels) > 1:
            return labels[int(value.argmax())]
        if value.dtype.kind in "iu" and value.size == 1 and 0 <= int(value.flat[0]) < len(labels):
            return labels[int(value.flat[0])]
    wanted = f"{len(labels)} scores or a class" if labels else "a number"
    raise VerificationFailed(f"The model does not answer {suite.name}: it gives no {wanted}.")


def _us(times: Sequence[float], share: float) -> int:
    return round(1e6 * times[int(share * (len(times) - 1))])


def _environment() -> dict[str, str]:
    names = ("numpy", "onnxruntime")
    return {
        "machine": platform.machine(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "daimm": __version__,
        **{name: version(name) for name in names},
    }
