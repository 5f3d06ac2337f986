"""Publishing: seal, describe, sign, list. A run that was cut off is taken up by the next.

>>> done = publish(session, material, described, offer, royalty=250)
>>> done.model, done.version, done.offer_id.hex()[:8]
(3, 1, '7be2a004')

Nothing is on the chain before the one transaction at the end, and nothing is lost if that fails:
the sealed artifact stays in the store, and the draft says where. A second run finds it; it finds a
version that got onto the chain too, and then publishes nothing twice.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from daimm_cli.accounts.safe.safe_account import SafeAccount
from daimm_cli.base.errors import DaimmError, VerificationFailed
from daimm_cli.base.files import alone
from daimm_cli.bindings.structs import Share
from daimm_cli.chain.answers import Receipt
from daimm_cli.chain.terms import (
    ZERO_WORD,
    ModelId,
    Offer,
    Parent,
    Version,
    relation_word,
    terms_hash,
)
from daimm_cli.index.rows import VersionRow
from daimm_cli.manifest import manifest as manifests
from daimm_cli.manifest.fields import Described, SignedManifest, stated
from daimm_cli.market import lineage, splits
from daimm_cli.market.drafts import Draft
from daimm_cli.market.lines import new_label
from daimm_cli.market.listing import read_listing, registry_of
from daimm_cli.market.sealing import Material, draft_file, seal
from daimm_cli.protocol import keys
from daimm_cli.protocol.curve import encode
from daimm_cli.session.session import Session
from daimm_cli.store.fetcher import Fetcher
from daimm_cli.store.queue import Queue


@dataclass(frozen=True)
class Publication:
    """A version on the chain, and its first offer. sent: None where an earlier run had sent it."""

    model: int
    version: int
    offer_id: bytes | None
    manifest: SignedManifest
    sent: Receipt | None

    @property
    def manifest_cid(self) -> str:
        return manifests.cid(self.manifest)


def publish(
    session: Session,
    material: Material,
    described: Described,
    offer: Offer | None = None,
    *,
    royalty: int = 0,
    parents: Sequence[Parent] = (),
    model: int = 0,
    label: bytes | None = None,
) -> Publication:
    """Register a model with its first version and open an offer for it, in one transaction, or in
    three where it has parents; or append a version to `model`, which is the account's.

    royalty: basis points. label: of an earlier version's key line, whose buyers can then open this
    one too; None draws a line of its own. Asks where these very bytes are registered already.
    """
    chain, account = session.chain, session.account
    _ = session.signer, session.new_seed  # passwords come first
    proofs = lineage.parents_kept(session, parents, terms_hash(described.terms.head))
    table = lineage.shares(session, proofs, offer.payout if offer else account.address)
    if table:
        session.console.say(f"What it earns is shared: {splits.words(table)}.")
    purpose: dict[str, str | int] = {
        "chain": chain.node.chain_id,
        "registry": chain.book.address("ModelRegistry"),
        "seller": account.address,
        "model": model,
        "line": label.hex() if label else "new",
    }
    home = session.config.ensure_home()
    file = draft_file(home, material, purpose)
    label = label or new_label(session)
    taken = DaimmError("Another process publishes this right now: wait for it.")
    with alone(file.with_suffix(".lock"), taken):
        draft = seal(session, file, material, label, purpose)
        if (found := _found(session, draft)) is not None:
            if offer is None or found.offer_id is not None:
                return found
            return _offered(session, found, table, offer)
        signed, details = _signed(session, draft, material.packing, described, parents, table)
        draft.noting(chain, account.address, manifests.cid(signed))
        if offer is None:
            sent, version = chain.add_version(account, model, details, parents)
            made = Publication(model, version, None, signed, sent)
        elif parents:
            number = chain.register(account, royalty, details, parents)
            session.index.sync()
            made = _offered(session, Publication(number, 1, None, signed, None), table, offer)
        else:
            new = chain.publish(account, royalty=royalty, details=details, offer=offer)
            made = Publication(new.model, 1, new.offer_id, signed, new.sent)
        if not chain.is_version(made.model, made.version, details, parents):
            raise VerificationFailed(
                f"The chain holds something else as version {made.version} of model {made.model} "
                "than was sent: do not sell it, and use another node."
            )
        _published(session, draft, signed)
        return made


def _offered(
    session: Session, made: Publication, table: Sequence[Share], offer: Offer
) -> Publication:
    """With an offer for a version that has parents, which it clears."""
    chain = session.chain
    (row,) = session.index.versions(made.model, version=made.version)
    lineage.clear(session, row.model, row.version, row.details, row.parents, table)
    named = dataclasses.replace(offer, model=ModelId(row.model), line=row.details.line)
    if table:
        payout, account = splits.place(chain, table)
        named = dataclasses.replace(named, payout=payout, payout_account=account)
    new = chain.open_offer(session.account, named, row.details, row.parents)
    return dataclasses.replace(made, offer_id=new.offer_id, sent=new.sent)


def _found(session: Session, draft: Draft) -> Publication | None:
    """What an earlier run published of the draft; its manifest is in the store since then.

    Whoever saw the earlier run's transaction waiting can have registered a copy before.
    """
    chain, index, me = session.chain, session.index, session.me.address
    index.sync()
    same = index.versions_with_root(draft.artifact.plaintext_root)
    model, seal = draft.purpose["model"], (draft.artifact.commitment, draft.line)
    of_draft = [
        row
        for row in same
        if (row.details.artifact, encode(row.details.line)) == seal
        and model in (0, row.model)
        and index.model(row.model).owner == me
    ]
    if not of_draft:
        draft.require_told(chain, index)
        if same:
            _ask_about(session, same[0])
        return None
    row = of_draft[0]
    signed = read_listing(session, row, bought=True, fetcher=Fetcher(session.store))
    _published(session, draft, signed)
    offers = index.offers(model=row.model, version=row.version, seller=me)
    offer_id = offers[-1].offer_id if offers else None
    return Publication(row.model, row.version, offer_id, signed, None)


def _ask_about(session: Session, first: VersionRow) -> None:
    """Say, and ask, where these very bytes are registered already."""
    owner = session.index.model(first.model).owner
    who = "you" if owner == session.me.address else f"{owner}, not you"
    known = (
        f"These very bytes are registered already, as version {first.version} of model "
        f"{first.model} by {who}. Buyers will see that."
    )
    if session.console.yes:
        session.console.say(known)
    session.console.confirm(f"{known} Go on?")


def _signed(
    session: Session,
    draft: Draft,
    packing: Literal["none", "ustar"],
    described: Described,
    parents: Sequence[Parent],
    table: Sequence[Share],
) -> tuple[SignedManifest, Version]:
    """The signed manifest, in the store, and what the chain is to commit to; a Safe's owners sign
    what they are shown."""
    node, account, registry = session.chain.node, session.account, registry_of(session)
    me = f"eip155:{node.chain_id}:{account.address}"
    secret = keys.line_secret(session.new_seed, draft.label)
    body = manifests.make(
        {
            **described.model_dump(exclude_none=True),
            "spec": "daimm/manifest/1",
            "seller": me,
            "registry": registry,
            "artifact": manifests.artifact_part(
                draft.artifact, draft.cid, draft.digests_cid, packing
            ),
            "key_line": manifests.key_line_part(
                secret,
                draft.label,
                seller=me,
                registry=registry,
                commitment=draft.artifact.commitment,
            ),
            "parents": [
                {**parent.to_json(), "relation": relation_word(parent.relation)}
                for parent in parents
            ],
            "benchmarks": stated(described.card),
            **({"shares": [row.to_json() for row in table]} if table else {}),
        }
    )
    if isinstance(account, SafeAccount):
        signature = account.sign(node, manifests.typed_data(body), manifests.encode(body))
        signed = manifests.attach(body, signature)
    else:
        signed = manifests.sign(body, session.signer)
    manifests.verify(signed, erc1271=session.accepts)
    payee = splits.bound(*splits.place(session.chain, table)) if table else ZERO_WORD
    details = manifests.to_version(signed, payee)
    data = manifests.encode(signed)
    manifests.require_match(manifests.parse(data), details, list(parents))
    if session.store.put_bytes(data) != manifests.cid(signed):
        raise VerificationFailed("The store did not keep the manifest as it is: check the disk.")
    return signed, details


def _published(session: Session, draft: Draft, signed: SignedManifest) -> None:
    """What is on the chain may leave this machine, and only that."""
    Queue(session.store).add(draft.cid, draft.digests_cid, manifests.cid(signed))
    draft.done()
