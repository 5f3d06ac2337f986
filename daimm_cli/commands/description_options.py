"""The options that describe a version, shared by `model publish` and `model add-version`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from daimm_cli.cli import output

if TYPE_CHECKING:
    from daimm_cli.market.publish import Description
    from daimm_cli.market.sealing import Material


def _text(help_text: str, metavar: str, *names: str) -> Any:
    return typer.Option(*names, help=help_text, metavar=metavar, show_default=False)


@dataclass
class DescriptionOptions:
    """What the seller says of a version; the card answers for what is left out."""

    card: Annotated[
        Path | None,
        _text("Model card, as Hugging Face has them; default a README.md among the files.", "FILE"),
    ] = None
    name: Annotated[str | None, _text("The model's name; default from the card.", "TEXT")] = None
    summary: Annotated[str | None, _text("A sentence or two; default from the card.", "TEXT")] = (
        None
    )
    label: Annotated[
        str | None, _text("What people call this version, like 1.2.0.", "TEXT", "--version-name")
    ] = None
    license_id: Annotated[
        str | None,
        _text("SPDX expression or LicenseRef-...; default the card's.", "LICENCE", "--license"),
    ] = None
    use: Annotated[
        str | None,
        _text("any, non-commercial, research or evaluation; default as the licence says.", "USE"),
    ] = None
    redistribution: Annotated[
        str | None, _text("forbidden, same-terms or free; default as the licence says.", "RULE")
    ] = None
    derivatives: Annotated[
        str | None, _text("forbidden, same-terms or free; default as the licence says.", "RULE")
    ] = None
    derivative_share: Annotated[
        str | None, _text("Your share of what derivatives earn; default 0.", "PERCENT")
    ] = None
    terms_url: Annotated[str | None, _text("Where the licence's text is.", "URL")] = None
    parent: Annotated[
        list[str] | None,
        _text("What it was made from, like 3:1:fine-tune; again for each.", "MODEL:VERSION:HOW"),
    ] = None

    def describe(self, material: Material) -> Description:
        """The description; raises DaimmError for what cannot be read. Without --card, a README.md
        among the files is the card, as on the hub."""
        from daimm_cli.manifest import card
        from daimm_cli.market.describe import basis_points, describe, parse_parents

        share = self.derivative_share
        said = {
            "name": self.name,
            "summary": self.summary,
            "version": self.label,
            "license": self.license_id,
            "use": self.use,
            "redistribution": self.redistribution,
            "derivatives": self.derivatives,
            "derivative_share": None
            if share is None
            else str(basis_points(share, 10_000, "share")),
            "text": self.terms_url,
        }
        beside = [entry.path for entry in material.entries if entry.name.lower() == "readme.md"]
        found = self.card or next(iter(beside), None)
        if found is not self.card:
            output.say(f"{found} is taken as the model card.")
        parsed = None if found is None else card.read(found)
        return describe(material, parsed, said, parse_parents(self.parent or []))
