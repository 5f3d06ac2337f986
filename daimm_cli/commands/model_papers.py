"""`daimm model bom`, `sign` and `verify`: what others want to know of a model, as they read it."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from daimm_cli.base.errors import DaimmError
from daimm_cli.base.files import write_atomic
from daimm_cli.base.text import counted
from daimm_cli.bindings.values import checksummed
from daimm_cli.cli import output
from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import App, argument, option
from daimm_cli.commands.options import DescriptionOptions

if TYPE_CHECKING:
    from daimm_cli.index.rows import VersionRow
    from daimm_cli.manifest.manifest import SignedManifest
    from daimm_cli.papers.model_card import Subject
    from daimm_cli.papers.signing import Signed

app = App()

Folder = Annotated[Path, argument("A folder with the model's files, and nothing else.")]
SIGNATURE = option("The signature's file; default FOLDER.sig, beside the folder.", "FILE")

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
    ethics: Path | None = option("A report of `daimm ethics report`.", "FILE"),
    data_sheet: list[Path] | None = option(
        "A declaration of its training data (Croissant); again for each.", "FILE"
    ),
    target: Path | None = option("Where it goes; default stdout.", "FILE", "--output", "-o"),
) -> None:
    """Write a bill of materials of a model: CycloneDX, checked against the standard's schema.

    Files with their hashes, licence, data, inputs and outputs, what it was made from, what it
    scores, and what the chain knows of it. Of files that are not published yet it is made from
    what their seller says, as by `daimm model publish`.
    """
    from daimm_cli.benchmark.reports import load
    from daimm_cli.papers import bom as library

    loaded, rated = [load(path) for path in report or ()], load(ethics) if ethics else None
    subject = _subject(context, what, description, number)
    subject = dataclasses.replace(subject, reports=loaded, rated=rated, declared=data_sheet or ())
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
) -> Subject:
    from daimm_cli.market.lineage import ancestors
    from daimm_cli.market.sealing import Material
    from daimm_cli.papers.model_card import Subject

    if len(what) == 1 and _NUMBER.fullmatch(what[0]):
        return _listed(context, int(what[0]), description, number)
    if number is not None:
        raise DaimmError("Files have no number yet: leave --number out.")
    described = description.describe(Material.of([Path(it) for it in what], output.progress))
    parents = description.parents
    lineage = ancestors(context, parents) if parents else []
    return Subject(described, ancestors=lineage)


def _listed(
    context: Context,
    model: int,
    description: DescriptionOptions,
    number: int | None,
) -> Subject:
    from daimm_cli.market.lineage import ancestors
    from daimm_cli.market.measured import measured
    from daimm_cli.papers.model_card import Subject

    if description != DescriptionOptions(**dict.fromkeys(vars(description))):
        raise DaimmError(
            "A published model is described by its manifest: leave --card and such out."
        )
    row, signed = _version(context, model, number)
    lineage = ancestors(context, row.parents)
    scores = measured(context, row.details.plaintext_root)
    return Subject(signed, signed, row, lineage, measured=scores)


def _version(context: Context, model: int, number: int | None) -> tuple[VersionRow, SignedManifest]:
    """A model's version, the newest without a number, and its manifest, checked."""
    from daimm_cli.market.attesting import version_of
    from daimm_cli.market.listing import read_listing

    row = version_of(context, model, number)
    return row, read_listing(context, row, bought=True)


@app.command(
    "sign",
    "daimm model sign weights",
    "daimm model sign weights --key p256.pem --signature weights-1.0.sig",
)
def sign(
    context: Context,
    folder: Folder,
    signature: Path | None = SIGNATURE,
    key: Path | None = option(
        "A P-256 key to keep, readable by you alone; made where there is none. Default: one for "
        "this signature alone.",
        "FILE",
    ),
) -> None:
    """Sign all files of a folder: as OpenSSF's model signing has it, bound to your account.

    Three files come of it: the signature, which OpenSSF's own tool verifies by the public key
    beside it (.pub), and your account's word that the signed statement is yours (.json).
    """
    from daimm_cli.papers import signing as library

    target = signature or _beside(folder)
    made = library.sign(context, folder, target, key=key)
    files = counted(len(made.files), "file")
    text = f"{made.signer} signed the {files} of {folder}: {target}, with .pub and .json beside it."
    context.emit({**_told(made), "signature": target}, text)
    context.next(f"daimm model verify {folder} --signature {target}")


@app.command(
    "verify",
    "daimm model verify bought --signature weights.sig --model 3",
    "daimm model verify weights --signer 0x8fd379246834eac74B8419FfdA202CF8051F7A03",
)
def verify(
    context: Context,
    folder: Folder,
    signature: Path | None = SIGNATURE,
    model: int | None = option("Its files must be those of this model, signed by its seller."),
    number: int | None = option("Of the model: which version; default the newest.", min=1),
    signer: str | None = option("Who must have signed it.", "ADDRESS"),
) -> None:
    """Check that a folder has exactly the files that an account signed: none changed or more.

    With --model they must be those of a version's manifest, which the chain committed to, and its
    seller must have signed them.
    """
    from daimm_cli.papers import signing as library

    found = library.verify(folder, signature or _beside(folder))
    if signer:
        library.require_signer(found, checksummed(signer, "signer"))
    told = (
        f"{folder} has exactly the {counted(len(found.files), 'file')} that {found.signer} signed"
    )
    row = None
    if model is not None:
        row, signed = _version(context, model, number)
        library.require_version(found, signed)
        told += f", and they are those of version {row.version} of model {model}"
    told += ": none is changed, missing or more."
    data = {"model": row and row.model, "version": row and row.version}
    context.emit({**_told(found), **data}, told)
    if signer is None and model is None:
        output.say("Anybody can sign: name whom you trust by --signer, or the --model you bought.")


def _told(signed: Signed) -> dict[str, object]:
    return {
        "signer": signed.signer,
        "registry": signed.registry,
        "statement": signed.statement,
        "files": signed.files,
    }


def _beside(folder: Path) -> Path:
    """Where a folder's signature is unless somebody says so."""
    return folder.absolute().with_name(f"{folder.absolute().name}.sig")
