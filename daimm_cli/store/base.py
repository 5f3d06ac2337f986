"""What every storage can do, and reading from one that nobody has to trust.

>>> for block in walk(source, Cid.parse(cid), max_size=1 << 30):
...     if isinstance(block, Leaf):
...         content = fetch_leaf(source, block)

A `BlockSource` hands out blocks by CID: the local store, a daemon, a gateway. Whatever it says is
checked against the CID before anyone sees it. Sizes and offsets are in bytes.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from daimm_cli.artifact.unixfs import DAG_PB, MAX_BLOCK, Cid, Leaf, Node
from daimm_cli.base.errors import DaimmError, VerificationFailed

_ADDRESS = re.compile(r"(ipfs://|(https?://[^/]+)?/?ipfs/)", re.ASCII)
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_CIDV0 = re.compile(rf"Qm[{_BASE58}]{{44}}", re.ASCII)
_MAX_DEPTH = 8
_SMALL_LEAF = 64 << 10
_INNER_SHARE = 512


class NotStored(DaimmError):
    """The storage does not hold what was asked for."""

    def __init__(self, cid: Cid | str) -> None:
        super().__init__(f"{cid} is not in this store: fetch it first, or check the CID.")


@dataclass(frozen=True)
class Stored:
    """A file held whole."""

    cid: str
    size: int


class BlockSource(Protocol):
    """Blocks by CID, from anywhere."""

    def block(self, cid: Cid, *, max_size: int = MAX_BLOCK) -> bytes:
        """The block. Raises NotStored, and may refuse one longer than `max_size`."""
        ...


def pasted(text: str) -> str:
    """The CID in what people paste: ipfs://CID, /ipfs/CID, a gateway's address of it, CIDv0.

    Raises DaimmError for anything else.
    """
    short = _ADDRESS.sub("", text.strip()).rstrip("/")
    if "/" in short:
        raise DaimmError("That is a path into a folder: give the CID of the file itself.")
    if not _CIDV0.fullmatch(short):
        return str(Cid.parse(short))
    number = 0
    for letter in short:
        number = number * 58 + _BASE58.index(letter)
    data = number.to_bytes(34, "big") if number.bit_length() <= 34 * 8 else b""
    if data[:2] != b"\x12\x20":
        raise DaimmError("That is no CID: check for a missing or changed letter.")
    return str(Cid(DAG_PB, data[2:]))


def fetch_block(source: BlockSource, cid: Cid, *, max_size: int = MAX_BLOCK) -> bytes:
    """A block from anywhere, checked. Raises VerificationFailed where it is another one."""
    block = source.block(cid, max_size=max_size)
    if len(block) > max_size:
        raise VerificationFailed(f"The block {cid} is larger than it may be: use another source.")
    cid.verify(block)
    return block


def walk(source: BlockSource, root: Cid, *, max_size: int) -> Iterator[Node | Leaf]:
    """The blocks of a file from the root down, depth first; inner ones are fetched and checked.

    Refuses a file larger than `max_size`, trees whose sizes do not add up, and trees that cost more
    to walk than they hold: of crumbs (leaves of under 64 KiB on average) or of padded inner blocks
    (the importers' are 0.01% of a file).
    """
    if root.codec != DAG_PB:
        size = len(fetch_block(source, root, max_size=min(max_size, MAX_BLOCK)))
        yield Leaf(root, 0, size)
        return
    offset = leaves = inner = 0
    stack = [(root, -1, 0)]
    while stack:
        cid, size, depth = stack.pop()
        if cid.codec != DAG_PB:
            leaves += 1
            if size > MAX_BLOCK or leaves * _SMALL_LEAF > max_size + MAX_BLOCK:
                raise _malformed(root)
            yield Leaf(cid, offset, size)
            offset += size
            continue
        node = Node(cid, fetch_block(source, cid))
        links = node.links
        total = sum(link.size for link in links)
        inner += len(node.block)
        costly = inner > MAX_BLOCK + max_size // _INNER_SHARE
        if costly or depth == _MAX_DEPTH or size not in (-1, total):
            raise _malformed(root)
        if total > max_size:
            raise VerificationFailed(
                f"{root} is {total} bytes, more than the {max_size} expected here: refused."
            )
        yield node
        stack += [(link.cid, link.size, depth + 1) for link in reversed(links)]


def file_size(source: BlockSource, root: Cid) -> int:
    """What a file's root block says of its size."""
    block = fetch_block(source, root)
    if root.codec != DAG_PB:
        return len(block)
    return sum(link.size for link in Node(root, block).links)


def fetch_leaf(source: BlockSource, leaf: Leaf) -> bytes:
    block = fetch_block(source, leaf.cid, max_size=leaf.size)
    if len(block) != leaf.size:
        raise VerificationFailed(
            f"The block {leaf.cid} is shorter than its file says: use another source."
        )
    return block


def _malformed(root: Cid) -> VerificationFailed:
    return VerificationFailed(f"The blocks under {root} do not form a file: use another source.")
