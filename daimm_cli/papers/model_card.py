"""The model card of a bill of materials: what goes in and out, what it scores, what to consider.

>>> model_card(Subject(described))["modelParameters"]["task"]
'image-classification'
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from daimm_cli.base.errors import VerificationFailed
from daimm_cli.base.text import sanitise
from daimm_cli.ethics import training_data
from daimm_cli.ethics.completeness import FIELDS
from daimm_cli.manifest import card as cards
from daimm_cli.manifest import sections

if TYPE_CHECKING:
    from pathlib import Path

    from daimm_cli.benchmark.reports import Report
    from daimm_cli.index.rows import VersionRow
    from daimm_cli.manifest.fields import Described, Io
    from daimm_cli.manifest.manifest import SignedManifest
    from daimm_cli.market.lineage import Ancestor
    from daimm_cli.market.measured import Measured

MAX_DATASETS = 100

_URL = re.compile(
    r"https?://[A-Za-z0-9.-]+(?::\d{1,5})?(?:[/?](?:[\w.~:@!$&'()*+,;=/?-]|%[\da-fA-F]{2})*)?",
    re.ASCII,
)
_USES = (*FIELDS["direct_use"].titles, "intended uses & limitations")
_LIMITS = FIELDS["limitations"].titles
_ETHICS = ("ethical considerations", "ethics", "recommendations")


@dataclass(frozen=True)
class Subject:
    """What a document is of. described: by its seller, before publishing too; row: its version on
    the chain; ancestors: see `market.lineage`; reports: of `bench run`, of these very files;
    declared: Croissant files of its data;
    measured: what evaluators staked on; rated: of `ethics report`, of one of the files."""

    described: Described
    signed: SignedManifest | None = None
    row: VersionRow | None = None
    ancestors: Sequence[Ancestor] = ()
    reports: Sequence[Report] = ()
    declared: Sequence[Path] = ()
    measured: Sequence[Measured] = ()
    rated: Report | None = None


def model_card(subject: Subject) -> dict[str, Any]:
    """As the standard has it. Raises VerificationFailed for a report of another model."""
    card = cards.parse(subject.described.card)
    models = [file.model for file in subject.described.files if file.model]
    told = card.metadata.get("datasets")
    named = told if isinstance(told, list) else [told]
    datasets = [sanitise(it) for it in named if isinstance(it, str) and it.strip()]
    found = sections.read(card.body)
    task = card.text("pipeline_tag")
    parameters = {
        **({"task": sanitise(task)} if task else {}),
        "datasets": [
            *map(_declared, subject.declared),
            *({"type": "dataset", "name": it} for it in datasets[:MAX_DATASETS]),
        ],
        "inputs": [{"format": _format(port)} for model in models for port in model.inputs],
        "outputs": [{"format": _format(port)} for model in models for port in model.outputs],
    }
    texts = {
        "useCases": sections.said(found, *_USES),
        "technicalLimitations": sections.said(found, *_LIMITS),
    }
    considered: dict[str, Any] = {name: [text] for name, text in texts.items() if text}
    if ethics := sections.said(found, *_ETHICS):
        considered["ethicalConsiderations"] = [{"name": ethics}]
    rated = _rated(subject, considered)
    return {
        "modelParameters": {name: value for name, value in parameters.items() if value},
        "quantitativeAnalysis": {"performanceMetrics": list(_metrics(subject))},
        **({"considerations": considered} if considered else {}),
        **({"properties": properties(rated)} if rated else {}),
    }


def _declared(path: Path) -> dict[str, Any]:
    """A data set as its declaration has it."""
    data, told = training_data.read(path)
    url = str(told.get("url"))
    pinned = properties([("declaration_sha256", sha256(data).hexdigest())])
    return {
        "type": "dataset",
        **{
            key: sanitise(told[key], 2000)
            for key in ("name", "description")
            if isinstance(told.get(key), str)
        },
        "contents": {
            **({"url": url} if len(url) <= 2000 and _URL.fullmatch(url) else {}),
            "properties": pinned,
        },
    }


def _rated(subject: Subject, considered: dict[str, Any]) -> list[tuple[str, object]]:
    """The rating; its items are put among what is considered. Raises VerificationFailed."""
    report = subject.rated
    if report is None:
        return []
    _require_file(subject, report)
    if report.rating is None:
        raise VerificationFailed("The report rates nothing: make one with `daimm ethics report`.")
    for it in report.items:
        told = {"name": f"{it.title}: {it.shown}"}
        if it.aspect == "fairness":
            told = {"groupAtRisk": it.name, "harms": told["name"]}
            considered.setdefault("fairnessAssessments", []).append(told)
        else:
            considered.setdefault("ethicalConsiderations", []).append(told)
    return [("ethics_rating", report.rating.shown), ("ethics_report", report.digest)]


def _require_file(subject: Subject, report: Report) -> None:
    """Raise VerificationFailed where a report is of another model."""
    if report.result.model.sha256 not in {file.sha256 for file in subject.described.files}:
        raise VerificationFailed("A report is of another model: measure one of these files.")


def _metrics(subject: Subject) -> Iterable[dict[str, Any]]:
    for report in subject.reports:
        _require_file(subject, report)
        told = report.result
        if told.interval is None:
            raise VerificationFailed(
                "A report has no score of a suite: measure anew with `bench run`."
            )
        low, high = told.interval
        yield {
            "type": told.metric,
            "value": told.score,
            "slice": f"suite {told.suite.name}, report {report.digest}",
            "confidenceInterval": {"lowerBound": low, "upperBound": high},
        }
    for it in subject.measured:
        if it.value is not None:
            yield {"type": sanitise(it.suite), "value": it.value, "slice": sanitise(it.shown, 400)}
    stated = subject.signed.benchmarks if subject.signed else ()
    for score in stated:
        slice_ = f"{score.suite}, as the seller says"
        yield {"type": score.metric, "value": score.value, "slice": slice_}


def properties(told: Iterable[tuple[str, object]]) -> list[dict[str, str]]:
    """Facts of ours, which the standard has no place for."""
    return [{"name": f"daimm:{name}", "value": str(value)} for name, value in told]


def _format(port: Io) -> str:
    sizes = "[" + ", ".join("?" if size is None else str(size) for size in port.shape or ()) + "]"
    return f"{port.name}: {port.dtype}{sizes if port.shape is not None else ''}"
