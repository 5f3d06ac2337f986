"""`daimm model bom`, `sign` and `verify`: what others want to know of a model, as they read it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from daimm_cli.base.errors import DaimmError
from daimm_cli.base.files import write_atomic
from daimm_cli.base.text import counted
from daimm_cli.cli import output
from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import App, argument, option
from daimm_cli.commands.options import DescriptionOptions

if TYPE_CHECKING:
    from daimm_cli.papers.bom import Subject

app = App()

_NUMBER = re.compile(r"[1-9][0-9]{0,9}", re.ASCII)


@app.command(
    "bom",
    "daimm model bom 3 --output bom.json",
    "daimm model bom weights/ --card README.md --license MIT --report report.json",
)
def bom(
    context: Context,
    what: Annotated[list[str], argument("A model's number, or files and folders.", "MODEL|FILE")],
    description: DescriptionOptions,
    number: int | None = option("Of a model: which version; default the newest.", min=1),
    report: list[Path] | None = option("A report of `daimm bench run`; again for each.", "FILE"),
    target: Path | None = option("Where it goes; default stdout.", "FILE", "--output", "-o"),
) -> None:
    """Write a bill of materials of a model: CycloneDX, checked against the standard's schema.

    Files with their hashes, licence, data, inputs and outputs, what it was made from, what it
    scores, and what the chain knows of it. Of files that are not published yet it is made from
    what their seller says, as by `daimm model publish`.
    """
    from daimm_cli.papers import bom as library

    subject = _subject(context, what, description, number, report or [])
    document = library.bom(subject)
    text = library.checked(document)
    if not target:
        output.emit(document, as_json=True)
        return
    write_atomic(target, text.encode())
    described = subject.described
    told = [counted(len(described.files), "file"), f"licence {described.terms.license}"]
    if subject.ancestors:
        told.append(f"{counted(len(subject.ancestors), 'version')} that it was made from")
    context.emit(document, f"{target}: CycloneDX {library.SPEC_VERSION}, {', '.join(told)}.")
    for it in subject.ancestors:
        if it.problem:
            output.say(
                f"Of version {it.name[1]} of model {it.name[0]} little is told: {it.problem}"
            )


def _subject(
    context: Context,
    what: list[str],
    description: DescriptionOptions,
    number: int | None,
    reports: list[Path],
) -> Subject:
    from daimm_cli.benchmark.measure import load
    from daimm_cli.market.lineage import ancestors
    from daimm_cli.market.sealing import Material
    from daimm_cli.papers.bom import Subject

    loaded = [load(path) for path in reports]
    if len(what) == 1 and _NUMBER.fullmatch(what[0]):
        return _listed(context, int(what[0]), description, number, loaded)
    if number is not None:
        raise DaimmError("Files have no number yet: leave --number out.")
    described = description.describe(Material.of([Path(it) for it in what], output.progress))
    parents = description.parents
    lineage = ancestors(context, parents) if parents else []
    return Subject(described, ancestors=lineage, reports=loaded)


def _listed(
    context: Context,
    model: int,
    description: DescriptionOptions,
    number: int | None,
    reports: list[dict[str, Any]],
) -> Subject:
    from daimm_cli.market.lineage import ancestors
    from daimm_cli.market.listing import read_listing
    from daimm_cli.market.measured import measured
    from daimm_cli.papers.bom import Subject

    if description != DescriptionOptions(**dict.fromkeys(vars(description))):
        raise DaimmError(
            "A published model is described by its manifest: leave --card and such out."
        )
    context.index.model(model)
    rows = context.index.versions(model, version=number)
    if not rows:
        raise DaimmError(f"Model {model} has no version {number}: see daimm model show {model}.")
    row = rows[0]
    signed = read_listing(context, row, bought=True)
    lineage = ancestors(context, row.parents)
    scores = measured(context, row.details.plaintext_root)
    return Subject(signed, signed, row, lineage, reports, scores)
