"""What was sealed and is not listed yet: to go on with, or to remove.

>>> [draft.sources for draft in drafts(home)]
[('/models/model.onnx',)]
>>> remove(session, draft)

A draft is a record in `drafts/` of the home: which label the key line has, and where the sealed
files are. Publishing removes it; the label stays in the home, for backups.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field

from daimm_cli.artifact.pipeline import Artifact
from daimm_cli.base import records
from daimm_cli.base.errors import ChainRefused, DaimmError, OutsideFailed, VerificationFailed
from daimm_cli.base.text import sanitise
from daimm_cli.bindings.structs import ModelId
from daimm_cli.manifest.kinds import Bytes, Bytes32
from daimm_cli.protocol.curve import decode
from daimm_cli.store.queue import Queue

if TYPE_CHECKING:
    from daimm_cli.chain.client import Chain
    from daimm_cli.index.index import Index
    from daimm_cli.session.session import Session

FOLDER = "drafts"
SHOWN = 20
"""Source files that a draft names."""

SHORTEST = 4
"""Digits of an id that a person must give."""

Purpose = Mapping[str, str | int]
"""What it was sealed for: chain, registry, seller, model (0 for a new one), line."""


class Draft(BaseModel, frozen=True):
    """A sealed artifact that waits to be published: its record, and the file that this is in.

    label: 32 public bytes; line: its point, encoded. sources: paths that it was made of. nonce: of
    the account, noted before a transaction that publishes it; None before. manifest: CID of the one
    that was signed last.
    """

    file: Path = Field(exclude=True)
    format: Literal["daimm/draft/v1"] = "daimm/draft/v1"
    label: Bytes32
    line: Bytes
    file_nonce: Bytes
    size: int
    leaf_size: int
    combined_root: Bytes
    plaintext_root: Bytes
    cid: str
    digests_cid: str
    purpose: Purpose = {}
    sources: tuple[Annotated[str, AfterValidator(lambda path: sanitise(path, 1000))], ...] = ()
    nonce: int | None
    manifest: str | None = None

    @property
    def ident(self) -> str:
        """The digits by which a person names it."""
        return self.file.stem[:8]

    @property
    def artifact(self) -> Artifact:
        roots = self.combined_root, self.plaintext_root
        return Artifact(self.file_nonce, self.size, self.leaf_size, *roots)

    @classmethod
    def take(cls, file: Path) -> Draft | None:
        """The draft in a file; None where there is none, or a damaged one, which is set aside."""

        def parsed(data: dict[str, Any]) -> Draft:
            draft = cls.model_validate({**data, "file": file})
            _ = draft.artifact, decode(draft.line)
            return draft

        return records.take(file, parsed)

    def keep(self) -> None:
        """Keep the draft on disk."""
        records.keep(self.file, self.model_dump(mode="json"))

    def noting(self, chain: Chain, account: str, manifest: str) -> None:
        """Mark the draft as about to be published with the account's next nonce.

        Raises ChainRefused while an earlier run's transaction waits. Where that one was dropped,
        the new one takes its nonce: never are both mined.
        """
        changes = {"nonce": self._next_nonce(chain, account), "manifest": manifest}
        self.model_copy(update=changes).keep()

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
    return [draft for file in files if (draft := Draft.take(file)) is not None]


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


def remove(session: Session, draft: Draft) -> bool:
    """Forget a draft, and remove its files; those that a version on the chain has stay.

    Returns whether the files went. Raises ChainRefused while its transaction waits, DaimmError
    where it is another chain's, and as `Draft.require_told`.
    """
    chain, index, store = session.chain, session.index, session.store
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
