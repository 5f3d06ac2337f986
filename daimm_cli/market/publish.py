"""Publishing: seal, describe, sign, list. A run that was cut off is taken up by the next.

>>> seller = Seller(chain, index, store, home, signer, account, seed)
>>> done = publish(seller, material, description, offer, royalty=250)
>>> done.model, done.version, done.offer_id.hex()[:8]
(3, 1, '7be2a004')

Nothing is on the chain before the one transaction at the end, and nothing is lost if that fails:
the sealed artifact stays in the store, and the draft says where. A second run finds it; it finds a
version that got onto the chain too, and then publishes nothing twice.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from daimm_cli.accounts.safe.safe_account import SafeSigner
from daimm_cli.base.errors import ChainRefused, DaimmError, VerificationFailed
from daimm_cli.base.files import alone
from daimm_cli.chain.signatures import accepts
from daimm_cli.chain.terms import Offer, Parent, Version
from daimm_cli.manifest import manifest as manifests
from daimm_cli.manifest import signing
from daimm_cli.manifest.card import Card
from daimm_cli.manifest.manifest import Manifest, SignedManifest
from daimm_cli.market.drafts import Draft
from daimm_cli.market.lines import new_label
from daimm_cli.market.listing import read_listing
from daimm_cli.market.sealing import Material, draft_file, seal
from daimm_cli.protocol import keys
from daimm_cli.store.fetcher import Fetcher, Stage, silent
from daimm_cli.store.queue import Queue

if TYPE_CHECKING:
    from daimm_cli.accounts.accounts import Signing
    from daimm_cli.chain.client import Chain
    from daimm_cli.chain.node import Sent, Signer
    from daimm_cli.index.index import Index
    from daimm_cli.index.rows import VersionRow
    from daimm_cli.store.local import LocalStore


Earlier = Callable[[Sequence["VersionRow"]], None]


@dataclass(frozen=True)
class Seller:
    """Who publishes, and with what. signer signs the manifest, account the transaction."""

    chain: Chain
    index: Index
    store: LocalStore
    home: Path
    signer: Signing
    account: Signer
    seed: bytes = field(repr=False)


@dataclass(frozen=True)
class Description:
    """What the seller says of a version. terms: the fields of the manifest's `terms`."""

    name: str
    version: str
    summary: str
    card: Card
    terms: dict[str, Any]
    parents: tuple[Parent, ...] = ()


@dataclass(frozen=True)
class Publication:
    """A version on the chain, and its first offer. sent: None where an earlier run had sent it."""

    model: int
    version: int
    offer_id: bytes | None
    manifest: SignedManifest
    sent: Sent | None

    @property
    def manifest_cid(self) -> str:
        return manifests.cid(self.manifest)


def publish(
    seller: Seller,
    material: Material,
    description: Description,
    offer: Offer,
    *,
    royalty: int,
    stage: Stage = silent,
    earlier: Earlier = lambda _rows: None,
) -> Publication:
    """Register a model with its first version, and open `offer` for it, in one transaction.

    offer: its model, version and line are filled in. royalty: hundredths of a percent. earlier:
    told which versions have these very bytes already; it raises to stop.
    """
    _require_parents(seller.chain, description.parents)
    with _sealed(seller, material, 0, None, stage, earlier) as (draft, found):
        if found is not None:
            return _found(seller, draft, found)
        signed, details = _described(seller, draft, material, description)
        template = dataclasses.replace(offer, line=details.line, scheme=details.scheme)
        draft.noting(seller.chain, seller.account.address, manifests.cid(signed))
        made = seller.chain.publish(
            seller.account,
            royalty=royalty,
            details=details,
            offer=template,
            parents=description.parents,
        )
        _require_committed(seller, made.model, 1, details, description.parents)
        _published(seller, draft, signed)
        return Publication(made.model, 1, made.offer_id, signed, made.sent)


def add_version(
    seller: Seller,
    material: Material,
    description: Description,
    model: int,
    *,
    label: bytes | None = None,
    stage: Stage = silent,
    earlier: Earlier = lambda _rows: None,
) -> Publication:
    """Append a version to a model of the seller's.

    label: of an earlier version's key line, whose buyers can then open this one too; None draws a
    line of its own.
    """
    _require_parents(seller.chain, description.parents)
    with _sealed(seller, material, model, label, stage, earlier) as (draft, found):
        if found is not None:
            return _found(seller, draft, found)
        signed, details = _described(seller, draft, material, description)
        draft.noting(seller.chain, seller.account.address, manifests.cid(signed))
        added = seller.chain.add_version(seller.account, model, details, description.parents)
        _require_committed(seller, model, added.version, details, description.parents)
        _published(seller, draft, signed)
        return Publication(model, added.version, None, signed, added.sent)


def require_owner(chain: Chain, model: int, account: str) -> None:
    """Raise DaimmError unless the model is the account's."""
    if chain.version_count(model) == 0:
        raise DaimmError(f"There is no model {model} on this chain.", hint="daimm model list")
    owner = chain.model_owner(model)
    if owner != account:
        raise ChainRefused(
            f"Model {model} belongs to {owner}, not to {account}: choose its owner's account."
        )


def require_ether(chain: Chain, account: str) -> None:
    """Raise ChainRefused where the account cannot pay for gas; for a Safe, its owner does."""
    if chain.node.ether(account) == 0 and not chain.node.code(account):
        raise ChainRefused(
            f"{account} has no ether to pay for gas: send it some, or choose another account."
        )


def _require_parents(chain: Chain, parents: Sequence[Parent]) -> None:
    """Raise ChainRefused for a parent that there is not, before anything is encrypted."""
    for parent in parents:
        if parent.version > chain.version_count(parent.model):
            raise ChainRefused(
                f"There is no version {parent.version} of the parent model {parent.model}: check "
                "the lineage."
            )


@contextlib.contextmanager
def _sealed(
    seller: Seller,
    material: Material,
    model: int,
    label: bytes | None,
    stage: Stage,
    earlier: Earlier,
) -> Iterator[tuple[Draft, VersionRow | None]]:
    """The draft, and the version that an earlier run made of it, if there is one.

    Nobody else publishes the same meanwhile, which would make two of it; whoever saw the earlier
    run's transaction waiting can have registered a copy before.
    """
    me = seller.account.address
    purpose: dict[str, str | int] = {
        "chain": seller.chain.node.chain_id,
        "registry": seller.chain.book.address("ModelRegistry"),
        "seller": me,
        "model": model,
        "line": label.hex() if label else "new",
    }
    file = draft_file(seller.home, material, purpose)
    label = label or new_label(seller.home, seller.index, seller.seed, me)
    with alone(file.with_suffix(".lock"), "Another process publishes this right now: wait for it."):
        draft = seal(seller.store, file, material, seller.seed, label, purpose, stage)
        seller.index.sync()
        same = seller.index.versions_with_root(draft.artifact.plaintext_root)
        found = next((row for row in same if _is_mine(seller, draft, row)), None)
        if same and found is None:
            earlier(same)
        yield draft, found


def _is_mine(seller: Seller, draft: Draft, row: VersionRow) -> bool:
    model = draft.purpose["model"]
    mine = seller.index.model(row.model).owner == seller.account.address
    same_seal = row.details.artifact == draft.artifact.commitment
    return model in (0, row.model) and mine and same_seal and row.details.line == draft.line


def _described(
    seller: Seller, draft: Draft, material: Material, description: Description
) -> tuple[SignedManifest, Version]:
    """The signed manifest, in the store, and what the chain is to commit to."""
    chain_id = seller.chain.node.chain_id
    registry = f"eip155:{chain_id}:{seller.chain.book.address('ModelRegistry')}"
    me = f"eip155:{chain_id}:{seller.account.address}"
    secret = keys.line_secret(seller.seed, draft.label)
    commitment = draft.artifact.commitment
    body = manifests.make(
        {
            "spec": "daimm/manifest/1",
            "name": description.name,
            "version": description.version,
            "description": description.summary,
            "seller": me,
            "registry": registry,
            "files": manifests.files_part(material.files),
            "artifact": manifests.artifact_part(
                draft.artifact, draft.cid, draft.digests_cid, material.packing
            ),
            "key_line": manifests.key_line_part(
                secret, draft.label, seller=me, registry=registry, commitment=commitment
            ),
            "parents": [
                {
                    "model": parent.model,
                    "version": parent.version,
                    "relation": parent.relation.name.lower().replace("_", "-"),
                }
                for parent in description.parents
            ],
            "terms": description.terms,
            "benchmarks": [],
            "card": description.card.source,
        }
    )
    signed = _signed(body, seller.signer)
    signing.verify(signed, erc1271=functools.partial(accepts, seller.chain.node))
    details = manifests.to_version(signed)
    data = manifests.encode(signed)
    manifests.require_match(manifests.parse(data), details, list(description.parents))
    if seller.store.put_bytes(data) != manifests.cid(signed):
        raise VerificationFailed("The store did not keep the manifest as it is: check the disk.")
    return signed, details


def _signed(body: Manifest, signer: Signing) -> SignedManifest:
    """The manifest, signed by its seller; a Safe's owners sign what they are shown."""
    if not isinstance(signer, SafeSigner):
        return signing.sign(body, signer)
    return signing.attach(body, signer.sign_about(signing.typed_data(body), manifests.encode(body)))


def _require_committed(
    seller: Seller, model: int, version: int, details: Version, parents: Sequence[Parent]
) -> None:
    if not seller.chain.is_version(model, version, details, parents):
        raise VerificationFailed(
            f"The chain holds something else as version {version} of model {model} than was sent: "
            "do not sell it, and use another node."
        )


def _published(seller: Seller, draft: Draft, signed: SignedManifest) -> None:
    """What is on the chain may leave this machine, and only that."""
    Queue(seller.store).add(draft.cid, draft.digests_cid, manifests.cid(signed))
    draft.done()


def _found(seller: Seller, draft: Draft, row: VersionRow) -> Publication:
    """What an earlier run published; its manifest is in the store since then."""
    signed = read_listing(seller.chain, Fetcher(seller.store), row, bought=True).signed
    _published(seller, draft, signed)
    me = seller.account.address
    offers = seller.index.offers(model=row.model, version=row.version, seller=me)
    offer_id = offers[-1].offer_id if offers else None
    return Publication(row.model, row.version, offer_id, signed, None)
