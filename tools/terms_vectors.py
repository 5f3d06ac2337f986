"""Writes tests/vectors/terms.json, the ids and digests that Solidity and Python tests share.

    python -m tools.terms_vectors

Each struct is there as JSON and as `abi`, its abi.encode. Versions are to be registered in order.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from daimm_cli.bindings.values import Struct, checksummed, encode
from daimm_cli.chain import terms
from daimm_cli.chain.terms import (
    MAX_PARENTS,
    ZERO_ADDRESS,
    ZERO_WORD,
    ModelId,
    Offer,
    Order,
    Parent,
    Relation,
    Version,
)
from daimm_cli.protocol.curve import N, SecretScalar

PATH = Path(__file__).parent.parent / "tests" / "vectors" / "terms.json"
CHAINS = (1, 31337, 2**64 - 1)


def word(label: str) -> bytes:
    return hashlib.sha256(label.encode()).digest()


def address(label: str) -> str:
    return checksummed("0x" + word(label)[:20].hex())


def offers() -> dict[str, Offer]:
    """Ordinary terms, the least and the most that the types hold."""
    return {
        "ordinary": Offer(
            seller=address("seller"),
            model=ModelId(7),
            version=2,
            last_version=terms.MAX_VERSION,
            transferable=True,
            line=SecretScalar(0xA11CE).point,
            token=address("token"),
            price=10**19,
            rule=ZERO_ADDRESS,
            rule_data=ZERO_WORD,
            delivery_fee=10**17,
            payout=address("payout"),
            payout_account=ZERO_WORD,
            delivery_time=3600,
            grace_period=1800,
            inspection=86_400,
            arbitrator=address("arbitrator"),
            duration=0,
            expires_at=1_900_000_000,
            supply=100,
            salt=word("salt"),
        ),
        "least": _offer(ZERO_ADDRESS, ZERO_WORD, SecretScalar(1), 0, False),
        "most": _offer("0x" + "ff" * 20, b"\xff" * 32, SecretScalar(N - 1), -1, True),
    }


def _offer(who: str, salt: bytes, line: SecretScalar, number: int, transferable: bool) -> Offer:
    """number: of every whole number, as a type holds it: -1 is the largest."""

    def uint(bits: int) -> int:
        return number & ((1 << bits) - 1)

    return Offer(
        seller=who,
        model=ModelId(uint(32)),
        version=uint(16),
        last_version=uint(16),
        transferable=transferable,
        line=line.point,
        token=who,
        price=uint(128),
        rule=who,
        rule_data=salt,
        delivery_fee=uint(128),
        payout=who,
        payout_account=salt,
        delivery_time=uint(32),
        grace_period=uint(32),
        inspection=uint(32),
        arbitrator=who,
        duration=uint(32),
        expires_at=uint(40),
        supply=uint(32),
        salt=salt,
    )


def orders() -> dict[str, Order]:
    """Likewise."""
    zero, full = ZERO_ADDRESS, "0x" + "ff" * 20
    buyer = SecretScalar(0xB0B).point
    return {
        "ordinary": Order(
            *(address("buyer"), address("friend"), address("referrer"), 10**18),
            *(buyer, 10**19, 10**17, word("order")),
        ),
        "least": Order(zero, zero, zero, 0, SecretScalar(1).point, 0, 0, ZERO_WORD),
        "most": Order(
            *(full, full, full, 2**128 - 1),
            *(SecretScalar(N - 1).point, 2**128 - 1, 2**128 - 1, b"\xff" * 32),
        ),
    }


def versions() -> list[tuple[int, int, Version, tuple[Parent, ...]]]:
    """(model, number, details, parents) as the registry numbers them."""
    every = tuple(Parent(ModelId(1), 1, relation) for relation in Relation)
    most = tuple(Parent(ModelId(1 + i % 2), 1, Relation.MERGE) for i in range(MAX_PARENTS))
    full = b"\xff" * 32
    return [
        (1, 1, _version("first"), ()),
        (1, 2, _version("second"), (Parent(ModelId(1), 1, Relation.FINE_TUNE),)),
        (2, 1, _version("other"), every),
        (
            2,
            2,
            Version(full, full, full, SecretScalar(N - 1).point, 2**16 - 1, full, full),
            most,
        ),
    ]


def _version(label: str) -> Version:
    return Version(
        manifest=word(f"{label} manifest"),
        artifact=word(f"{label} artifact"),
        plaintext_root=word(f"{label} root"),
        line=SecretScalar(0xA11CE).point,
        scheme=1,
        terms=word(f"{label} terms"),
        payee=word(f"{label} payee"),
    )


def generate() -> dict[str, Any]:
    """The whole file."""
    return {
        "markets": [_market(chain, address(f"market {chain}")) for chain in CHAINS],
        "versions": [
            {
                "model": model,
                "version": number,
                "details": {"json": details.to_json(), "abi": _abi(details)},
                "parents": {
                    "json": [parent.to_json() for parent in parents],
                    "abi": _hex(
                        encode(
                            [Parent.abi_type() + "[]"], [[parent.to_abi() for parent in parents]]
                        )
                    ),
                },
                "parents_hash": _hex(terms.parents_hash(parents)),
                "digest": _hex(terms.version_digest(model, number, details, parents)),
            }
            for model, number, details, parents in versions()
        ],
    }


def _market(chain: int, market: str) -> dict[str, Any]:
    offer_ids = {name: terms.offer_id(chain, market, offer) for name, offer in offers().items()}
    return {
        "chain_id": str(chain),
        "market": market,
        "domain": _hex(terms.domain(chain, market)),
        "offers": [
            {"json": offer.to_json(), "abi": _abi(offer), "id": _hex(offer_ids[name])}
            for name, offer in offers().items()
        ],
        "orders": [
            {
                "offer": _hex(offer_ids[name]),
                "json": order.to_json(),
                "abi": _abi(order),
                "id": _hex(identity := terms.order_id(chain, market, offer_ids[name], order)),
                "license": _hex(terms.license_id(market, identity).to_bytes(32)),
            }
            for name, order in orders().items()
        ],
    }


def _abi(struct: Struct) -> str:
    return _hex(encode([struct.abi_type()], [struct.to_abi()]))


def _hex(data: bytes) -> str:
    return "0x" + data.hex()


if __name__ == "__main__":
    PATH.write_text(json.dumps(generate(), indent=1) + "\n")
