"""What was sealed and is not listed yet: to go on with, or to remove.

>>> [draft.sources for draft in drafts(home)]
[('/models/model.onnx',)]
>>> remove(draft, chain, index, store)

A draft is a record in `drafts/` of the home: which label the key line has, and where the sealed
files are. Publishing removes it; the label stays in the home, for backups.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from daimm_cli.artifact.pipeline import Artifact
from daimm_cli.artifact.stream import Header
from daimm_cli.base import records
from daimm_cli.base.errors import ChainRefused, DaimmError, OutsideFailed, VerificationFailed
from daimm_cli.base.text import sanitise
from daimm_cli.bindings.structs import ModelId
from daimm_cli.bindings.values import word
from daimm_cli.protocol.curve import Point, decode, encode
from daimm_cli.store.queue import Queue

if TYPE_CHECKING:
    from daimm_cli.chain.client import Chain
    from daimm_cli.index.index import Index
    from daimm_cli.store.local import LocalStore

FOLDER = "drafts"
FORMAT = "daimm/draft/v1"
SHOWN = 20
"""Source files that a draft names."""

SHORTEST = 4
"""Digits of an id that a person must give."""

Purpose = Mapping[str, str | int]
"""What it was sealed for: chain, registry, seller, model (0 for a new one), line."""


@dataclass(frozen=True)
class Draft:
    """A sealed artifact that waits to be published.

    label: 32 public bytes; line: its point. sources: paths that it was made of. nonce: of the
    account, noted before a transaction that publishes it; None before. manifest: CID of the one
    that was signed last.
    """

    file: Path
    label: bytes
    line: Point
    artifact: Artifact
    cid: str
    digests_cid: str
    purpose: Purpose
    sources: tuple[str, ...] = ()
    nonce: int | None = None
    manifest: str | None = None

    @property
    def ident(self) -> str:
        """The digits by which a person names it."""
        return self.file.stem[:8]

    @classmethod
    def from_json(cls, file: Path, data: dict[str, Any]) -> Draft:
        if data["format"] != FORMAT:
            raise ValueError
        header = Header(bytes.fromhex(data["salt"]), bytes.fromhex(data["prefix"]))
        roots = (bytes.fromhex(data[name]) for name in ("combined_root", "plaintext_root"))
        return cls(
            file,
            word(data["label"]),
            decode(bytes.fromhex(data["line"])),
            Artifact(header, int(data["size"]), int(data["leaf_size"]), *roots),
            str(data["cid"]),
            str(data["digests_cid"]),
            dict(data.get("purpose", {})),
            tuple(sanitise(each, 1000) for each in data.get("sources", ())),
            None if data["nonce"] is None else int(data["nonce"]),
            data.get("manifest"),
        )

    def keep(self) -> None:
        """Keep the draft on disk."""
        data = {
            "format": FORMAT,
            "label": "0x" + self.label.hex(),
            "line": encode(self.line).hex(),
            "salt": self.artifact.header.salt.hex(),
            "prefix": self.artifact.header.prefix.hex(),
            "size": self.artifact.size,
            "leaf_size": self.artifact.leaf_size,
            "combined_root": self.artifact.combined_root.hex(),
            "plaintext_root": self.artifact.plaintext_root.hex(),
            "cid": self.cid,
            "digests_cid": self.digests_cid,
            "purpose": dict(self.purpose),
            "sources": self.sources,
            "nonce": self.nonce,
            "manifest": self.manifest,
        }
        records.keep(self.file, data)

    def noting(self, chain: Chain, account: str, manifest: str) -> Draft:
        """The draft, marked as about to be published with the account's next nonce.

        Raises ChainRefused while an earlier run's transaction waits. Where that one was dropped,
        the new one takes its nonce: never are both mined.
        """
        noted = replace(self, nonce=self._next_nonce(chain, account), manifest=manifest)
        noted.keep()
        return noted

    def done(self) -> None:
        """Forget the draft: it is published."""
        self.file.unlink(missing_ok=True)

    def require_unsent(self) -> None:
        """Raise VerificationFailed where a lost artifact may be on the chain already."""
        if self.nonce is not None:
            raise VerificationFailed(
                "An earlier run may have published this, and its artifact was damaged or removed "
                "since: look at `daimm model list`, then run `daimm model drafts --remove "
                f"{self.ident}` to publish anew."
            )

    def require_told(self, chain: Chain, index: Index) -> None:
        """Raise OutsideFailed where the node keeps back events, and this may be what they list."""
        if self.nonce is None:
            return
        index.sync()
        registry, model = chain.deployed.registry, int(self.purpose.get("model", 0))
        count = registry.version_count(ModelId(model)) if model else registry.model_count()
        known = len(index.versions(model)) if model else index.model_count()
        if known < chain.node.view(count):
            raise OutsideFailed(
                "An earlier run may have published this, and the node does not tell all that was "
                "published: try again later, or use another node."
            )

    def _next_nonce(self, chain: Chain, account: str) -> int:
        waiting = chain.node.nonce(account)
        if self.nonce is not None and chain.node.nonce(account, "latest") <= self.nonce < waiting:
            raise ChainRefused(
                "A transaction of an earlier run is still waiting to be mined: run this again then."
            )
        return waiting


def drafts(home: Path) -> list[Draft]:
    """Every draft of a home, the one that was touched last first."""
    folder = home / FOLDER
    files = sorted(folder.glob("*.json"), key=lambda file: file.stat().st_mtime, reverse=True)
    found = (records.take(file, functools.partial(Draft.from_json, file)) for file in files)
    return [draft for draft in found if draft is not None]


def find(home: Path, text: str) -> Draft:
    """The draft that is named by the first digits of its id."""
    wanted = text.strip().lower()
    known = drafts(home) if len(wanted) >= SHORTEST else []
    found = [each for each in known if each.file.stem.startswith(wanted)]
    if len(found) != 1:
        raise DaimmError(
            f"No draft, or more than one, is called '{sanitise(text, 80)}': take its id from "
            "`daimm model drafts`."
        )
    return found[0]


def remove(draft: Draft, chain: Chain, index: Index, store: LocalStore) -> bool:
    """Forget a draft, and remove its files; those that a version on the chain has stay.

    Returns whether the files went. Raises ChainRefused while its transaction waits, DaimmError
    where it is another chain's, and as `Draft.require_told`.
    """
    sealed_for = draft.purpose.get("chain", chain.node.chain_id)
    if sealed_for != chain.node.chain_id:
        raise DaimmError(
            f"This draft was sealed for chain {sealed_for}, and the node is on chain "
            f"{chain.node.chain_id}: choose the other profile."
        )
    if draft.nonce is not None:
        draft._next_nonce(chain, str(draft.purpose["seller"]))
    rows = index.versions_with_root(draft.artifact.plaintext_root)
    listed = any(row.details.artifact == draft.artifact.commitment for row in rows)
    if not listed:
        draft.require_told(chain, index)
        for cid in (draft.cid, draft.digests_cid, draft.manifest):
            if cid is not None and store.has(cid):
                store.remove(cid)
        Queue(store).forget()
    draft.done()
    return not listed
