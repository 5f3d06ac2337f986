"""Whether one model was made of another: by their tensors, whatever these are called.

>>> check(session, case, Path("copy.onnx"), Path("mine.safetensors"), "1:1").says
'Model 2, version 1 is an undeclared copy of model 1, version 1: they share 2 tensors, ...'

A tensor is known by the SHA-256 of its bytes (`daimm_cli.models.inspect`), so neither names nor
order, shape or format of the file matter. Both files have to be what the chain committed to.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from daimm_cli.artifact import pipeline
from daimm_cli.base.errors import ChainRefused, DaimmError, VerificationFailed
from daimm_cli.base.text import counted, sanitise
from daimm_cli.market.claims import Answer
from daimm_cli.market.lineage import ancestors
from daimm_cli.market.listing import read_listing
from daimm_cli.models import pack
from daimm_cli.models.inspect import inspect_files, inspect_model

if TYPE_CHECKING:
    from daimm_cli.index.rows import VersionRow
    from daimm_cli.manifest.manifest import SignedManifest
    from daimm_cli.market.claims import Case
    from daimm_cli.session.session import Session

LEAST = 10
"""Percent of the bytes of each that a copy shares. Less is what models of one kind have in common:
tables of positions, filters, zeros."""

_NAMED = re.compile(r"([1-9][0-9]{0,9}):([1-9][0-9]{0,3})", re.ASCII)


@dataclass(frozen=True)
class _Opened:
    """A version and its tensors, each by digest and bytes, as often as it is there."""

    row: VersionRow
    signed: SignedManifest
    tensors: Counter[tuple[str, int]]

    @property
    def name(self) -> str:
        return f"model {self.row.model}, version {self.row.version}"

    @property
    def age(self) -> tuple[int, int, int]:
        return self.row.added_at, self.row.model, self.row.version

    def share(self, common: Counter[tuple[str, int]]) -> int:
        """Of its bytes, in percent."""
        return 100 * _size(common) // max(_size(self.tensors), 1)


def check(
    session: Session, case: Case, file: Path | None, original: Path | None, of: str | None
) -> Answer:
    """Whether the claimed version is free of another's tensors, or has them with a word.

    file: what its key opens to; original: what that of the older version opens to; of: this one, as
    MODEL:VERSION. Raises DaimmError where a file is another, ChainRefused where what they share can
    be from what both are declared to be made from.
    """
    if file is None or original is None or of is None:
        raise DaimmError("Name both files, and whose the older is: --file, --original and --of.")
    match = _NAMED.fullmatch(of)
    if match is None:
        raise DaimmError(f"'{sanitise(of, 40)}' is no version: write MODEL:VERSION, like 3:1.")
    if not case.model:
        raise DaimmError("A result is no copy: name a promise, an order or a deal.")
    copy = _opened(session, case.model, case.version, file)
    older = _opened(session, int(match[1]), int(match[2]), original)
    common = copy.tensors & older.tensors
    shared = (
        f"they share {counted(common.total(), 'tensor')}, {older.share(common)}% of the bytes of "
        f"{older.name} and {copy.share(common)}% of those of {copy.name}"
    )
    if min(older.share(common), copy.share(common)) < LEAST:
        return Answer(True, f"That is too little for a copy: {shared}.")
    if copy.signed.seller_address == older.signed.seller_address:
        return Answer(True, f"Both are {copy.signed.seller_address}'s: {shared}.")
    if copy.age < older.age:
        return Answer(True, f"{copy.name.capitalize()} was registered first: {shared}.")
    made_from = {it.parent.model for it in ancestors(session, copy.row.parents)}
    if older.row.model in made_from:
        return Answer(True, f"{copy.name.capitalize()} says that it is made from it: {shared}.")
    both = made_from & {it.parent.model for it in ancestors(session, older.row.parents)}
    if both:
        raise ChainRefused(
            f"Both are declared to be made from model {min(both)}, which may be where that is from "
            f"({shared}): compare both with it first."
        )
    return Answer(
        False, f"{copy.name.capitalize()} is an undeclared copy of {older.name}: {shared}."
    )


def _opened(session: Session, model: int, version: int, file: Path) -> _Opened:
    found = session.index.versions(model, version=version)
    if not found:
        raise ChainRefused(f"There is no version {version} of model {model}.")
    signed = read_listing(session, found[0], bought=True)
    try:
        pipeline.verify_plaintext(file, signed.artifact_record)
    except VerificationFailed:
        raise DaimmError(
            f"{sanitise(file)} is not what model {model}, version {version} commits to: name the "
            "file that its key opens to."
        ) from None
    if signed.artifact.packing == "none":
        files = [inspect_model(file)]
    else:
        with TemporaryDirectory(dir=session.config.ensure_home()) as place:
            pack.unpack(file, folder := Path(place) / "files")
            files = inspect_files(pack.collect([folder]))
    stored = (tensor for each in files for tensor in each.tensors)
    return _Opened(found[0], signed, Counter((it.sha256, it.size) for it in stored))


def _size(tensors: Counter[tuple[str, int]]) -> int:
    return sum(size * times for (_, size), times in tensors.items())
