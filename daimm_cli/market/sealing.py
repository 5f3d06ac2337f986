"""From model files to an encrypted artifact in the store, once: a run that was cut off is taken up.

>>> material = Material.of([Path("model.onnx")], output.progress)
>>> draft = seal(store, Draft.file(home, material, chain_id=1, seller=me), material, seed, label)
>>> draft.sealed.ciphertext.cid
'bafybei...'

A draft is a small file in `drafts/` of the home: which label the key line has, and where the sealed
files are. Publishing removes it; the label stays in the home.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Literal

from daimm_cli.artifact import pipeline
from daimm_cli.artifact.pipeline import Artifact, Sealed
from daimm_cli.artifact.stream import Header, associated_data
from daimm_cli.base.errors import DaimmError, VerificationFailed
from daimm_cli.base.files import private_folder, write_atomic
from daimm_cli.bindings.values import word
from daimm_cli.market.labels import Labels
from daimm_cli.market.listing import Stage, silent
from daimm_cli.models import pack
from daimm_cli.protocol import keys
from daimm_cli.protocol.curve import SecretScalar, encode
from daimm_cli.store.local import LocalStore

FORMAT = "daimm/draft/v1"
MAX_DRAFT_BYTES = 16 << 10
CHANGED = "changed while it was published: leave the files alone and try again."


@dataclass(frozen=True)
class Material:
    """The files to publish, inspected. stamps: (size, time of change) of each, to see meddling."""

    entries: list[pack.Entry]
    files: list[pack.PackedFile]
    stamps: list[tuple[int, int]]

    @classmethod
    def of(cls, paths: Sequence[Path], stage: Stage = silent) -> Material:
        """Collect and inspect; raises RefusedModel with the reason, DaimmError for bad paths."""
        entries = pack.collect(paths)
        stamps = _stamps(entries)
        with stage("inspecting") as report:
            files = pack.inspect_entries(entries, progress=report)
        return cls(entries, files, stamps)

    @property
    def packing(self) -> Literal["none", "ustar"]:
        """One file is sealed as it is, several as a pack."""
        return "none" if len(self.entries) == 1 and "/" not in self.entries[0].name else "ustar"

    @property
    def size(self) -> int:
        """Bytes of what is sealed."""
        if self.packing == "none":
            return self.entries[0].size
        return pack.pack_size(self.entries)

    def require_unchanged(self) -> None:
        """Raise DaimmError if a file was touched since it was inspected."""
        for entry, old, new in zip(self.entries, self.stamps, _stamps(self.entries), strict=True):
            if old != new:
                raise DaimmError(f"{entry.path} {CHANGED}")


@dataclass(frozen=True)
class Draft:
    """A sealed artifact that waits to be published.

    label: 32 public bytes; secret: a of its line, which follows from label and seed. nonce: of the
    account, noted before a transaction that publishes it; None before.
    """

    file: Path
    label: bytes
    secret: SecretScalar
    sealed: Sealed
    nonce: int | None

    @staticmethod
    def path(home: Path, material: Material, **purpose: str | int) -> Path:
        """Where the draft of this material for this purpose (chain, seller, model, line) is."""
        files = [[file.name, file.size, file.sha256] for file in material.files]
        text = json.dumps({"files": files, "packing": material.packing, **purpose}, sort_keys=True)
        return home / "drafts" / f"{sha256(text.encode()).hexdigest()}.json"

    def noting(self, nonce: int) -> Draft:
        """The draft, marked as about to be published with the account's `nonce`."""
        noted = replace(self, nonce=nonce)
        noted.write()
        return noted

    def write(self) -> None:
        """Keep the draft on disk."""
        artifact = self.sealed.artifact
        data = {
            "format": FORMAT,
            "label": "0x" + self.label.hex(),
            "line": encode(self.secret.point).hex(),
            "salt": artifact.header.salt.hex(),
            "prefix": artifact.header.prefix.hex(),
            "size": artifact.size,
            "leaf_size": artifact.leaf_size,
            "combined_root": artifact.combined_root.hex(),
            "plaintext_root": artifact.plaintext_root.hex(),
            "cid": self.sealed.ciphertext.cid,
            "digests_cid": self.sealed.digests.cid,
            "nonce": self.nonce,
        }
        self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_atomic(self.file, json.dumps(data).encode() + b"\n", mode=0o600)

    def done(self) -> None:
        """Forget the draft: it is published."""
        self.file.unlink(missing_ok=True)


def seal(
    store: LocalStore,
    file: Path,
    material: Material,
    seed: bytes,
    label: bytes,
    stage: Stage = silent,
) -> Draft:
    """Seal the material under its line's key, or take up the draft in `file`, and read it back.

    label: of the line to use where there is no draft. Raises VerificationFailed where the store
    does not give back what was sealed.
    """
    draft = _resume(store, file, seed)
    if draft is not None:
        if _reads_back(store, draft, stage):
            return draft
        _require_unsent(file, draft.nonce)
    draft = _seal_anew(store, file, material, seed, label, stage)
    if not _reads_back(store, draft, stage):
        raise VerificationFailed(
            "The store does not give back what was sealed: check the disk, then publish again."
        )
    return draft


def _reads_back(store: LocalStore, draft: Draft, stage: Stage) -> bool:
    sealed = draft.sealed
    files = store.path(sealed.ciphertext.cid), store.path(sealed.digests.cid)
    try:
        with stage("checking") as report:
            return pipeline.check(*files, expect=sealed.artifact, progress=report) == sealed
    except VerificationFailed:
        return False


def _require_unsent(file: Path, nonce: int | None) -> None:
    """Raise VerificationFailed where a lost artifact may be on the chain already."""
    if nonce is not None:
        raise VerificationFailed(
            "An earlier run may have published this, and its artifact was damaged or removed "
            f"since: look at `daimm model list`, then remove {file} to publish anew."
        )


def _seal_anew(
    store: LocalStore, file: Path, material: Material, seed: bytes, label: bytes, stage: Stage
) -> Draft:
    secret = keys.line_secret(seed, label)
    Labels(file.parent.parent).add(label)
    key = keys.content_key(keys.line_key(secret))
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
                associated_data(secret.point.x, secret.point.y),
                progress=report,
            )
        material.require_unchanged()
        draft = Draft(file, label, secret, sealed, None)
        draft.write()
        store.adopt(folder / "ciphertext", sealed.ciphertext)
        store.adopt(folder / "digests", sealed.digests)
    return draft


def _resume(store: LocalStore, file: Path, seed: bytes) -> Draft | None:
    """The draft in `file`; None where there is none, it is damaged, or its files are gone."""
    try:
        with file.open("rb") as stream:
            data = json.loads(stream.read(MAX_DRAFT_BYTES + 1))
        if data["format"] != FORMAT:
            return None
        header = Header(bytes.fromhex(data["salt"]), bytes.fromhex(data["prefix"]))
        roots = (bytes.fromhex(data[name]) for name in ("combined_root", "plaintext_root"))
        artifact = Artifact(header, int(data["size"]), int(data["leaf_size"]), *roots)
        label, nonce = word(data["label"]), data["nonce"]
        cids = str(data["cid"]), str(data["digests_cid"])
        line = bytes.fromhex(data["line"])
    except (FileNotFoundError, ValueError, KeyError, TypeError, DaimmError):
        return None
    try:
        sealed = Sealed(artifact, store.dag(cids[0]), store.dag(cids[1]))
    except DaimmError:
        _require_unsent(file, nonce)
        return None
    secret = keys.line_secret(seed, label)
    return Draft(file, label, secret, sealed, nonce) if encode(secret.point) == line else None


def _stamps(entries: Sequence[pack.Entry]) -> list[tuple[int, int]]:
    found = [entry.path.stat() for entry in entries]
    return [(status.st_size, status.st_mtime_ns) for status in found]
