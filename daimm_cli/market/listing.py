"""What is for sale and what buying it means, checked against the chain before anybody pays for it.

>>> quoted = quote(session, "0x3f9a61c2")
>>> quoted.describe(session.now)["you pay"]
'10.1 AIM; the market holds it until the key is proven'
>>> obtain(session, quoted.signed).check()  # both files' roots: all that can be known unopened

Nothing that a source, a seller or a manifest says is believed: blocks are checked against their
CIDs, the manifest against the chain, the files against the manifest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from daimm_cli.artifact.unixfs import RAW, Cid
from daimm_cli.base.errors import ChainRefused, VerificationFailed
from daimm_cli.base.text import duration_shown, sanitise, time_shown
from daimm_cli.chain.terms import MAX_VERSION, ZERO_ADDRESS
from daimm_cli.index.rows import OfferRow
from daimm_cli.market import rules
from daimm_cli.market.lookup import find
from daimm_cli.market.offers import access
from daimm_cli.market.rules import Asked
from daimm_cli.protocol.curve import compress

if TYPE_CHECKING:
    from daimm_cli.chain.client import Chain
    from daimm_cli.chain.terms import Offer
    from daimm_cli.chain.views import Token
    from daimm_cli.index.rows import VersionRow
    from daimm_cli.manifest.manifest import SignedManifest
    from daimm_cli.session.session import Session
    from daimm_cli.store.fetcher import Fetcher, Stage

COPIED = (
    "The manifest was made for another registry or chain, so it was copied: don't buy from this "
    "listing."
)
ANOTHERS = (
    "The manifest is {signed.seller_address}'s and {offer.seller} sells it: it was copied, or the "
    "model changed hands and its new owner should publish a version of their own. Don't buy."
)
_HELD = "the market holds it until the key is proven"


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
        data = content.read(canonical.MAX_BYTES + 1)
    return checked(session, version, data, offer=offer, bought=bought)


def checked(
    session: Session,
    version: VersionRow,
    data: bytes,
    *,
    offer: Offer | None = None,
    bought: bool = False,
) -> SignedManifest:
    """The version's manifest from its bytes, wherever they are from; see `read_listing`."""
    from daimm_cli.manifest import manifest  # pydantic: only once there is one

    signed = manifest.parse(data)
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
class Quote:
    """An offer and what buying it means. fee: the protocol's share in hundredths of a percent.

    signed: None where a report could not read it. earlier: who registered the same bytes first,
    where that was another model; else None. asked: what it costs now; None where a report could not
    find out. ruled: what its price rule makes of the price, for people.
    """

    row: OfferRow
    signed: SignedManifest | None
    token: Token
    fee: int
    earlier: str | None
    asked: Asked | None
    ruled: Mapping[str, str]

    @property
    def offer(self) -> Offer:
        """The offer at what it costs now; its id is that of `row`."""
        return self.asked.of(self.row.offer) if self.asked else self.row.offer

    @property
    def moves(self) -> bool:
        """Whether it may cost something else once a purchase is mined."""
        return self.asked is not None and self.asked.moves

    def describe(self, now: int) -> dict[str, str]:
        """For people: what is bought at time `now`, what it costs, and what happens if nobody
        delivers; without a manifest, what can be said."""
        offer, signed, amount = self.offer, self.signed, self.token.shown
        protocol = offer.price * self.fee // 10_000
        deliver_by = now + offer.delivery_time
        last = offer.last_version
        name = titled(signed, offer.version) if signed else "no manifest"
        shown = {
            "model": f"{offer.model}: {name}",
            "seller": offer.seller,
            "terms": signed.terms.shown if signed else "not known without the manifest",
            "price": f"{amount(offer.price)}: {amount(offer.price - protocol)} for the seller, "
            f"{amount(protocol)} for the protocol",
            **self.ruled,
            "delivery fee": f"{amount(offer.delivery_fee)}, for whoever delivers the key",
            "you pay": f"{amount(offer.total)}; {_HELD}",
            "key due by": time_shown(deliver_by),
            "if none comes": f"you take all of it back after "
            f"{time_shown(deliver_by + offer.grace_period)}",
            "inspection": "none: the seller is paid when the chain has proven the key",
            "opens": f"version {offer.version}"
            + (f" to {last}" if offer.version < last < MAX_VERSION else "")
            + (" and later ones of its key line" if last == MAX_VERSION else ""),
            **access(offer),
            "transferable": "yes" if offer.transferable else "no",
        }
        if offer.inspection:
            inspected = duration_shown(offer.inspection)
            held = offer.arbitrator != ZERO_ADDRESS
            unless = f", unless {offer.arbitrator} holds the price and rules" if held else ""
            shown["inspection"] = f"{inspected} after delivery, then the seller is paid{unless}"
        if self.asked and self.asked.rule:
            outlook = self.asked.rule.outlook(self.row.offer, self.asked.price, self.token)
            shown["you pay"] = f"{amount(offer.total)} now; {_HELD}"
            shown["may become"] = outlook
        return {**shown, **({"warning": self.earlier} if self.earlier else {})}


def quote(session: Session, text: str, shown: Mapping[bytes, bytes] | None = None) -> Quote:
    """What the offer with this id means, from a manifest that was checked.

    shown: what its price rule is given, by the offer's id. Raises ChainRefused where it cannot be
    bought now, and as `read_listing` does.
    """
    chain, index, now = session.chain, session.index, session.now
    if problem := stopped(chain, now):
        raise ChainRefused(problem)
    row = find(index, OfferRow, text)
    if problem := row.refusal(now):
        raise ChainRefused(problem, hint="daimm model list")
    (version,) = index.versions(row.offer.model, version=row.offer.version)
    earlier = index.earlier(version)
    signed = read_listing(session, version, offer=row.offer)
    token, fee = chain.token(row.offer.token), chain.policy(row.offer.token).fee
    given = (shown or {}).get(row.offer_id, b"")
    asked = rules.ask(chain, row.offer, session.me.address, given)
    ruled = rules.words(chain, row.offer, token)
    return Quote(row, signed, token, fee, earlier, asked, ruled)


def stopped(chain: Chain, now: int) -> str | None:
    """That nothing can be bought at time `now`; None where it can."""
    until = chain.node.view(chain.deployed.market.stopped_until())
    if until < now:
        return None
    return (
        f"New purchases are stopped until {time_shown(until)}: buy after that. Deliveries, "
        "refunds and withdrawals go on."
    )


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
