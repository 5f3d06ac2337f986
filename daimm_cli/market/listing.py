"""What is for sale, checked against the chain before anybody pays for it.

>>> fetcher = Fetcher(store, sources)
>>> listing = read_listing(chain, fetcher, version, seller=offer.seller)
>>> files = obtain(fetcher, listing.signed)         # ciphertext and digest list, by CID
>>> check_files(files, listing.signed)              # both roots: all that can be known unopened

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
from daimm_cli.chain.signatures import accepts
from daimm_cli.index.rows import VersionRow
from daimm_cli.store.fetcher import Fetcher, Stage, silent

if TYPE_CHECKING:
    from daimm_cli.chain.client import Chain
    from daimm_cli.manifest.manifest import SignedManifest


@dataclass(frozen=True)
class Listing:
    """A version with the manifest that the chain committed to, signed by its seller."""

    version: VersionRow
    signed: SignedManifest


@dataclass(frozen=True)
class Files:
    """The two public files of an artifact, in the local store."""

    ciphertext: Path
    digests: Path


def read_listing(
    chain: Chain,
    fetcher: Fetcher,
    version: VersionRow,
    *,
    seller: str | None = None,
    bought: bool = False,
) -> Listing:
    """Fetch a version's manifest and check all that it can be held to.

    seller: who must have signed it; None takes anybody. bought: the deal is made, so a contract's
    signature is not asked for anew: its owners may have changed, what the chain committed to not.
    Raises VerificationFailed where the
    manifest is not the chain's, not of this registry, not signed, not this seller's, or its key
    line's proof fails.
    """
    from daimm_cli.manifest import canonical, manifest, signing

    cid = str(Cid(RAW, version.details.manifest))
    fetcher.file(cid, "manifest", max_size=canonical.MAX_BYTES)
    with fetcher.store.open(cid) as content:
        signed = manifest.parse(content.read(canonical.MAX_BYTES + 1))
    manifest.require_match(signed, version.details, list(version.parents))
    registry = f"eip155:{chain.node.chain_id}:{chain.book.address('ModelRegistry')}"
    if signed.registry != registry:
        raise VerificationFailed(
            "The manifest was made for another registry or chain, so it was copied: don't buy from "
            "this listing."
        )
    signing.verify(signed, erc1271=lambda *asked: bought or accepts(chain.node, *asked))
    if seller is not None and signed.seller_address != seller:
        raise VerificationFailed(
            f"The manifest is {signed.seller_address}'s and {seller} sells it: it was copied, or "
            "the model changed hands and its new owner should publish a version of their own. "
            "Don't buy."
        )
    return Listing(version, signed)


def titled(signed: SignedManifest, version: int) -> str:
    """The model's name, and what its seller calls the version where that is not its number."""
    label = "" if signed.version == str(version) else f" {sanitise(signed.version)}"
    return f"{sanitise(signed.name)}{label}"


def obtain(fetcher: Fetcher, signed: SignedManifest, *, stage: Stage = silent) -> Files:
    """Bring ciphertext and digest list into the local store."""
    leaves = signed.artifact_record.leaves
    part = signed.artifact
    size = leaves.segments.ciphertext_size
    return Files(
        digests=fetcher.file(part.digests_cid, "digest list", max_size=leaves.list_size),
        ciphertext=fetcher.file(part.cid, "ciphertext", max_size=size, stage=stage),
    )


def check_files(files: Files, signed: SignedManifest, *, stage: Stage = silent) -> None:
    """Raise VerificationFailed unless both files are what the version commits to, byte for byte."""
    from daimm_cli.artifact import pipeline

    with stage("checking the ciphertext") as report:
        try:
            checked = pipeline.check(
                files.ciphertext, files.digests, expect=signed.artifact_record, progress=report
            )
        except VerificationFailed as error:
            raise damaged(files, signed, error) from None
    cids = (checked.ciphertext.cid, checked.digests.cid)
    if cids != (signed.artifact.cid, signed.artifact.digests_cid):
        wrong = VerificationFailed(
            "The manifest names other files than the version commits to: don't buy from this "
            "listing."
        )
        raise damaged(files, signed, wrong)


def damaged(files: Files, signed: SignedManifest, error: VerificationFailed) -> VerificationFailed:
    """What to say of files in the store that are not what they should be.

    They were checked when they came in: either the disk changed them since, or the seller's CIDs
    name other bytes than their roots.
    """
    from daimm_cli.artifact.unixfs import dag_of_file

    named = {files.ciphertext: signed.artifact.cid, files.digests: signed.artifact.digests_cid}
    for path, cid in named.items():
        with path.open("rb") as file:
            if dag_of_file(file).cid != cid:
                return VerificationFailed(
                    f"{path} was damaged on this disk: delete it and run the command again, it is "
                    "fetched anew."
                )
    return error
