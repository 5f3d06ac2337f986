"""Whose signature it is: a key's by recovery, a contract's by asking it (ERC-1271).

>>> recovered(digest, signature)
'0x8fd379246834eac74B8419FfdA202CF8051F7A03'
>>> accepts(node, "0x41675C099F32341bf84BFc5382aF534df5C7461a", digest, signature)
True

A contract's answer holds for the moment of asking: owners change. It is asked with little gas, and
whatever it does but return the magic value makes the signature invalid.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from daimm_cli.bindings.values import encode
from daimm_cli.protocol.curve import N, keccak

if TYPE_CHECKING:
    from daimm_cli.chain.node import Node

MAGIC = bytes.fromhex("1626ba7e")
"""isValidSignature(bytes32,bytes): the function's selector, and what it returns for yes."""

GAS = 3_000_000
"""What a contract may spend on an answer: a Safe of 30 owners takes a tenth of it."""

_CONTRACTS_FAULT = ("gas", "revert", "opcode", "stack", "jump", "evm", "execution", "memory")


def struct(fields: str) -> list[dict[str, str]]:
    """The fields of an EIP-712 struct, from how its type is written: 'address to,bytes data'."""
    return [dict(zip(("type", "name"), field.split(), strict=True)) for field in fields.split(",")]


_DOMAIN = "string name,string version,uint256 chainId,address verifyingContract"
DOMAIN = struct(_DOMAIN)
"""The fields of an EIP-712 domain as all that is signed here has it."""


def domain(name: str, version: str, chain_id: int, contract: str) -> dict[str, Any]:
    """An EIP-712 domain. contract: who verifies."""
    return {
        "name": name,
        "version": version,
        "chainId": chain_id,
        "verifyingContract": contract,
    }


def separator(name: str, version: str, chain_id: int, contract: str) -> bytes:
    """The hash of such a domain, as a contract has it."""
    texts = (f"EIP712Domain({_DOMAIN})", name, version)
    words = [keccak(text.encode()) for text in texts]
    return keccak(encode(["bytes32"] * 3 + ["uint256", "address"], [*words, chain_id, contract]))


def hash_typed(full_message: Mapping[str, Any]) -> bytes:
    """The 32 bytes that a signature of EIP-712 data is over: keccak256(0x1901 || domain || it)."""
    from eth_account.messages import encode_typed_data

    encoded = encode_typed_data(full_message=dict(full_message))
    return keccak(b"\x19" + encoded.version + encoded.header + encoded.body)


def recovered(digest: bytes, signature: bytes) -> str | None:
    """The address whose key signed the 32-byte digest; None for what is malformed or malleable.

    signature: r, s and v of 27 or 28, in 65 bytes.
    """
    from eth_keys.datatypes import Signature
    from eth_keys.exceptions import BadSignature
    from eth_utils.exceptions import ValidationError

    if len(signature) != 65 or signature[64] not in (27, 28):
        return None
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big")
    if s > N // 2:
        return None
    try:
        parsed = Signature(vrs=(signature[64] - 27, r, s))
        return str(parsed.recover_public_key_from_msg_hash(digest).to_checksum_address())
    except (BadSignature, ValidationError):
        return None


def accepts(node: Node, account: str, digest: bytes, signature: bytes) -> bool:
    """Whether the contract at `account` takes the signature of the 32-byte digest for its own.

    Raises OutsideFailed where the node cannot be asked.
    """
    from daimm_cli.chain.errors import NodeRefused

    if not node.code(account):
        return False
    data = MAGIC + encode(["bytes32", "bytes"], [digest, signature])
    question = {"to": account, "data": "0x" + data.hex(), "gas": hex(GAS)}
    with node.asking("check a signature"):
        try:
            answer = node.call(question)
        except NodeRefused as error:
            said = error.said.lower()
            if error.reverted or any(word in said for word in _CONTRACTS_FAULT):
                return False
            raise
    return answer == MAGIC.ljust(32, b"\0")
