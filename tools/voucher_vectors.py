"""Writes tests/vectors/vouchers.json: what wallets sign for a voucher, that Solidity tests share.

    python -m tools.voucher_vectors

A voucher is its eleven fields as words, one after another; its hash is eth_account's.
"""

from __future__ import annotations

import dataclasses
import itertools
import json
from pathlib import Path
from typing import Any

from daimm_cli.bindings.structs import Bps, OfferId, Voucher
from daimm_cli.bindings.values import encode
from daimm_cli.chain.signatures import hash_typed
from daimm_cli.chain.terms import ZERO_ADDRESS
from daimm_cli.market.vouchers import typed
from daimm_cli.protocol.curve import keccak

PATH = Path(__file__).parent.parent / "tests" / "vectors" / "vouchers.json"
CHAIN, RULE = 8453, "0x5FbDB2315678afecb367f032d93F642f64180aa3"
MARKET, BUYER = "0x5FC8d32690cc91D4c39d9d3abcBD16989F875707", "0x" + "ff" * 20

EMPTY = Voucher(
    *(ZERO_ADDRESS, OfferId(bytes(32)), ZERO_ADDRESS, 0, Bps(0), 0, 0, 0, Bps(0), 0, bytes(32))
)
FULL = Voucher(
    *(MARKET, OfferId(keccak(b"offer")), BUYER, 2**128 - 1, Bps(2**16 - 1), 2**32 - 1, 2**32 - 1),
    *(2**40 - 1, Bps(2**16 - 1), 2**256 - 1, keccak(b"salt")),
)


def cases() -> list[Voucher]:
    """One of nothing, one with each field alone, one of all."""
    names = [field.name for field in dataclasses.fields(Voucher)]
    alone = [dataclasses.replace(EMPTY, **{name: getattr(FULL, name)}) for name in names]
    return [EMPTY, *alone, FULL]


def generate() -> dict[str, Any]:
    """By the name that the test reads."""
    words = itertools.chain.from_iterable(map(_words, cases()))
    hashes = [hash_typed(typed(each, CHAIN, RULE)) for each in cases()]
    return {
        "chain": CHAIN,
        "rule": RULE,
        "vouchers": [f"0x{word.hex()}" for word in words],
        "hashes": [f"0x{each.hex()}" for each in hashes],
    }


def _words(voucher: Voucher) -> list[bytes]:
    values = dataclasses.astuple(voucher)
    return [encode([kind], [value]) for kind, value in zip(Voucher.KINDS, values, strict=True)]


if __name__ == "__main__":
    PATH.write_text(json.dumps(generate(), indent=0) + "\n")
