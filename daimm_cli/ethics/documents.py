"""Items that no run of a model tells: its card, its training data, its licence, its energy.

>>> told = Documents(card=card.read(Path("README.md")), declared=[Path("digits.croissant.json")])
>>> [it.aspect for it in items(told, inspected(Path("model.onnx")))]
['card', 'training_data', 'licences', 'energy']
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from daimm_cli.ethics import completeness, energy, licensing, training_data
from daimm_cli.inference.models import model_file
from daimm_cli.manifest import card as cards
from daimm_cli.manifest.card import Card
from daimm_cli.models.inspect import Inspection, inspect_model

if TYPE_CHECKING:
    from daimm_cli.benchmark.reports import Report
    from daimm_cli.ethics.items import Item
    from daimm_cli.market.lineage import Ancestor
    from daimm_cli.session.session import Session


@dataclass(frozen=True)
class Documents:
    """What there is to read. license_id: that of the listing, None takes the card's; ancestors: see
    `market.lineage`, None where nobody says what it was made from; declared: Croissant files;
    reports: of `bench run`."""

    card: Card | None = None
    license_id: str | None = None
    ancestors: Sequence[Ancestor] | None = None
    declared: Sequence[Path] = ()
    reports: Sequence[Report] = ()


def inspected(model: Path) -> Inspection:
    """model: an ONNX file, or a folder with one."""
    return inspect_model(model_file(model))


def items(told: Documents, file: Inspection) -> list[Item]:
    """One item an aspect at least. file: the model's."""
    license_id = told.license_id or (told.card.license if told.card else None)
    made_from, said = told.ancestors or (), told.ancestors is not None
    sources = [*licensing.of_ancestors(made_from), *licensing.of_files([file])]
    return [
        *completeness.items(told.card),
        *training_data.items(told.declared),
        *licensing.items(license_id, sources, lineage=said),
        *energy.items(told.reports, file.sha256),
    ]


def listed(session: Session, number: int, file: Inspection) -> Documents:
    """Card, licence and lineage of a model's newest version, from what the chain committed to.

    Raises VerificationFailed where it does not have this file.
    """
    from daimm_cli.market import attesting
    from daimm_cli.market.lineage import ancestors

    row = attesting.version_of(session, number, None)
    signed = attesting.require_file(session, row, file.sha256)
    lineage = ancestors(session, row.parents)
    return Documents(cards.parse(signed.card), signed.terms.license, lineage)
