"""Whether what is said of a model is what the chain committed to, point by point.

>>> findings, signed = agreement(session, fetcher, version, row.offer)
>>> {finding.check: finding.result.value for finding in findings}["signature"]
'ok'

`market.listing.read_listing` makes the same checks and stops at the first that fails; `daimm buy`
goes by that one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter

from daimm_cli.artifact import merkle
from daimm_cli.artifact.unixfs import RAW, Cid
from daimm_cli.base.errors import OutsideFailed, VerificationFailed
from daimm_cli.chain.terms import Offer, Version
from daimm_cli.index.rows import VersionRow
from daimm_cli.manifest import canonical, manifest
from daimm_cli.manifest.manifest import SignedManifest
from daimm_cli.market.listing import ANOTHERS, COPIED, registry_of
from daimm_cli.quote.checks import Check, Finding, Result
from daimm_cli.session.session import Session
from daimm_cli.store.fetcher import Fetcher

MAX_LIST = 2 << 20
"""A digest list up to this size, in bytes, is fetched and checked; a longer one is left to `buy`.

It belongs to 256 MiB of a model."""


@dataclass(frozen=True)
class _Facts:
    """What the manifest and the chain say."""

    session: Session
    fetcher: Fetcher
    version: VersionRow
    offer: Offer

    @cached_property
    def signed(self) -> SignedManifest:
        """Raises OutsideFailed or VerificationFailed where nobody gives the manifest."""
        cid = str(Cid(RAW, self.version.details.manifest))
        try:
            self.fetcher.path(cid, "manifest", max_size=canonical.MAX_BYTES)
        except VerificationFailed as error:  # a source's fault, which proves nothing of the offer
            raise OutsideFailed(error.message) from None
        with self.fetcher.store.open(cid) as content:
            return manifest.parse(content.read(canonical.MAX_BYTES + 1))

    @cached_property
    def ours(self) -> Version:
        """The version that the manifest describes."""
        return manifest.to_version(self.signed, self.version.details.payee)


def _registered(it: _Facts) -> bool:
    row = it.version
    return it.session.chain.is_version(row.model, row.version, row.details, row.parents)


def _one_line(it: _Facts) -> bool:
    ours, theirs = it.ours, it.version.details
    return (ours.line, ours.scheme, it.offer.line) == (theirs.line, theirs.scheme, theirs.line)


def _listed(it: _Facts) -> bool:
    """Whether the list stands for the plaintext root."""
    artifact, cid = it.signed.artifact_record, it.signed.artifact.digests_cid
    size = artifact.leaves.list_size
    if size > MAX_LIST:
        raise OutsideFailed(
            f"It has {size:,} bytes and was not fetched: `daimm buy` checks it before paying."
        )
    with it.fetcher.open(cid, "digest list", max_size=size) as content:
        return merkle.DigestList(content, artifact.leaves).root() == artifact.plaintext_root


_ROOTS = attrgetter("artifact", "plaintext_root")
_CHANGED = "is not what the chain committed to: don't buy from this listing."
_VERSION = Check(
    "version", _registered, "It is registered as its events say.",
    "The registry has another version than the node's events tell: use another node.",
)  # fmt: skip
_MANIFEST = Check[_Facts](
    "manifest", lambda it: it.signed, "It has the digest that the chain committed to."
)
_OF_THE_MANIFEST: tuple[Check[_Facts], ...] = (
    Check("roots", lambda it: _ROOTS(it.ours) == _ROOTS(it.version.details),
          "The manifest's commitment and plaintext root are the chain's.",
          f"The manifest's commitment or plaintext root {_CHANGED}"),
    Check("digest list", _listed,
          "It leads to the plaintext root.",
          "The digest list is not the one that this version commits to: don't buy from this "
          "listing."),
    Check("terms", lambda it: it.ours.terms == it.version.details.terms,
          "Licence and terms of use are those that the chain committed to.",
          f"What the manifest says of licence and use {_CHANGED}"),
    Check("parents", lambda it: manifest.to_parents(it.signed) == list(it.version.parents),
          "The models it was made from are those on the chain.",
          f"The manifest's list of parents {_CHANGED}"),
    Check("key line", _one_line,
          "Manifest, version and offer name the same key line.",
          "Manifest, version and offer name different key lines: don't buy."),
    Check("line proof", lambda it: manifest.verify_key_line(it.signed),
          "The seller has shown that they know the line's key."),
    Check("registry", lambda it: it.signed.registry == registry_of(it.session),
          "The manifest was made for this registry and chain.", COPIED),
    Check("signature",
          lambda it: manifest.verify_signature(it.signed, erc1271=it.session.accepts),
          "{signed.seller_address} signed the manifest."),
    Check("seller", lambda it: it.signed.seller_address == it.offer.seller,
          "Who signed the manifest is who sells.", ANOTHERS),
)  # fmt: skip


def agreement(
    session: Session, fetcher: Fetcher, version: VersionRow, offer: Offer
) -> tuple[list[Finding], SignedManifest | None]:
    """The findings, and the manifest where there is one that can be read."""
    facts = _Facts(session, fetcher, version, offer)
    registered, read = _VERSION.made(facts), _MANIFEST.made(facts)
    if read.result is Result.OK:
        rest = [check.made(facts) for check in _OF_THE_MANIFEST]
        return [registered, read, *rest], facts.signed
    needed = "The manifest is needed for this."
    rest = [Finding(check.name, Result.UNKNOWN, needed) for check in _OF_THE_MANIFEST]
    return [registered, read, *rest], None
