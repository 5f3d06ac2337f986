"""What proves a court's randomness: the header of the block that it comes from.

>>> keccak(header(node, 8_412_006)) == node.header(8_412_006).hash
True
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from daimm_cli.base.errors import DaimmError, OutsideFailed
from daimm_cli.protocol.curve import keccak

if TYPE_CHECKING:
    from daimm_cli.chain.reader import Reader
    from daimm_cli.session.session import Session

WORDS = ("parentHash", "sha3Uncles", "miner", "stateRoot", "transactionsRoot", "receiptsRoot")
AMOUNTS = ("difficulty", "number", "gasLimit", "gasUsed", "timestamp")
BLOBS = ("blobGasUsed", "excessBlobGas")
FIELDS = (
    *(*WORDS, "logsBloom", *AMOUNTS, "extraData", "mixHash", "nonce", "baseFeePerGas"),
    *("withdrawalsRoot", *BLOBS, "parentBeaconBlockRoot", "requestsHash", "blockAccessListHash"),
)
"""What a header has, in its order: the last ones came with one fork each, and none goes."""


def proof(session: Session, source: str, tick: int) -> bytes | None:
    """Of the value of a tick; None where it is not there yet. source: a contract of the book."""
    node = session.chain.node
    if session.chain.book.names.get(source) != "HeaderRandomness":
        raise DaimmError(f"What proves the randomness of {source} is not known to daimm.")
    return header(node, tick) if tick < node.latest().number else None


def header(node: Reader, number: int) -> bytes:
    """A block's header as it is hashed; OutsideFailed where the node does not tell all of it."""
    with node.asking("read a block"):
        block = node.ask("eth_getBlockByNumber", hex(number), False)
        told = [_field(name, block[name]) for name in FIELDS if block.get(name) is not None]
        encoded = _rlp(b"".join(_rlp(field, 0x80) for field in told), 0xC0)
        if keccak(encoded) != bytes.fromhex(block["hash"][2:]):
            raise OutsideFailed(
                f"{node.who} does not tell all of block {number}'s header: use another node."
            )
    return encoded


def _field(name: str, value: Any) -> bytes:
    if name in (*AMOUNTS, *BLOBS, "baseFeePerGas"):
        number = int(value, 16)
        return number.to_bytes((number.bit_length() + 7) // 8)
    return bytes.fromhex(value[2:])


def _rlp(item: bytes, kind: int) -> bytes:
    """Of bytes (0x80), or of a list of what was encoded (0xC0)."""
    if kind == 0x80 and len(item) == 1 and item[0] < kind:
        return item
    if len(item) < 56:
        return bytes([kind + len(item)]) + item
    size = len(item).to_bytes((len(item).bit_length() + 7) // 8)
    return bytes([kind + 55 + len(size)]) + size + item
