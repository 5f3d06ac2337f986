"""What a model was seen to answer, as all measures take it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from daimm_cli.ethics.declarations import Declaration


@dataclass(frozen=True)
class Seen:
    """Answers to some rows. truths, told: arrays of what is right and of what the model said; sure:
    an array of probabilities, a class a column, None where the model gives none."""

    truths: Any
    told: Any
    sure: Any = None


@dataclass(frozen=True)
class Evidence:
    """All that was asked. groups: of the rows, by column; perturbed: the same rows, by what
    happened to them; data: the digests of what all of it was computed on."""

    declaration: Declaration
    data: Mapping[str, str]
    rows: Seen
    groups: Mapping[str, list[str]]
    perturbed: Mapping[str, Seen]
    members: Seen | None

    @property
    def classes(self) -> bool:
        """Whether the model tells classes; else numbers."""
        return self.declaration.suite.task == "classification"
