"""What a report's pictures show: a few facts, and panels of bars, each with the numbers in it.

>>> read(reports.load(Path("report.json"))).panels[0].title
'Score'

A report is somebody's file: what is drawn of it is checked first, and is never more than a reader
takes in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from daimm_cli.base.text import sanitise
from daimm_cli.benchmark.reports import Report, Result
from daimm_cli.ethics import items

MOST_BARS = 24
MOST_PANELS = 48
_LONGEST = 48


@dataclass(frozen=True)
class Bar:
    """A value, where it lies, and what is written beside it; None: nothing is known. mark: an
    item's outcome."""

    name: str
    value: float | None
    note: str
    ends: tuple[float, float] | None = None
    mark: str = ""


@dataclass(frozen=True)
class Panel:
    """limits: lines across the bars, each with what it is called. curve: bars are what a model
    said of itself, by its note, against what was right."""

    title: str
    bars: Sequence[Bar]
    caption: str = ""
    limits: Sequence[tuple[float, str]] = ()
    curve: Sequence[tuple[float, float]] = ()


@dataclass(frozen=True)
class Drawn:
    """What is shown of a report."""

    title: str
    facts: dict[str, str]
    panels: list[Panel] = field(default_factory=list)


def read(report: Report) -> Drawn:
    """Of a report of `bench run` or `ethics report`."""
    told = report.result
    facts = {
        "asked by": f"{told.suite.name}, {told.suite.sha256}",
        "model": f"{told.model.sha256}, {told.model.size:,} bytes",
        "rows": f"{told.rows:,}",
    }
    if report.rating:
        return _ethics(facts, report, report.rating)
    return _scores(facts, told)


def _scores(facts: dict[str, str], told: Result) -> Drawn:
    score = float(told.score)
    ends = None
    if told.interval:
        ends = float(told.interval[0]), float(told.interval[1])
    known = "" if ends is None else f" (95% between {ends[0]:.4g} and {ends[1]:.4g})"
    facts |= {told.metric: f"{score:.4g}{known}", "tolerance": f"{float(told.tolerance):g}"}
    panels = [Panel("Score", [Bar(told.metric, score, f"{score:.4g}{known}", ends)])]
    worst = sorted(told.classes.items(), key=lambda it: (float(it[1].f1), it[0]))
    bars = []
    for name, each in worst[:MOST_BARS]:
        parts = f"precision {float(each.precision):.3g}, recall {float(each.recall):.3g}"
        bars.append(Bar(_name(name), float(each.f1), f"{parts}, {each.rows:,} rows"))
    if bars:
        caption = f"The worst {len(bars)} of {len(worst):,} classes." * (len(worst) > len(bars))
        panels.append(Panel("F1 of each class", bars, caption))
    return Drawn(f"Measured by {_name(told.suite.name)}", facts, panels)


def _ethics(facts: dict[str, str], report: Report, rating: items.Rating) -> Drawn:
    facts |= {"rating": rating.shown}
    shown = [Bar(_words(aspect), items.POINTS[outcome] / 2, outcome, mark=outcome)
             for aspect, outcome in rating.aspects.items()]  # fmt: skip
    panels = [Panel("Aspects", shown, "Each as good as its worst item. Unknown counts as missed.")]
    for aspect in rating.aspects:
        own = [it for it in report.items if it.aspect == aspect]
        for first in range(0, len(own), MOST_BARS):
            bars = [_bar(it) for it in own[first : first + MOST_BARS]]
            title = f"{_words(aspect)}: how far from the limits"
            limits = (0.0, "met"), (1.0, "missed")
            panels.append(Panel(title, bars, "Left of the first line an item is met.", limits))
        panels += [panel for it in own for panel in _closer(it)]
    left = len(panels) - MOST_PANELS
    if left > 0:
        facts |= {"left out": f"{left} more pictures; the report has their numbers"}
    title = f"Ethics rating by {_name(report.result.suite.name)}"
    return Drawn(title, facts, panels[:MOST_PANELS])


def _bar(it: items.Item) -> Bar:
    """An item by its limits: 0 where it is just met, 1 where it is just not missed."""
    limit = items.THRESHOLDS[it.kind]
    met, span = float(limit.met), float(limit.missed) - float(limit.met)

    def place(value: str) -> float:
        apart = float(value) - met
        if not span:
            apart = apart if limit.better == "less" else -apart
            return 1.5 if apart > 0 else 0.0
        return max(-1.0, min(apart / span, 2.0))

    value = None if it.value is None else place(it.value)
    low, high = sorted(map(place, it.interval)) if it.interval else (0.0, 0.0)
    ends = (low, high) if it.interval else None
    return Bar(_name(it.title), value, sanitise(it.shown, 120), ends, it.outcome)


def _closer(it: items.Item) -> Iterator[Panel]:
    """An item's groups, a panel a value, and its calibration."""
    for word in sorted({word for group in it.groups for word in group.values}):
        bars = [
            Bar(_name(group.name), float(group.values[word]), f"{group.rows:,} rows")
            for group in it.groups
            if word in group.values
        ]
        few = f"{len(it.groups) - len(bars)} groups have too few rows." * (
            len(it.groups) > len(bars)
        )
        yield Panel(f"{_words(word)} by {_name(it.name)}", bars[:MOST_BARS], few)
    if it.bins:
        curve = [(float(each.said), float(each.right)) for each in it.bins]
        bars = [
            Bar(f"said {said:.3g}", right, f"{each.rows:,} rows")
            for (said, right), each in zip(curve, it.bins, strict=True)
        ]
        yield Panel(f"{_name(it.title)}: said, and right", bars, curve=curve)


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _name(text: str) -> str:
    return sanitise(text, _LONGEST)
