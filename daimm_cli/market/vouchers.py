"""Prices that a seller signs: what IVouchers says of them, for wallets.

>>> signatures.hash_typed(typed(voucher, chain_id, rule)) == chain.node.view(rules.hash_of(voucher))
True
"""

from __future__ import annotations

from typing import Any

from daimm_cli.bindings.structs import Voucher
from daimm_cli.chain import signatures

_FIELDS = signatures.struct(
    "address market,bytes32 offer,address buyer,uint128 price,uint16 discount,uint32 uses,"
    "uint32 usesEach,uint40 expiresAt,uint16 referral,uint256 epoch,bytes32 salt"
)


def typed(voucher: Voucher, chain_id: int, rule: str) -> dict[str, Any]:
    """The EIP-712 message of a voucher; rule: the address of Vouchers."""
    names = (field["name"] for field in _FIELDS)
    return {
        "types": {"EIP712Domain": signatures.DOMAIN, "Voucher": _FIELDS},
        "primaryType": "Voucher",
        "domain": signatures.domain("DAIMM Vouchers", "1", chain_id, rule),
        "message": dict(zip(names, voucher.to_abi(), strict=True)),
    }
