"""Keys that a holder passes on: shown on the chain once, then to whoever asks with a point for it.

>>> held = show(session, order)            # a transaction, where the chain does not know it yet
>>> key = ask(session, session.seed, listing_id, taker, salt, shown(session.index, line, held))

What is passed on is proven to be the line's key, so nobody has to trust the holder, and the line's
seller is not needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from daimm_cli.base.errors import ChainRefused, DaimmError, VerificationFailed
from daimm_cli.bindings.structs import HeldKey
from daimm_cli.index.columns import struct
from daimm_cli.market.receive import encryption_key, require_delivered
from daimm_cli.protocol import passing as proofs
from daimm_cli.protocol.curve import Point, SecretPoint, SecretScalar
from daimm_cli.protocol.delivery import KeyProof, KeyRequest, hinted, open_delivery
from daimm_cli.protocol.keys import order_key
from daimm_cli.protocol.passing import PassRequest

if TYPE_CHECKING:
    from daimm_cli.bindings.calls import Call
    from daimm_cli.index.index import Index
    from daimm_cli.index.rows import OrderRow
    from daimm_cli.session.session import Session


@dataclass(frozen=True)
class Holding:
    """A key that this home can pass on. held: as the chain names it; secret: what it was made with;
    shows: the call by which the chain comes to know it."""

    held: HeldKey
    secret: SecretScalar
    shows: Call


def of_order(session: Session, row: OrderRow) -> Holding:
    """What an order of this home brought.

    Raises ChainRefused where no key was delivered, DaimmError where another home has it.
    """
    return Holding(_held(session, row), _secret(session, row), _shows(session, row))


def show(session: Session, row: OrderRow) -> HeldKey:
    """Have the chain know the key that an order brought, also one of somebody else."""
    held = _held(session, row)
    prove(session, row.offer.line, held, _shows(session, row))
    return held


def prove(session: Session, line: Point, held: HeldKey, shows: Call) -> bytes:
    """Have the chain know a key, in a transaction where it does not yet; the name of it there."""
    chain, name = session.chain, proofs.held_id(line, held)
    if not chain.node.view(chain.deployed.key_requests.is_proven(name)):
        chain.node.send(shows, session.account)
    return name


def shown(index: Index, line: Point, name: bytes) -> HeldKey:
    """The key that the chain knows by this name, as its event tells it; VerificationFailed where
    it is none of this line's."""
    query = "SELECT * FROM key_requests_key_proven WHERE id = :id LIMIT 1"
    for row in index.select(query, id=name):
        held = struct(HeldKey, row, "held_")
        if proofs.held_id(line, held) == name:
            return held
    raise VerificationFailed(
        "The node does not tell which key the holder would pass on: use another node."
    )


def opened(
    held: HeldKey, request: PassRequest, proof: KeyProof, secret: SecretScalar
) -> SecretPoint:
    """S from what the chain's event keeps; VerificationFailed where it is no proof."""
    proofs.verify_passing(held, request, proofs.hinted(held, request, proof))
    return open_delivery(secret, proof.z)


def _held(session: Session, row: OrderRow) -> HeldKey:
    require_delivered(row, session.now)
    if row.proof is None:
        raise ChainRefused("No key was delivered for this licence: there is none to pass on.")
    return proofs.delivered(row.order.key, row.proof.z)


def _shows(session: Session, row: OrderRow) -> Call:
    assert row.proof is not None
    request = KeyRequest(row.order_id, row.offer.line, row.order.key)
    given = hinted(request, row.proof)
    contract = session.chain.deployed.key_requests
    return contract.prove(row.order_id, request.line, request.key, given)


def _secret(session: Session, row: OrderRow) -> SecretScalar:
    chain, order = session.chain, row.order
    x = encryption_key(chain, session.seed, row.offer_id, order.buyer, order.salt)
    if order_key(x) != order.key:
        raise DaimmError(
            f"The key of this licence is in the home that bought it ({order.buyer}): pass it on "
            "from there."
        )
    return x
