"""Proving that what was sold is not what was promised.

>>> proof = prove_wrong(session, order, version)  # finds the leaf and verifies, sends nothing
>>> session.chain.node.send(conviction(session.chain, version, proof), session.account)

The proof shows the line's key to whoever sees it: a node that only tries the transaction has it. So
all that the contract checks is checked here first.
"""

from __future__ import annotations

import contextlib
import dataclasses
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from daimm_cli.artifact import age, pipeline
from daimm_cli.artifact.merkle import digest_leaves
from daimm_cli.artifact.proof import LeafProof, prove_leaf
from daimm_cli.base.errors import ChainRefused, VerificationFailed
from daimm_cli.bindings.structs import Commitment, Leaf, ModelId, WrongContent
from daimm_cli.chain.terms import parents_hash
from daimm_cli.index.deals import key_rows
from daimm_cli.market.handover import Handover
from daimm_cli.market.key_requests import line_key
from daimm_cli.market.listing import obtain, read_listing
from daimm_cli.market.lookup import Held
from daimm_cli.market.receive import encryption_key, opened, take_delivered
from daimm_cli.protocol.curve import Point, compress, keccak
from daimm_cli.protocol.delivery import KeyRequest
from daimm_cli.protocol.keys import file_key
from daimm_cli.protocol.opening import open_key, verify_opening

if TYPE_CHECKING:
    from daimm_cli.chain.client import Chain
    from daimm_cli.chain.node import Call
    from daimm_cli.index.rows import OrderRow, VersionRow
    from daimm_cli.market.listing import Sealed
    from daimm_cli.protocol.curve import SecretScalar
    from daimm_cli.protocol.delivery import KeyProof
    from daimm_cli.session.session import Session


def prove_wrong(session: Session, order: OrderRow, version: VersionRow) -> WrongContent:
    """The proof of who acts that the order's version holds a leaf that was not promised.

    Verified as the contract would, without telling anybody. Raises ChainRefused where every byte
    is what was promised, and as `fetch.fetch` for what cannot be opened.
    """
    if version.convicted:
        raise ChainRefused(
            f"Version {version.version} of model {version.model} was proven wrong already.",
            hint=f"daimm order show 0x{order.order_id.hex()}",
        )
    sealed = obtain(session, read_listing(session, version, bought=True))
    key = file_key(line_key(session, Held(order, None), version))
    record = sealed.signed.artifact_record
    home = session.config.ensure_home()
    slot = wrong_leaf(sealed, key, compress(version.details.line), home)
    if slot is None:
        raise ChainRefused("Every byte is what was promised: there is nothing to prove.")
    with sealed.stage("proving the leaf") as report:
        leaf = prove_leaf(sealed.ciphertext, sealed.digests, slot, record, progress=report)
    x, request, shown = _delivered(session, order, version)
    context = context_of(session.chain, version.model, version.version, session.me.address)
    proof = WrongContent(
        Commitment(*dataclasses.astuple(record)),
        open_key(x, request, shown, context),
        Leaf(leaf.slot, leaf.pd, leaf.ciphertext, leaf.siblings),
    )
    require_wrong(context, version.details.line, version.details.artifact, proof)
    return proof


def _delivered(
    session: Session, order: OrderRow, version: VersionRow
) -> tuple[SecretScalar, KeyRequest, KeyProof]:
    """What the seller delivered to this home of the version's line, for the order or for what its
    holder asked for later; the proof holds."""
    chain, index, line = session.chain, session.index, version.details.line
    for row in key_rows(index, license=str(order.license_id)):
        it = Handover.of(chain, index, row)
        right = it.terms.line == line and not row.passed and it.made_by(session.seed)
        if row.proof and right:
            x = it.asker.secret(session.seed)
            opened(it.request, row.proof, x)
            return x, it.request, row.proof
    if line != order.offer.line:
        raise ChainRefused(
            f"The key of version {version.version} was passed on by a holder: a proof takes what "
            "the seller delivers. Ask whoever bought from the seller to prove it."
        )
    take_delivered(session, order)
    assert order.proof is not None
    x = encryption_key(chain, session.seed, order.offer_id, order.order.buyer, order.order.salt)
    return x, KeyRequest(order.order_id, line, order.order.key), order.proof


def conviction(chain: Chain, version: VersionRow, proof: WrongContent) -> Call:
    """What convicts the version."""
    parents = parents_hash(list(version.parents))
    return chain.deployed.registry.convict(
        ModelId(version.model), version.version, version.details, parents, proof
    )


def refund_open(session: Session, version: VersionRow) -> list[OrderRow]:
    """Take back what who acts paid for a convicted version and the market still holds, in one
    transaction; the orders."""
    node, market, me = session.chain.node, session.chain.deployed.market, session.me.address
    calls = {}
    for row in session.index.orders(buyer=me, limit=None):
        place = row.offer.model, row.offer.version
        if row.is_open and place == (version.model, version.version):
            call = market.refund(row.offer, row.order)
            with contextlib.suppress(ChainRefused):
                node.simulate(call, me)
                calls[row.order_id] = row, call
    if calls:
        node.send(market.together([call for _, call in calls.values()], "refund"), session.account)
    return [row for row, _ in calls.values()]


def context_of(chain: Chain, model: int, version: int, claimant: str) -> bytes:
    """What a proof is bound to, as the registry has it."""
    registry = int(chain.book.address("ModelRegistry"), 16)
    words = (chain.node.chain_id, registry, model, version, int(claimant, 16))
    return keccak(b"".join(word.to_bytes(32, "big") for word in words))


def require_wrong(context: bytes, line: Point, artifact: bytes, proof: WrongContent) -> None:
    """Raises VerificationFailed or ChainRefused unless the contract would convict."""
    commitment, leaf = proof.commitment, proof.leaf
    committed = pipeline.Artifact(*commitment.to_abi())
    if committed.commitment != artifact:
        raise VerificationFailed("The version commits to another artifact.")
    leaves = committed.leaves
    shown = LeafProof(leaf.slot, leaf.digest, leaf.ciphertext, tuple(leaf.siblings))
    shown.verify(commitment.combined_root, leaves)
    verify_opening(line, proof.opening, context)
    key = age.payload_key(file_key(proof.opening.key), commitment.nonce)
    plain = age.ChunkCipher(key, leaves.layout).open_at(leaves.offset(leaf.slot), leaf.ciphertext)
    if digest_leaves([memoryview(bytearray(1) + plain)]) == [leaf.digest]:
        raise ChainRefused(f"Leaf {leaf.slot} is what was promised: there is nothing to prove.")


def wrong_leaf(sealed: Sealed, key: bytes, line: bytes, home: Path) -> int | None:
    """The first leaf that is not what was promised; None where every one is."""
    files, record = (sealed.ciphertext, sealed.digests), sealed.signed.artifact_record
    with TemporaryDirectory(dir=home) as folder, sealed.stage("decrypting") as report:
        try:
            target = Path(folder) / "opened"
            pipeline.unseal(*files, target, key, line, record, progress=report)
        except pipeline.WrongContent as wrong:
            return wrong.slot
        except VerificationFailed as error:
            raise sealed.damaged(error) from None
    return None
