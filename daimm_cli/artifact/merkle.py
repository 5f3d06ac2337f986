"""The two Merkle roots of an artifact, its digest list, and proofs of single leaves.

>>> leaves = Leaves(size=10_000)
>>> leaves.slots, leaves.depth, leaves.length(2)
(3, 2, 1808)

A leaf covers 4 KiB, plaintext and ciphertext alike. `pd` is the digest of a plaintext leaf; the
digest list is all pds in slot order (docs/artifact.md has the offsets).
All hashes are SHA-256; roots, digests and siblings are 32 bytes each.
"""

import functools
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import BinaryIO

from daimm_cli.artifact.age import CHUNK, START, TAG, UNIT, Layout
from daimm_cli.base.errors import DaimmError, VerificationFailed

LEAF = 4096
LEAF_SIZES = tuple(1 << bits for bits in range(8, 15))
DIGEST = 32

_LEAF_TAG, _NODE_TAG = b"\x00", b"\x01"
_PROMISED = struct.Struct("x32s")


@functools.cache
def zero_node(level: int) -> bytes:
    """The node at `level` (0 = leaves) over nothing but missing slots."""
    if level == 0:
        return bytes(DIGEST)
    below = zero_node(level - 1)
    return node(below, below)


def node(left: bytes, right: bytes) -> bytes:
    return sha256(_NODE_TAG + left + right).digest()


def leaf_hash(pd: bytes, ciphertext: bytes | memoryview) -> bytes:
    """The combined leaf: binds a ciphertext leaf to what it was promised to decrypt to."""
    return sha256(_LEAF_TAG + pd + ciphertext).digest()


@dataclass(frozen=True)
class Leaves:
    """Where the leaves of a plaintext of `size` bytes lie, for leaves of `leaf_size` bytes."""

    size: int
    leaf_size: int = LEAF

    def __post_init__(self) -> None:
        if self.leaf_size not in LEAF_SIZES:
            raise DaimmError(f"A leaf has one of these sizes: {', '.join(map(str, LEAF_SIZES))}.")

    @functools.cached_property
    def layout(self) -> Layout:
        return Layout(self.size)

    @property
    def per_unit(self) -> int:
        """Slots of a full unit, 256 for 4 KiB leaves."""
        return UNIT // self.leaf_size

    @property
    def unit_depth(self) -> int:
        return min(self.per_unit.bit_length() - 1, self.depth)

    @property
    def depth(self) -> int:
        """Siblings in a proof."""
        return max(0, self.slots - 1).bit_length()

    @property
    def slots(self) -> int:
        return -(-self.size // self.leaf_size)

    @property
    def list_size(self) -> int:
        """Bytes of the digest list."""
        return self.slots * DIGEST

    def root(self, subroots: Sequence[bytes]) -> bytes:
        """The root over the subtrees of all units, in order."""
        return subtree(subroots, self.depth - self.unit_depth, self.unit_depth)

    def in_unit(self, unit: int) -> int:
        """Slots used in `unit`."""
        return -(-self.layout.payload(unit) // self.leaf_size)

    def offset(self, slot: int) -> int:
        """Where a leaf stands in the plaintext."""
        if not 0 <= slot < self.slots:
            raise DaimmError(f"There is no leaf {slot}: the artifact has {self.slots}.")
        return slot * self.leaf_size

    def file_offset(self, slot: int) -> int:
        offset = self.offset(slot)
        return START + offset + offset // CHUNK * TAG

    def length(self, slot: int) -> int:
        return min(self.leaf_size, self.size - self.offset(slot))


def digest_leaves(tagged: Sequence[memoryview]) -> list[bytes]:
    """pds of leaves that follow one another in memory, each with the byte before it.

    That byte is overwritten: the tag goes where the leaf before has been hashed already, so nothing
    is copied.
    """
    pds = []
    for view in tagged:
        view[0] = 2
        pds.append(sha256(view).digest())
    return pds


def combine_leaves(room: memoryview, leaf_size: int, pds: Sequence[bytes]) -> list[bytes]:
    """Combined leaves of a chunk's ciphertext in `room[33:]`; 33 bytes before each are lost."""
    leaves = []
    start = 0
    for pd in pds:
        _PROMISED.pack_into(room, start, pd)
        leaves.append(sha256(room[start : start + leaf_size + 33]).digest())
        start += leaf_size
    return leaves


def split(data: bytes) -> list[bytes]:
    """The digests that are joined in `data`."""
    return [data[i : i + DIGEST] for i in range(0, len(data), DIGEST)]


def subtree(nodes: Sequence[bytes], height: int, level: int = 0) -> bytes:
    """Root, `height` levels up, of `nodes` that start at `level`; missing ones are zero nodes."""
    for current in range(level, level + height):
        if not nodes:
            break
        if len(nodes) % 2:
            nodes = [*nodes, zero_node(current)]
        pairs = zip(nodes[::2], nodes[1::2], strict=True)
        nodes = [sha256(_NODE_TAG + left + right).digest() for left, right in pairs]
    return nodes[0] if nodes else zero_node(level + height)


def path(nodes: Sequence[bytes], index: int, height: int, level: int = 0) -> list[bytes]:
    """Siblings, lowest first, from `nodes[index]` to the root `height` levels up."""
    siblings = []
    for current in range(level, level + height):
        nodes = [*nodes, zero_node(current)] if len(nodes) % 2 else list(nodes)
        siblings.append(nodes[index ^ 1])
        nodes = [node(nodes[i], nodes[i + 1]) for i in range(0, len(nodes), 2)]
        index >>= 1
    return siblings


class DigestList:
    """A published digest list: pds in slot order, read by unit from a seekable file."""

    def __init__(self, file: BinaryIO, leaves: Leaves) -> None:
        self.leaves = leaves
        self._file = file
        if file.seek(0, 2) != leaves.list_size:
            raise VerificationFailed(
                f"The digest list must have {leaves.list_size} bytes for this artifact: "
                "fetch it again."
            )

    def unit(self, unit: int) -> list[bytes]:
        self._file.seek(unit * self.leaves.per_unit * DIGEST)
        size = self.leaves.in_unit(unit) * DIGEST
        data = self._file.read(size)
        if len(data) != size:
            raise VerificationFailed("The digest list became shorter while it was read: try again.")
        return split(data)

    def root(self) -> bytes:
        """The plaintext root that the list stands for."""
        height = self.leaves.unit_depth
        units = range(self.leaves.layout.units)
        return self.leaves.root([subtree(self.unit(each), height) for each in units])
