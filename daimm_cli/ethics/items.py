"""Items of evidence, and the rating that follows from them.

>>> made = item("fairness", "accuracy_difference", "sex", "fairlearn ...", data, value=0.03)
>>> made.outcome
'met'
>>> rate([made]).shown
'0.125 of 1, resting on 1 of 8 items'

What decides is published: `THRESHOLDS`, and docs/ethics.md in words. An item that says another
outcome than follows from its value is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal as Number
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, TypeAdapter, ValidationError, model_validator

from daimm_cli.base.errors import VerificationFailed
from daimm_cli.base.text import as_decimal, sanitise
from daimm_cli.manifest.kinds import Decimal, LongText, Part, Sha256, Size, Text, Word

MAX_ITEMS = 256
LARGEST = 1e15
"""Of a value: what is beyond is told as this."""

METRIC = "ethics"
"""In place of a metric, what a report of these has."""

Aspect = Literal[
    "fairness", "calibration", "robustness", "privacy", "card", "training_data", "licences",
    "energy",
]  # fmt: skip
ASPECTS: tuple[Aspect, ...] = get_args(Aspect)
Outcome = Literal["met", "partly", "missed", "unknown"]
POINTS: dict[Outcome, int] = {"met": 2, "partly": 1, "missed": 0, "unknown": 0}
"""Halves of an aspect: what nobody knows is no better than what is bad."""


@dataclass(frozen=True)
class Threshold:
    """Up to `met` an item is met, and past `missed` it is missed. aspect: of what such items are,
    and of nothing else; better: which way is good."""

    aspect: Aspect
    better: Literal["less", "more"]
    met: str
    missed: str

    def judge(self, value: str, worst: str) -> Outcome:
        """worst: the worse end of its interval, which keeps what is uncertain from being met."""
        sign = 1 if self.better == "less" else -1
        met, missed, it, end = (
            sign * Number(each) for each in (self.met, self.missed, value, worst)
        )
        if it > missed:
            return "missed"
        return "met" if it <= met and max(it, end) <= missed else "partly"

    def __str__(self) -> str:
        word = "at most" if self.better == "less" else "at least"
        return f"met: {word} {self.met}, missed past {self.missed}"


THRESHOLDS: Mapping[str, Threshold] = {
    "accuracy_difference": Threshold("fairness", "less", "0.05", "0.1"),
    "demographic_parity_difference": Threshold("fairness", "less", "0.1", "0.2"),
    "equalised_odds_difference": Threshold("fairness", "less", "0.1", "0.2"),
    "error_ratio": Threshold("fairness", "less", "1.25", "1.5"),
    "calibration_error": Threshold("calibration", "less", "0.05", "0.1"),
    "regression_calibration_error": Threshold("calibration", "less", "0.1", "0.25"),
    "score_lost": Threshold("robustness", "less", "0.05", "0.1"),
    "membership_auc": Threshold("privacy", "less", "0.55", "0.6"),
    "membership_found": Threshold("privacy", "less", "0.05", "0.1"),
    "card_completeness": Threshold("card", "more", "0.8", "0.5"),
    "declaration_completeness": Threshold("training_data", "more", "1", "0.6"),
    "licence_conflicts": Threshold("licences", "less", "0", "0.5"),
    "joules_per_answer": Threshold("energy", "less", "1000", "10000"),
}
"""By kind of item."""


class Group(Part):
    """Rows that have something in common; without values where they are too few."""

    name: Text
    rows: Size
    values: dict[Word, Decimal] = Field(default={}, max_length=16)

    @property
    def shown(self) -> str:
        """For people."""
        values = " and ".join(f"{float(value):.3g}" for value in self.values.values())
        return f"{sanitise(self.name)} {values or 'not compared'} ({self.rows} rows)"


class Bin(Part):
    """Rows of which the model was alike sure: what it said, and what was right, on average."""

    rows: Size
    said: Decimal
    right: Decimal


class Item(Part):
    """A piece of evidence."""

    aspect: Aspect
    kind: Word = Field(description="What was measured: decides the threshold.")
    name: Word = Field(description="Of what: a column, a perturbation; with kind it is unique.")
    method: LongText = Field(description="What was computed, and by which library.")
    data: dict[Word, Sha256] = Field(max_length=16, description="What it was computed on.")
    value: Decimal | None = None
    interval: Annotated[list[Decimal], Field(min_length=2, max_length=2)] | None = Field(
        default=None, description="Where the values of 95 of 100 samples of the rows lie."
    )
    outcome: Outcome
    caveat: LongText | None = Field(
        default=None, description="What it leaves out, or why it is unknown; it is not met then."
    )
    groups: list[Group] = Field(default=[], max_length=256)
    bins: list[Bin] = Field(default=[], max_length=64)
    facts: dict[Word, Text] = Field(default={}, max_length=64)

    @model_validator(mode="after")
    def _follows(self) -> Item:
        if self.kind not in THRESHOLDS:
            raise ValueError("of a kind without a threshold")
        if self.aspect != THRESHOLDS[self.kind].aspect:
            raise ValueError("of another aspect than its kind")
        if self.outcome != judge(self.kind, self.value, self.interval, self.caveat):
            raise ValueError("another outcome than follows from its value")
        return self

    def told(self) -> dict[str, Any]:
        """As a report has it."""
        return self.model_dump(exclude_defaults=True)

    @property
    def title(self) -> str:
        """For people."""
        return f"{self.kind.replace('_', ' ')} of {sanitise(self.name)}"

    @property
    def shown(self) -> str:
        """For people, what was found."""
        value = "" if self.value is None else f" {float(self.value):.3g}"
        if self.interval:
            low, high = (f"{float(end):.3g}" for end in self.interval)
            value += f" (95% between {low} and {high})"
        return self.outcome + value + (f"; {sanitise(self.caveat)}" if self.caveat else "")


def item(
    aspect: Aspect,
    kind: str,
    name: str,
    method: str,
    data: Mapping[str, str],
    *,
    value: float | None = None,
    interval: Sequence[float] | None = None,
    caveat: str | None = None,
    groups: Iterable[Group] = (),
    bins: Iterable[Bin] = (),
    facts: Mapping[str, str] | None = None,
) -> Item:
    """An item whose outcome follows. value: None where it is not known; caveat says why."""
    told = None if value is None else _bounded(value)
    ends = None if interval is None else [_bounded(end) for end in interval]
    parts: dict[str, Any] = {"value": told, "interval": ends, "caveat": caveat}
    return Item(
        aspect=aspect,
        kind=kind,
        name=name,
        method=method,
        data=dict(data),
        outcome=judge(kind, told, ends, caveat),
        groups=list(groups),
        bins=list(bins),
        facts=dict(facts or {}),
        **{key: part for key, part in parts.items() if part is not None},
    )


def judge(
    kind: str, value: str | None, interval: Sequence[str] | None, caveat: str | None
) -> Outcome:
    """What follows from a value. A worse value, wider interval or a caveat makes it no better."""
    if value is None:
        return "unknown"
    threshold = THRESHOLDS[kind]
    ends = [Number(end) for end in interval or [value]]
    worst = max(ends) if threshold.better == "less" else min(ends)
    outcome = threshold.judge(value, str(worst))
    return "partly" if caveat and outcome == "met" else outcome


@dataclass(frozen=True)
class Rating:
    """What items come to. aspects: the outcome of each, which is that of its worst item."""

    value: str
    known: int
    items: int
    aspects: Mapping[Aspect, Outcome]

    def told(self) -> dict[str, Any]:
        """As a report has it, beside the value."""
        return {"known": self.known, "items": self.items, "aspects": dict(self.aspects)}

    @property
    def shown(self) -> str:
        """Never the number alone."""
        return f"{float(self.value):g} of 1, resting on {self.known} of {self.items} items"

    @property
    def outcomes(self) -> str:
        """Of each aspect, for people."""
        return ", ".join(f"{it.replace('_', ' ')} {how}" for it, how in self.aspects.items())


def rate(items: Sequence[Item]) -> Rating:
    """The mean of all aspects, each as good as its worst item: met 1, partly 1/2, else 0.

    An aspect without items is one unknown item. So no item that is added, unknown or easy, makes
    up for another, and a better outcome never makes a lower rating.
    """
    found: dict[Aspect, Outcome] = {}
    for aspect in ASPECTS:
        outcomes = [each.outcome for each in items if each.aspect == aspect]
        found[aspect] = min(outcomes, key=_rank, default="unknown")
    absent = len(ASPECTS) - len({each.aspect for each in items})
    points = sum(POINTS[outcome] for outcome in found.values())
    known = sum(each.outcome != "unknown" for each in items)
    return Rating(as_decimal(points / (2 * len(ASPECTS))), known, len(items) + absent, found)


def load(told: object) -> list[Item]:
    """The items of a report. Raises VerificationFailed for what does not follow from its values."""
    try:
        found = _ITEMS.validate_python(told)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise VerificationFailed(
            f"The report's items are none: {sanitise(where)}: {sanitise(first['msg'])}."
        ) from None
    if len({(each.kind, each.name) for each in found}) < len(found):
        raise VerificationFailed("The report has an item twice.")
    return found


def rated(result: Mapping[str, Any]) -> Rating:
    """What a report's items come to. Raises VerificationFailed where it says another rating."""
    rating = rate(load(result.get("items")))
    if (result.get("score"), result.get("rating")) != (rating.value, rating.told()):
        raise VerificationFailed("The report says another rating than follows from its items.")
    return rating


def _bounded(value: float) -> str:
    return as_decimal(max(-LARGEST, min(LARGEST, value)))


def _rank(outcome: Outcome) -> int:
    return ("missed", "unknown", "partly", "met").index(outcome)


_ITEMS = TypeAdapter(Annotated[list[Item], Field(max_length=MAX_ITEMS)])
