"""Reports of `bench run` and `ethics report`, with what they say checked once.

>>> report = load(Path("report.json"))
>>> report.result.score
'0.974000000'

A report is somebody's file. Its digest is of all of its result, also of what is not read here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from daimm_cli.base.errors import VerificationFailed
from daimm_cli.base.files import open_regular
from daimm_cli.base.text import sanitise
from daimm_cli.ethics import items
from daimm_cli.manifest import canonical
from daimm_cli.manifest.kinds import Decimal, Sha256, Size, Text, Word

Amount = Annotated[Decimal, StringConstraints(pattern="^[0-9]")]
Rows = Annotated[Size, Field(gt=0)]


class _Told(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True)


class Asked(_Told):
    """The suite, or the declaration."""

    name: Text
    sha256: Sha256
    held_out: bool


class File(_Told):
    sha256: Sha256
    size: Size


class Class(_Told):
    rows: Size
    precision: Decimal
    recall: Decimal
    f1: Decimal


class Result(_Told):
    """What follows from model, suite and data. A rating has no interval and no classes."""

    suite: Asked
    model: File
    recipe: Sha256
    metric: Word
    score: Decimal
    tolerance: Amount
    rows: Rows
    outputs: Sha256
    interval: Annotated[list[Decimal], Field(min_length=2, max_length=2)] | None = None
    classes: dict[str, Class] = Field(default={}, max_length=10_000)


class Latency(_Told):
    median: Size
    p95: Size


class Measured(_Told):
    """What it took on one machine. joules: None where its kernel does not tell."""

    latency_us: Latency
    joules: Amount | None


class _Whole(_Told):
    format: Literal["daimm-report/1", "daimm-ethics-report/1"]
    result: Result
    measured: Measured


@dataclass(frozen=True)
class Report:
    """told: all of it, as it was written. rating, items: of a report of ethics."""

    told: dict[str, Any]
    result: Result
    measured: Measured
    rating: items.Rating | None = None
    items: list[items.Item] = field(default_factory=list)

    @property
    def content(self) -> bytes:
        """Of its file."""
        return canonical.encode(self.told)

    @property
    def digest(self) -> str:
        """SHA-256 of the result, in hex."""
        return sha256(canonical.encode(self.told["result"])).hexdigest()


def load(path: Path) -> Report:
    """A report's file. Raises DaimmError for what is none."""
    return checked(read(path), f"The report {path}")


def read(path: Path) -> object:
    """The JSON of a report's file, for `checked`. Raises DaimmError for what cannot be one."""
    with open_regular(path) as file:
        content = file.read(canonical.MAX_BYTES + 1)
    report = canonical.decode(content, f"The report {path}")
    if not isinstance(report, dict) or not isinstance(report.get("result"), dict):
        raise VerificationFailed(
            f"{path} is no report: name a file that `bench run` or `ethics report` wrote."
        )
    return report


def checked(told: Any, what: str = "The report") -> Report:
    """Raises VerificationFailed for what is no report, or rates what does not follow from its
    items."""
    try:
        whole = _Whole.model_validate(told)
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"]))
        raise VerificationFailed(
            f"{what} has no {sanitise(where, 80)} as it should be: measure anew."
        ) from None
    if whole.result.metric != items.METRIC:
        return Report(told, whole.result, whole.measured)
    result = told["result"]
    rating = items.rated(result)
    return Report(told, whole.result, whole.measured, rating, items.load(result["items"]))
