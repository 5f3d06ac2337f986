"""What proves a court's randomness: a block's header, or the signature of drand's round.

>>> keccak(header(node, 8_412_006)) == node.header(8_412_006).hash
True
>>> len(signature("https://api.drand.sh", 1_000))
64
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from daimm_cli.base import bounded_json
from daimm_cli.base.errors import OutsideFailed
from daimm_cli.base.http import Client
from daimm_cli.base.text import origin
from daimm_cli.bindings.drand_randomness import DrandRandomness
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

SLOT = 12
"""Seconds a block of Ethereum."""


def since(session: Session, source: str, tick: int) -> int:
    """Seconds since the value of a tick has been there; negative before that. source: the contract
    whose ticks they are."""
    newest = session.chain.node.latest()
    if session.chain.kind_at(source) is DrandRandomness:
        return newest.time - session.chain.node.view(DrandRandomness(source).time_of(tick))
    return (newest.number - 1 - tick) * SLOT


def proof(session: Session, source: str, tick: int) -> bytes:
    """Of the value of a tick, which is there."""
    if session.chain.kind_at(source) is DrandRandomness:
        return signature(session.config.profile.drand, tick)
    return header(session.chain.node, tick)


def signature(relay: str, tick: int) -> bytes:
    """That of a round of drand's network evmnet, as a relay tells it; the contract verifies it."""
    who = f"The drand relay at {origin(relay)}"
    path = f"/v2/beacons/evmnet/rounds/{tick}"
    answer = Client(relay, who, read=10).ask("GET", path, most=1 << 12, patience=0)
    try:
        return bytes.fromhex(bounded_json.loads(answer.body, depth=4)["signature"])
    except (ValueError, TypeError, KeyError):
        raise OutsideFailed(
            f"{who} does not tell round {tick} of evmnet: name another as the profile's `drand`."
        ) from None


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
