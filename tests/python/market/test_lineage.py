"""What a version was made from, however long and odd its lineage is."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

import pytest

from daimm_cli.base.errors import OutsideFailed
from daimm_cli.bindings.structs import Relation
from daimm_cli.chain.terms import ModelId, Parent
from daimm_cli.market import lineage, listing
from daimm_cli.session.session import Session


def parent(model: int) -> Parent:
    return Parent(ModelId(model), 1, Relation.MERGE)


@dataclass
class Registry:
    """An index over versions, each with what it was made from; counts what is read."""

    made_from: dict[int, list[int]]
    read: int = 0

    def versions(self, model: int, *, version: int) -> list[Any]:
        parents = self.made_from.get(model)
        if parents is None:
            return []
        return [SimpleNamespace(model=model, parents=tuple(map(parent, parents)))]


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Registry:
    made = Registry({})

    def read(session: Session, row: Any, **_: object) -> Any:
        made.read += 1
        if row.model == 13:
            raise OutsideFailed("nobody has it")
        return SimpleNamespace(name=f"model {row.model}")

    monkeypatch.setattr(listing, "read_listing", read)
    return made


def found(registry: Registry, *parents: int) -> list[lineage.Ancestor]:
    session = cast("Session", SimpleNamespace(index=registry))
    return lineage.ancestors(session, list(map(parent, parents)))


def test_the_nearest_come_first_and_each_is_read_once(registry: Registry) -> None:
    registry.made_from = {1: [3], 2: [3], 3: [4], 4: []}
    told = [(it.of, it.parent.model) for it in found(registry, 1, 2)]
    assert told == [(None, 1), (None, 2), ((1, 1), 3), ((2, 1), 3), ((3, 1), 4)]
    assert registry.read == 4


def test_what_cannot_be_read_does_not_end_the_lineage(registry: Registry) -> None:
    registry.made_from = {13: [2], 2: []}
    unread, behind, missing = sorted(
        found(registry, 13, 9), key=lambda it: (13, 2, 9).index(it.parent.model)
    )
    assert (unread.signed, unread.problem) == (None, "nobody has it")
    assert behind.signed is not None
    assert missing.problem == "there is no such version"


def test_a_lineage_without_end_is_read_up_to_a_limit_and_that_is_said(registry: Registry) -> None:
    registry.made_from = {model: [model - 1] for model in range(100, 2000)}
    told = found(registry, 1999)
    assert registry.read == lineage.MOST_ANCESTORS
    assert len(told) == lineage.MOST_ANCESTORS + 1
    assert "was not read" in told[-1].problem


def test_many_parents_each_cost_no_more(registry: Registry) -> None:
    layers = {16 * layer + place: layer for layer in range(1, 40) for place in range(16)}
    registry.made_from = {
        model: [16 * (layer - 1) + place for place in range(16)] for model, layer in layers.items()
    }
    told = found(registry, *range(16 * 39, 16 * 40))
    assert registry.read == lineage.MOST_ANCESTORS
    assert len(told) <= 16 * (lineage.MOST_ANCESTORS + 1)
