"""The options that describe a version, shared by `model publish` and `model add-version`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from daimm_cli.cli import output
from daimm_cli.cli.frame import option

if TYPE_CHECKING:
    from daimm_cli.chain.terms import Parent
    from daimm_cli.manifest.fields import Described
    from daimm_cli.market.sealing import Material


@dataclass
class DescriptionOptions:
    """What the seller says of a version; the card answers for what is left out."""

    card: Path | None = option(
        "Model card, as Hugging Face has them; default a README.md among the files.", "FILE"
    )
    name: str | None = option("The model's name; default from the card.", "TEXT")
    summary: str | None = option("A sentence or two; default from the card.", "TEXT")
    version: str | None = option(
        "What people call this version, like 1.2.0.", "TEXT", "--version-name"
    )
    license: str | None = option(
        "SPDX expression or LicenseRef-...; default the card's.", "LICENCE", "--license"
    )
    use: str | None = option(
        "any, non-commercial, research or evaluation; default as the licence says.", "USE"
    )
    redistribution: str | None = option(
        "forbidden, same-terms or free; default as the licence says.", "RULE"
    )
    derivatives: str | None = option(
        "forbidden, same-terms or free; default as the licence says.", "RULE"
    )
    derivative_share: str | None = option(
        "Your share of what derivatives earn; default 0.", "PERCENT"
    )
    text: str | None = option("Where the licence's text is.", "URL", "--terms-url")
    parent: list[str] | None = option(
        "What it was made from, like 3:1:fine-tune; again for each.", "MODEL:VERSION:HOW"
    )

    def describe(self, material: Material) -> Described:
        """The description; raises DaimmError for what cannot be read. Without --card, a README.md
        among the files is the card, as on the hub."""
        from daimm_cli.manifest import card
        from daimm_cli.market.describe import basis_points, describe

        said = {name: value for name, value in vars(self).items() if name not in ("card", "parent")}
        if self.derivative_share is not None:
            said["derivative_share"] = str(basis_points(self.derivative_share, 10_000, "share"))
        beside = [entry.path for entry in material.entries if entry.name.lower() == "readme.md"]
        found = self.card or next(iter(beside), None)
        if found is not self.card:
            output.say(f"{found} is taken as the model card.")
        parsed = None if found is None else card.read(found)
        return describe(material, parsed, said)

    @property
    def parents(self) -> tuple[Parent, ...]:
        """What it was made from; raises DaimmError for what is no parent."""
        from daimm_cli.market.describe import parse_parents

        return parse_parents(self.parent or [])
