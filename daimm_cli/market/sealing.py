"""From model files to an encrypted artifact in the store, once: a run that was cut off is taken up.

>>> material = Material.of([Path("model.onnx")], output.progress)
>>> draft = seal(session, draft_file(home, material, purpose), material, label, purpose)
>>> draft.cid
'bafybei...'
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Literal

from daimm_cli.accounts.labels import Labels
from daimm_cli.artifact import pipeline
from daimm_cli.base.errors import DaimmError, VerificationFailed
from daimm_cli.base.files import private_folder
from daimm_cli.market.drafts import FOLDER, SHOWN, Draft, Purpose
from daimm_cli.models import pack
from daimm_cli.models.inspect import Inspection, inspect_files
from daimm_cli.protocol import keys
from daimm_cli.protocol.curve import compress, decode, encode
from daimm_cli.session.session import Session
from daimm_cli.store.base import NotStored
from daimm_cli.store.fetcher import Stage, silent

CHANGED = "changed while it was published: leave the files alone and try again."


@dataclass(frozen=True)
class Material:
    """The files to publish, inspected. stamps: (size, time of change) of each, to see meddling."""

    entries: list[pack.Member]
    files: list[Inspection]
    stamps: list[tuple[int, int]]

    @classmethod
    def of(cls, paths: Sequence[Path], stage: Stage = silent) -> Material:
        """Collect and inspect; raises RefusedModel with the reason, DaimmError for bad paths."""
        entries = pack.collect(paths)
        stamps = _stamps(entries)
        with stage("inspecting") as report:
            files = inspect_files(entries, progress=report)
        return cls(entries, files, stamps)

    @property
    def packing(self) -> Literal["none", "ustar"]:
        """One file is sealed as it is, several as a pack."""
        return "none" if len(self.entries) == 1 and "/" not in self.entries[0].name else "ustar"

    def require_unchanged(self) -> None:
        """Raise DaimmError if a file was touched since it was inspected."""
        for entry, old, new in zip(self.entries, self.stamps, _stamps(self.entries), strict=True):
            if old != new:
                raise DaimmError(f"{entry.path} {CHANGED}")


def draft_file(home: Path, material: Material, purpose: Purpose) -> Path:
    """Where the draft of this material for this purpose is."""
    files = [[file.name, file.size, file.sha256] for file in material.files]
    text = json.dumps({"files": files, "packing": material.packing, **purpose}, sort_keys=True)
    return home / FOLDER / f"{sha256(text.encode()).hexdigest()}.json"


def seal(session: Session, file: Path, material: Material, label: bytes, purpose: Purpose) -> Draft:
    """Seal the material under its line's key, or take up the draft in `file`, and read it back.

    label: of the line to use where there is no draft. Raises VerificationFailed where the store
    does not give back what was sealed.
    """
    draft = Draft.take(file)
    if (
        draft is not None
        and encode(keys.line_secret(session.new_seed, draft.label).point) == draft.line
    ):
        if _reads_back(session, draft):
            return draft
        draft.require_unsent()
    draft = _seal_anew(session, file, material, label, purpose)
    if not _reads_back(session, draft):
        raise VerificationFailed(
            "The store does not give back what was sealed: check the disk, then publish again."
        )
    return draft


def _reads_back(session: Session, draft: Draft) -> bool:
    store, line = session.store, compress(decode(draft.line))
    try:
        files = store.path(draft.cid), store.path(draft.digests_cid)
        with session.console.progress("checking") as report:
            found = pipeline.check(*files, line, expect=draft.artifact, progress=report)
    except (NotStored, VerificationFailed):
        return False
    return (found.ciphertext.cid, found.digests.cid) == (draft.cid, draft.digests_cid)


def _seal_anew(
    session: Session, file: Path, material: Material, label: bytes, purpose: Purpose
) -> Draft:
    store, stage = session.store, session.console.progress
    secret = keys.line_secret(session.new_seed, label)
    Labels(file.parent.parent).add(label)
    key = keys.file_key(keys.line_key(secret))
    store.directory.mkdir(parents=True, exist_ok=True)
    with private_folder(store.directory / "sealing") as folder:
        source = material.entries[0].path
        if material.packing == "ustar":
            source = folder / "pack"
            with stage("packing") as report:
                pack.pack_to(material.entries, source, progress=report)
        with stage("encrypting") as report:
            sealed = pipeline.seal(
                source,
                folder / "ciphertext",
                folder / "digests",
                key,
                compress(secret.point),
                progress=report,
            )
        material.require_unchanged()
        draft = Draft(
            file=file,
            label=label,
            line=encode(secret.point),
            **vars(sealed.artifact),
            cid=sealed.ciphertext.cid,
            digests_cid=sealed.digests.cid,
            purpose=purpose,
            sources=tuple(str(entry.path.absolute()) for entry in material.entries[:SHOWN]),
            nonce=None,
        )
        draft.keep()
        store.adopt(folder / "ciphertext", sealed.ciphertext)
        store.adopt(folder / "digests", sealed.digests)
    return draft


def _stamps(entries: Sequence[pack.Member]) -> list[tuple[int, int]]:
    found = [entry.path.stat() for entry in entries]
    return [(status.st_size, status.st_mtime_ns) for status in found]
