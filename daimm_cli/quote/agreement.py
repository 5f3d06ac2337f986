"""Whether what is said of a model is what the chain committed to, point by point.

>>> checks, signed = agreement(chain, fetcher, version, row.offer)
>>> {check.name: check.result.value for check in checks}["signature"]
'ok'

`market.listing.read_listing` makes the same checks and stops at the first that fails; `daimm buy`
goes by that one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from daimm_cli.artifact import merkle
from daimm_cli.artifact.unixfs import RAW, Cid
from daimm_cli.base.errors import OutsideFailed, VerificationFailed
from daimm_cli.chain.terms import Offer
from daimm_cli.index.rows import VersionRow
from daimm_cli.market.listing import accepts_signature
from daimm_cli.quote.checks import Check, Result, compared, judged, unknown
from daimm_cli.store.fetcher import Fetcher

if TYPE_CHECKING:
    from daimm_cli.chain.client import Chain
    from daimm_cli.manifest.manifest import SignedManifest

MAX_LIST = 2 << 20
"""A digest list up to this size, in bytes, is fetched and checked; a longer one is left to `buy`.

It belongs to 256 MiB of a model."""

OF_THE_MANIFEST = (
    *("manifest", "roots", "digest list", "terms", "parents", "key line", "line proof"),
    *("registry", "signature", "seller"),
)
_CHANGED = "is not what the chain committed to: don't buy from this listing."


def agreement(
    chain: Chain, fetcher: Fetcher, version: VersionRow, offer: Offer
) -> tuple[list[Check], SignedManifest | None]:
    """The checks by name, and the manifest where there is one that can be read."""
    registered = judged("version", "It is registered as its events say.", lambda: _registered(
        chain, version))  # fmt: skip
    signed, problem = _manifest(fetcher, version)
    if signed is None:
        assert problem is not None
        rest = unknown(OF_THE_MANIFEST[1:], "The manifest is needed for this.")
        return [registered, problem, *rest], None
    return [registered, *_of_manifest(chain, fetcher, version, offer, signed)], signed


def _registered(chain: Chain, version: VersionRow) -> None:
    if not chain.is_version(version.model, version.version, version.details, version.parents):
        raise VerificationFailed(
            "The registry has another version than the node's events tell: use another node."
        )


def _manifest(fetcher: Fetcher, version: VersionRow) -> tuple[SignedManifest | None, Check | None]:
    from daimm_cli.manifest import canonical, manifest

    cid = str(Cid(RAW, version.details.manifest))
    try:
        fetcher.file(cid, "manifest", max_size=canonical.MAX_BYTES)
    except (OutsideFailed, VerificationFailed) as error:
        return None, Check("manifest", Result.UNKNOWN, error.message)
    found: list[SignedManifest] = []

    def read() -> None:
        with fetcher.store.open(cid) as content:
            found.append(manifest.parse(content.read(canonical.MAX_BYTES + 1)))

    check = judged("manifest", "", read)
    return (found[0], None) if found else (None, check)


def _of_manifest(
    chain: Chain, fetcher: Fetcher, version: VersionRow, offer: Offer, signed: SignedManifest
) -> list[Check]:
    from daimm_cli.manifest import manifest, signing

    details = version.details
    ours = manifest.to_version(signed, details.split_id)
    registry = f"eip155:{chain.node.chain_id}:{chain.book.address('ModelRegistry')}"
    roots = (ours.artifact, ours.plaintext_root) == (details.artifact, details.plaintext_root)
    lines = {(line.line, line.scheme) for line in (ours, details, offer)}
    return [
        Check("manifest", Result.OK, "It has the digest that the chain committed to."),
        compared("roots", roots,
                 "The manifest's commitment and plaintext root are the chain's.",
                 f"The manifest's commitment or plaintext root {_CHANGED}"),
        _digest_list(fetcher, signed),
        compared("terms", ours.terms == details.terms,
                 "Licence and terms of use are those that the chain committed to.",
                 f"What the manifest says of licence and use {_CHANGED}"),
        compared("parents", manifest.to_parents(signed) == list(version.parents),
                 "The models it was made from are those on the chain.",
                 f"The manifest's list of parents {_CHANGED}"),
        compared("key line", len(lines) == 1,
                 "Manifest, version and offer name the same key line.",
                 "Manifest, version and offer name different key lines: don't buy."),
        judged("line proof", "The seller has shown that they know the line's key.",
               lambda: manifest.verify_key_line(signed)),
        compared("registry", signed.registry == registry,
                 "The manifest was made for this registry and chain.",
                 "The manifest was made for another registry or chain, so it was copied: don't "
                 "buy from this listing."),
        judged("signature", f"{signed.seller_address} signed the manifest.",
               lambda: signing.verify_signature(
                   signed, erc1271=lambda *asked: accepts_signature(chain, *asked))),
        compared("seller", signed.seller_address == offer.seller,
                 "Who signed the manifest is who sells.",
                 f"The manifest is {signed.seller_address}'s and {offer.seller} sells it: it was "
                 "copied, or the model changed hands and its new owner should publish a version "
                 "of their own. Don't buy."),
    ]  # fmt: skip


def _digest_list(fetcher: Fetcher, signed: SignedManifest) -> Check:
    """Whether the list stands for the plaintext root."""
    artifact, cid = signed.artifact_record, signed.artifact.digests_cid
    size = artifact.leaves.list_size
    if size > MAX_LIST:
        says = f"It has {size:,} bytes and was not fetched: `daimm buy` checks it before paying."
        return Check("digest list", Result.UNKNOWN, says)

    def read() -> None:
        fetcher.file(cid, "digest list", max_size=size)
        with fetcher.store.open(cid) as content:
            if merkle.DigestList(content, artifact.leaves).root() != artifact.plaintext_root:
                raise VerificationFailed(
                    "The digest list is not the one that this version commits to: don't buy from "
                    "this listing."
                )

    return judged("digest list", "It leads to the plaintext root.", read)
