"""What is for sale, checked against the chain before anybody pays for it.

>>> signed = read_listing(session, version, offer=offer)
>>> sealed = obtain(session, signed)     # ciphertext and digest list, by CID
>>> sealed.check()                       # both roots: all that can be known unopened

Nothing that a source, a seller or a manifest says is believed: blocks are checked against their
CIDs, the manifest against the chain, the files against the manifest.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from daimm_cli.artifact.unixfs import RAW, Cid
from daimm_cli.base.errors import VerificationFailed
from daimm_cli.base.text import sanitise
from daimm_cli.protocol.curve import compress
from daimm_cli.store.fetcher import Fetcher, Stage

if TYPE_CHECKING:
    from daimm_cli.chain.terms import Offer
    from daimm_cli.index.rows import VersionRow
    from daimm_cli.manifest.manifest import SignedManifest
    from daimm_cli.session.session import Session

COPIED = (
    "The manifest was made for another registry or chain, so it was copied: don't buy from this "
    "listing."
)
ANOTHERS = (
    "The manifest is {signed.seller_address}'s and {offer.seller} sells it: it was copied, or the "
    "model changed hands and its new owner should publish a version of their own. Don't buy."
)


def registry_of(session: Session) -> str:
    """The chain's registry as manifests name it (CAIP-10)."""
    chain = session.chain
    return f"eip155:{chain.node.chain_id}:{chain.book.address('ModelRegistry')}"


def read_listing(
    session: Session,
    version: VersionRow,
    *,
    offer: Offer | None = None,
    bought: bool = False,
    fetcher: Fetcher | None = None,
) -> SignedManifest:
    """Fetch a version's manifest and check all that it can be held to.

    offer: its seller must have signed it; None takes anybody. bought: the deal is made, so a
    contract's signature is not asked for anew: its owners may have changed, what the chain
    committed to not. fetcher: None takes the session's. Raises VerificationFailed where the
    manifest is not the chain's, not of this registry, not signed, not this seller's, or its key
    line's proof fails.
    """
    from daimm_cli.manifest import canonical

    fetcher = fetcher or session.fetcher
    cid = str(Cid(RAW, version.details.manifest))
    with fetcher.open(cid, "manifest", max_size=canonical.MAX_BYTES) as content:
        from daimm_cli.manifest import manifest  # pydantic: only once there is one

        signed = manifest.parse(content.read(canonical.MAX_BYTES + 1))
    if signed.registry != registry_of(session):
        raise VerificationFailed(COPIED)
    manifest.require_match(signed, version.details, list(version.parents))
    manifest.verify(signed, erc1271=(lambda *_: True) if bought else session.accepts)
    if offer is not None and offer.seller != signed.seller_address:
        raise VerificationFailed(ANOTHERS.format(signed=signed, offer=offer))
    return signed


def titled(signed: SignedManifest, version: int) -> str:
    """The model's name, and what its seller calls the version where that is not its number."""
    label = "" if signed.version == str(version) else f" {sanitise(signed.version)}"
    return f"{sanitise(signed.name)}{label}"


@dataclass(frozen=True)
class Sealed:
    """The two public files of an artifact, in the local store, and what they must be."""

    ciphertext: Path
    digests: Path
    signed: SignedManifest
    stage: Stage

    def check(self) -> None:
        """Raise VerificationFailed unless both are what the version commits to, byte for byte."""
        from daimm_cli.artifact import pipeline

        signed = self.signed
        with self.stage("checking the ciphertext") as report:
            try:
                files, line = (self.ciphertext, self.digests), compress(signed.key_line.point)
                record = signed.artifact_record
                checked = pipeline.check(*files, line, expect=record, progress=report)
            except VerificationFailed as error:
                raise self.damaged(error) from None
        cids = (checked.ciphertext.cid, checked.digests.cid)
        if cids != (signed.artifact.cid, signed.artifact.digests_cid):
            wrong = "The manifest names other files than the version commits to: don't buy from "
            raise self.damaged(VerificationFailed(f"{wrong}this listing."))

    def damaged(self, error: VerificationFailed) -> VerificationFailed:
        """What to say of files in the store that are not what they should be.

        They were checked when they came in: either the disk changed them since, or the seller's
        CIDs name other bytes than their roots.
        """
        from daimm_cli.artifact.unixfs import dag_of_file

        part = self.signed.artifact
        for path, cid in ((self.ciphertext, part.cid), (self.digests, part.digests_cid)):
            with path.open("rb") as file:
                if dag_of_file(file).cid != cid:
                    return VerificationFailed(
                        f"{path} was damaged on this disk: delete it and run the command again, it "
                        "is fetched anew."
                    )
        return error


def obtain(session: Session, signed: SignedManifest) -> Sealed:
    """Bring ciphertext and digest list into the local store."""
    fetcher, stage, part = session.fetcher, session.console.progress, signed.artifact
    leaves = signed.artifact_record.leaves
    size = leaves.layout.ciphertext_size
    digests = fetcher.path(part.digests_cid, "digest list", max_size=leaves.list_size)
    ciphertext = fetcher.path(part.cid, "ciphertext", max_size=size, stage=stage)
    return Sealed(ciphertext, digests, signed, stage)
