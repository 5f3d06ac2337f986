"""What is known of a model beside what it answers: options of commands that rate one."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from daimm_cli.base.errors import DaimmError
from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import option

if TYPE_CHECKING:
    from daimm_cli.ethics.documents import Documents
    from daimm_cli.ethics.items import Item
    from daimm_cli.models.inspect import Inspection


@dataclass(frozen=True, kw_only=True)
class Papers:
    """What there is to read of a model, before it is listed and afterwards."""

    card: Path | None = option("Its model card.", "FILE")
    license: str | None = option("What it is listed under; default the card's.", "LICENCE")
    parent: list[str] | None = option(
        "What it was made from, like 3:1:fine-tune, again for each; or none.", "MODEL:VERSION:HOW"
    )
    listed: int | None = option(
        "Card, licence and lineage of this model's newest version, which must have the file.",
        "MODEL",
    )
    data_sheet: list[Path] | None = option(
        "A declaration of data that it was trained on (Croissant); again for each.", "FILE"
    )
    energy: list[Path] | None = option(
        "A report of `daimm bench run` of it; again for each.", "FILE"
    )

    def items(self, context: Context, model: Path) -> list[Item]:
        """What follows. Raises DaimmError for what cannot be read, and what says a thing twice."""
        from daimm_cli.benchmark.reports import load
        from daimm_cli.ethics import documents

        reports = [load(path) for path in self.energy or ()]
        file = documents.inspected(model)
        told = self._said(context, file)
        told = dataclasses.replace(told, declared=self.data_sheet or (), reports=reports)
        return documents.items(told, file)

    def _said(self, context: Context, file: Inspection) -> Documents:
        from daimm_cli.ethics import documents
        from daimm_cli.manifest import card, licences
        from daimm_cli.market.describe import parse_parents
        from daimm_cli.market.lineage import ancestors

        if self.listed is not None:
            if self.card or self.license or self.parent:
                raise DaimmError(
                    "A listed model has card, licence and lineage in its manifest: leave --card, "
                    "--license and --parent out."
                )
            return documents.listed(context, self.listed, file)
        named = self.parent or []
        parents = parse_parents([] if named == ["none"] else named)
        return documents.Documents(
            card=card.read(self.card) if self.card else None,
            license_id=licences.identifier(self.license) if self.license else None,
            ancestors=ancestors(context, parents) if parents else () if named else None,
        )
