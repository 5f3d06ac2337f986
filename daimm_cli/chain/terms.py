"""The structs that the contracts hash: offers, purchases, orders, versions.

>>> offer = Offer.from_json(json.loads(text))
>>> offer_id(31337, market, offer) == bytes.fromhex(shown_by_the_chain)
True

Fields have the order, meaning and units of the Solidity structs (interfaces/IMarket.sol and
IModelRegistry.sol say each one's); amounts are in the token's smallest unit, times in seconds,
32-byte words are `bytes`, addresses are checksummed text. A value that does not fit its Solidity
type raises DaimmError when the object is made (`daimm_cli.chain.structs`). Ids computed here equal
the contracts' own.
"""

from __future__ import annotations

import enum
import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from daimm_cli.base.errors import DaimmError
from daimm_cli.chain.structs import (
    Address,
    Bytes32,
    PointPair,
    Struct,
    Uint16,
    Uint32,
    Uint40,
    Uint128,
    encode,
)
from daimm_cli.protocol.curve import keccak

ZERO_ADDRESS = "0x" + "00" * 20
ZERO_WORD = bytes(32)
MAX_VERSION = 4095
"""As an offer's `last_version`: all that follow on the key line."""

MAX_PARENTS = 16


class Relation(enum.IntEnum):
    """How a version was made from its parent."""

    FINE_TUNE = 0
    DISTIL = 1
    QUANTISE = 2
    MERGE = 3
    COMPOSE = 4


class LicenseState(enum.IntEnum):
    """Where a licence stands: interfaces/IModelLicense.sol."""

    NONE = 0
    PENDING = 1
    ACTIVE = 2
    SETTLED = 3
    BURNED = 4


@dataclass(frozen=True)
class Parent(Struct):
    """A version that another version was made from."""

    TITLE: ClassVar[str] = "parent"

    model: Uint32
    version: Uint16
    relation: Annotated[Relation, "uint8"]

    def __post_init__(self) -> None:
        super().__post_init__()
        try:
            object.__setattr__(self, "relation", Relation(self.relation))
        except ValueError:
            raise DaimmError(
                f"There is no relation {self.relation} between versions: they are 0 to "
                f"{max(Relation)}."
            ) from None


@dataclass(frozen=True)
class Version(Struct):
    """All that the chain commits to for one version, but for its parents, which go beside it."""

    TITLE: ClassVar[str] = "version"

    manifest: Bytes32
    artifact: Bytes32
    plaintext_root: Bytes32
    line: PointPair
    scheme: Uint16 = 1
    terms: Bytes32 = ZERO_WORD
    split_id: Bytes32 = ZERO_WORD


@dataclass(frozen=True)
class Offer(Struct):
    """The terms of a sale; `offer_id` is their hash."""

    TITLE: ClassVar[str] = "offer"

    seller: Address
    model: Uint32
    version: Uint16
    last_version: Uint16
    transferable: Annotated[bool, "bool"]
    scheme: Uint16
    line: PointPair
    token: Address
    price: Uint128
    delivery_fee: Uint128
    payout: Address
    payout_account: Bytes32
    delivery_time: Uint32
    grace_period: Uint32
    inspection: Uint32
    arbitrator: Address
    duration: Uint32
    expires_at: Uint40
    supply: Uint32
    salt: Bytes32

    @property
    def total(self) -> int:
        """What a buyer pays: price and delivery fee."""
        return self.price + self.delivery_fee


@dataclass(frozen=True)
class Purchase(Struct):
    """What a buyer signs up to."""

    TITLE: ClassVar[str] = "purchase"

    key: PointPair
    max_total: Uint128
    tx_deadline: Uint40
    salt: Bytes32


@dataclass(frozen=True)
class Order(Struct):
    """A purchase as frozen; `order_id` commits to it and to its offer."""

    TITLE: ClassVar[str] = "order"

    buyer: Address
    recipient: Address
    key: PointPair
    price: Uint128
    protocol_fee: Uint128
    salt: Bytes32


@functools.lru_cache(64)
def domain(chain_id: int, market: str) -> bytes:
    """keccak256(abi.encode(chain id, market)): part of every id, fixed when it was made."""
    return keccak(encode(["uint256", "address"], [chain_id, market]))


def offer_id(chain_id: int, market: str, offer: Offer) -> bytes:
    """keccak256(abi.encode(domain, offer)): 32 bytes."""
    types = ["bytes32", Offer.abi_type()]
    return keccak(encode(types, [domain(chain_id, market), offer.to_abi()]))


def order_id(chain_id: int, market: str, offer: bytes, order: Order) -> bytes:
    """keccak256(abi.encode(domain, offer's id, order)): the delivery's request id."""
    types = ["bytes32", "bytes32", Order.abi_type()]
    return keccak(encode(types, [domain(chain_id, market), offer, order.to_abi()]))


def license_id(market: str, order: bytes) -> int:
    """The licence that `market` minted for the order with this id."""
    return int.from_bytes(keccak(encode(["address", "bytes32"], [market, order])))


def parents_hash(parents: Sequence[Parent]) -> bytes:
    """keccak256(abi.encode(parents)); zero where there are none."""
    if not parents:
        return ZERO_WORD
    return keccak(encode([Parent.abi_type() + "[]"], [[parent.to_abi() for parent in parents]]))


def version_digest(
    model: int, version: int, details: Version, parents: Sequence[Parent] = ()
) -> bytes:
    """What the registry stores: keccak256(abi.encode(model, version, details, parentsHash)).

    Its last byte is zero.
    """
    types = ["uint32", "uint16", Version.abi_type(), "bytes32"]
    values = [model, version, details.to_abi(), parents_hash(parents)]
    return keccak(encode(types, values))[:31] + b"\0"
