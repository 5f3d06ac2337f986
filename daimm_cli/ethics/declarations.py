"""Declarations: what somebody says a model has to be looked at for, and on which rows.

>>> find("diabetes").declaration.groups[0].name
'sex'

A declaration is a JSON file, and its name on the chain is the SHA-256 of its bytes. Those in
`declared/` are ours; anybody writes others (docs/ethics.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from daimm_cli.base.errors import VerificationFailed
from daimm_cli.benchmark import manifests
from daimm_cli.benchmark.suites import MAX_ROWS, Opened, Part, Rows, Suite, Table
from daimm_cli.ethics.items import LARGEST
from daimm_cli.manifest.kinds import Text, Word

OURS = Path(__file__).with_name("declared")
MOST_TOLERANCE = 0.05
Finite = Annotated[float, Field(allow_inf_nan=False)]
Column = Annotated[int, Field(ge=0, lt=1 << 16, description="Of the inputs, from 0.")]


class Groups(Part):
    """A column that says which group a row belongs to, by its value or between which bounds."""

    name: Word
    column: Column
    values: dict[str, Text] = Field(
        default={}, max_length=64, description="Groups by the column's value."
    )
    bounds: list[Finite] = Field(
        default=[], max_length=63, description="Where each group but the first begins."
    )
    names: list[Text] = Field(default=[], max_length=64, description="Of the groups between them.")
    withheld: bool = Field(default=False, description="Whether the model is not told.")

    @model_validator(mode="after")
    def _whole(self) -> Groups:
        if bool(self.values) == bool(self.bounds):
            raise ValueError("has either values or bounds")
        if self.bounds and len(self.names) != len(self.bounds) + 1:
            raise ValueError("between its bounds is another number of groups than it names")
        if self.bounds != sorted(set(self.bounds)):
            raise ValueError("its bounds do not rise")
        try:
            keys = [float(value) for value in self.values]
        except ValueError:
            raise ValueError("a value of its column is no number") from None
        named = list(self.values.values()) or self.names
        if len(set(keys)) < len(keys) or not 2 <= len(named) == len(set(named)):
            raise ValueError("has two groups or more, each its own")
        return self

    def of(self, inputs: Any) -> list[str]:
        """The group of each row. Raises VerificationFailed for a value that nobody named."""
        import numpy as np

        column = inputs[:, self.column]
        if self.bounds:
            return [self.names[at] for at in np.searchsorted(self.bounds, column, side="right")]
        groups = {float(value): name for value, name in self.values.items()}
        if strangers := {each for each in column.tolist() if each not in groups}:
            raise VerificationFailed(f"{self.name}: no group has the value {min(strangers):g}.")
        return [groups[each] for each in column.tolist()]


class Perturbation(Part):
    """Something that happens to inputs, and that a model should bear."""

    name: Word
    kind: Literal["noise", "missing", "scaling"]
    size: float = Field(
        gt=0,
        le=1000,
        allow_inf_nan=False,
        description="Noise in standard deviations of a column, the share of values that are "
        "missing, or by what all is multiplied.",
    )
    columns: list[Column] = Field(
        default=[], max_length=1 << 16, description="Which are changed; else all."
    )

    @model_validator(mode="after")
    def _share(self) -> Perturbation:
        if self.kind == "missing" and self.size > 1:
            raise ValueError("a share is at most 1")
        return self


class Declaration(Part):
    """A declaration."""

    format: Literal["daimm-ethics/1"]
    name: Word
    description: Text
    suite: Suite = Field(description="Rows, and what is right of each.")
    favourable: Text | None = Field(
        default=None, description="The class that people want; decides who is selected."
    )
    groups: list[Groups] = Field(default=[], max_length=16)
    perturbations: list[Perturbation] = Field(default=[], max_length=16)
    trained_on: Rows | None = Field(default=None, description="Rows of the model's training.")
    rest_is_trained_on: bool = Field(
        default=False, description="In their place, the rows of the suite that are not asked."
    )

    @model_validator(mode="after")
    def _whole(self) -> Declaration:
        if self.suite.table is None:
            raise ValueError("the suite has no table")
        if self.suite.tolerance > MOST_TOLERANCE:
            raise ValueError(f"the tolerance is over {MOST_TOLERANCE}")
        if self.favourable is not None and self.favourable not in self.suite.labels:
            raise ValueError("the favourable class is none of the suite")
        if self.rest_is_trained_on and (self.trained_on or self.suite.table.every == 1):
            raise ValueError("there is no rest, or it is not what the model was trained on")
        for named in (self.groups, self.perturbations):
            names = [each.name for each in named]
            if len(set(names)) < len(names):
                raise ValueError("has a name twice")
        return self


@dataclass(frozen=True)
class Asked:
    """Rows as numbers, what is right of each, and the groups that each belongs to, by column."""

    inputs: Any
    truths: tuple[str | float, ...]
    groups: dict[str, list[str]]


@dataclass(frozen=True)
class Declared:
    """A declaration, and its suite as opened: where that lies, and what all of it hashes to."""

    declaration: Declaration
    opened: Opened

    @property
    def sha256(self) -> str:
        """Of the declaration."""
        return self.opened.sha256

    @property
    def table(self) -> Rows:
        """The suite's."""
        assert self.opened.suite.table is not None
        return self.opened.suite.table

    def rows(self) -> tuple[Asked, Asked | None]:
        """What is asked, and the rows of the training. Raises VerificationFailed for other data."""
        said, opened = self.declaration, self.opened
        whole, every = opened.whole(self.table), self.table.every
        named = [each.column for each in said.groups]
        named += [column for each in said.perturbations for column in each.columns]
        if max(named, default=0) >= (wide := whole.inputs.shape[1]):
            raise VerificationFailed(f"Column {max(named)} is named, and the table has {wide}.")
        places = range(len(whole.truths))
        asked = self._some(whole, list(places[::every]))
        members = None
        if said.rest_is_trained_on:
            members = self._some(whole, [at for at in places if at % every])
        elif said.trained_on:
            others = opened.whole(said.trained_on)
            if others.inputs.shape[1] != wide:
                raise VerificationFailed("The rows of the training have other columns.")
            members = self._some(others, list(range(0, len(others.truths), said.trained_on.every)))
        times = len(asked.truths) * (1 + len(said.perturbations))
        if times + len(members.truths if members else ()) > MAX_ROWS:
            raise VerificationFailed(f"Over {MAX_ROWS:,} rows are asked, all in all.")
        return asked, members

    def questions(self, what: str, inputs: Any) -> list[tuple[str, bytes]]:
        """Rows as the model is asked them: without the columns that it is not told."""
        import numpy as np

        hidden = sorted({each.column for each in self.declaration.groups if each.withheld})
        told = np.delete(inputs, hidden, axis=1)
        try:
            return [(f"{what} {at}", self.table.question(row)) for at, row in enumerate(told, 1)]
        except ValueError as error:
            raise VerificationFailed(f"The rows are not of the shape declared: {error}.") from None

    def _some(self, table: Table, places: list[int]) -> Asked:

        inputs = table.inputs[places]
        if not places or not (abs(inputs) <= LARGEST).all():
            raise VerificationFailed("There are no rows, or what is no number is in them.")
        truths = tuple(table.truths[at] for at in places)
        if not all(isinstance(it, str) or abs(it) <= LARGEST for it in truths):
            raise VerificationFailed(f"What is right of a row is no number up to {LARGEST:g}.")
        groups = {each.name: each.of(inputs) for each in self.declaration.groups}
        return Asked(inputs, truths, groups)


def find(name: str, *, data: Path | None = None, salt: Path | None = None) -> Declared:
    """One of ours by its name, else a file. Raises DaimmError for what is none."""
    declaration, path, digest = manifests.read(Declaration, name, OURS)
    secret = manifests.secret(data, salt, held_out=declaration.suite.held_out)
    return Declared(declaration, Opened(declaration.suite, path.parent, digest, secret))


def ours() -> Iterator[Declared]:
    """Those that come with daimm."""
    return (find(path.stem) for path in sorted(OURS.glob("*.json")))
