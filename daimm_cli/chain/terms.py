"""The structs that the contracts hash: offers, purchases, orders, versions.

>>> offer = Offer.from_json(json.loads(text))
>>> offer_id(31337, market, offer) == bytes.fromhex(shown_by_the_chain)
True

Fields have the order, meaning and units of the Solidity structs (interfaces/types); amounts are in
the token's smallest unit, times in seconds, 32-byte words are `bytes`, addresses are checksummed
text. A value that does not fit its Solidity type raises DaimmError when the object is made. Ids
computed here equal the contracts' own.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

from daimm_cli.bindings.structs import Bps as Bps
from daimm_cli.bindings.structs import Claim, ClaimId, LicenseId, OfferId, OrderId, TermsHead
from daimm_cli.bindings.structs import LicenseState as LicenseState
from daimm_cli.bindings.structs import ModelId as ModelId
from daimm_cli.bindings.structs import Offer as Offer
from daimm_cli.bindings.structs import Order as Order
from daimm_cli.bindings.structs import Parent as Parent
from daimm_cli.bindings.structs import Purchase as Purchase
from daimm_cli.bindings.structs import Relation as Relation
from daimm_cli.bindings.structs import Version as Version
from daimm_cli.bindings.values import encode
from daimm_cli.protocol.curve import keccak

ZERO_ADDRESS = "0x" + "00" * 20
ZERO_WORD = bytes(32)
MAX_VERSION = 4095
"""As an offer's `last_version`: all that follow on the key line."""

MAX_PARENTS = 16


def relation_word(relation: Relation) -> str:
    """What people and manifests call it: `fine-tune`."""
    return relation.name.lower().replace("_", "-")


RELATIONS = {relation_word(each): each for each in Relation}


@functools.lru_cache(64)
def domain(chain_id: int, market: str) -> bytes:
    """keccak256(abi.encode(chain id, market)): part of every id, fixed when it was made."""
    return keccak(encode(["uint256", "address"], [chain_id, market]))


def offer_id(chain_id: int, market: str, offer: Offer) -> OfferId:
    """keccak256(abi.encode(domain, offer)): 32 bytes."""
    types = ["bytes32", Offer.abi_type()]
    return OfferId(keccak(encode(types, [domain(chain_id, market), offer.to_abi()])))


def order_id(chain_id: int, market: str, offer: bytes, order: Order) -> OrderId:
    """keccak256(abi.encode(domain, offer's id, order)): the delivery's request id."""
    types = ["bytes32", "bytes32", Order.abi_type()]
    return OrderId(keccak(encode(types, [domain(chain_id, market), offer, order.to_abi()])))


def deal(offer: Offer, order: Order) -> bytes:
    """abi.encode(offer, order): what an arbitrator's calls take."""
    return encode([Offer.abi_type(), Order.abi_type()], [offer.to_abi(), order.to_abi()])


def license_id(market: str, order: bytes) -> LicenseId:
    """The licence that `market` minted for the order with this id."""
    return LicenseId(int.from_bytes(keccak(encode(["address", "bytes32"], [market, order]))))


def claim_id(chain_id: int, claims: str, claim: Claim) -> ClaimId:
    """keccak256(abi.encode(domain, claim)), of the contract that is asked to hold the deal."""
    made = [domain(chain_id, claims), claim.to_abi()]
    return ClaimId(keccak(encode(["bytes32", Claim.abi_type()], made)))


def parents_hash(parents: Sequence[Parent]) -> bytes:
    """keccak256(abi.encode(parents)); zero where there are none."""
    if not parents:
        return ZERO_WORD
    return keccak(encode([Parent.abi_type() + "[]"], [[parent.to_abi() for parent in parents]]))


def terms_hash(head: TermsHead) -> bytes:
    """keccak256(abi.encode(TermsHead)): what a version commits to as its terms."""
    return keccak(encode([TermsHead.abi_type()], [head.to_abi()]))


def version_digest(
    model: int, version: int, details: Version, parents: Sequence[Parent] = ()
) -> bytes:
    """What the registry stores: keccak256(abi.encode(model, version, details, parentsHash)).

    Its last byte is zero.
    """
    types = ["uint32", "uint16", Version.abi_type(), "bytes32"]
    values = [model, version, details.to_abi(), parents_hash(parents)]
    return keccak(encode(types, values))[:31] + b"\0"
