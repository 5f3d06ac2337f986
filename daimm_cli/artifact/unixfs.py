"""CIDs of files by the profile `unixfs-v1-2025`: CIDv1, raw leaves, 1 MiB chunks, 1024 links.

>>> dag_of_file(io.BytesIO(b"hello")).cid
'bafkreibm6jg3ux5qumhcn2b3flc3tyu6dmlb4xa7u5bf44yegnrjhc4yeq'

Computed with the standard library, as Kubo and npm's ipfs-unixfs-importer compute it. Blocks:
https://specs.ipfs.tech/unixfs/ (UnixFS) and https://ipld.io/specs/codecs/dag-pb/spec/ (dag-pb).
Sizes and offsets are in bytes.
"""

from __future__ import annotations

import base64
import os
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, BinaryIO

from daimm_cli.artifact.protobuf import field, fields, varint
from daimm_cli.base.errors import DaimmError, VerificationFailed

if TYPE_CHECKING:
    from concurrent.futures import Future

    from daimm_cli.base.files import Progress

CHUNK = 1 << 20
LINKS = 1024
RAW, DAG_PB = 0x55, 0x70
MAX_BLOCK = 2 << 20
_FILE = 2
_SHA256 = b"\x12\x20"
_CID_LENGTH = 36


@dataclass(frozen=True)
class Cid:
    """A CIDv1 with SHA-256: `codec` is RAW or DAG_PB, `digest` has 32 bytes."""

    codec: int
    digest: bytes

    @classmethod
    def parse(cls, text: str) -> Cid:
        """Refuses every other kind of CID, and anything that is none."""
        try:
            padded = text[1:].upper() + "=" * (-len(text[1:]) % 8)
            if len(text) == 59 and text[0] == "b" and text == text.lower():
                cid = cls.from_bytes(base64.b32decode(padded))
                if str(cid) == text:
                    return cid
        except ValueError:
            pass
        raise DaimmError(
            "That is not a CID this program reads (CIDv1 in base32, SHA-256, raw or dag-pb): "
            "check for a missing or changed letter."
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> Cid:
        if len(data) != _CID_LENGTH or data[0] != 1 or data[2:4] != _SHA256:
            raise ValueError("not a CIDv1 with SHA-256")
        if data[1] not in (RAW, DAG_PB):
            raise ValueError("neither raw nor dag-pb")
        return cls(data[1], data[4:])

    def __bytes__(self) -> bytes:
        return bytes([1, self.codec]) + _SHA256 + self.digest

    def __str__(self) -> str:
        return "b" + base64.b32encode(bytes(self)).decode().lower().rstrip("=")

    def verify(self, block: bytes | memoryview) -> None:
        if sha256(block).digest() != self.digest:
            raise VerificationFailed(
                f"A block is not what its CID {self} says: the source is corrupt, use another."
            )


@dataclass(frozen=True)
class Leaf:
    """A raw block: bytes [offset, offset + size) of the file."""

    cid: Cid
    offset: int
    size: int


@dataclass(frozen=True)
class Link:
    cid: Cid
    size: int  # bytes of the file below it


@dataclass(frozen=True)
class Node:
    """A dag-pb block of a file."""

    cid: Cid
    block: bytes

    @property
    def links(self) -> list[Link]:
        return parse_node(self.block)


@dataclass(frozen=True)
class Dag:
    """A file's root and inner blocks; the leaves are ranges of the file itself.

    `nodes` is empty for a file of one chunk, whose root is the raw block. Inner blocks take 50
    bytes per MiB of the file.
    """

    root: Cid
    size: int
    nodes: tuple[Node, ...]

    @property
    def cid(self) -> str:
        return str(self.root)

    def blocks(self) -> Iterator[Node | Leaf]:
        """All blocks from the root down, depth first: the order of a CAR stream."""
        by_cid = {node.cid: node for node in self.nodes}
        stack = [Link(self.root, self.size)]
        offset = 0
        while stack:
            link = stack.pop()
            if link.cid.codec == DAG_PB:
                node = by_cid[link.cid]
                yield node
                stack.extend(reversed(node.links))
            else:
                yield Leaf(link.cid, offset, link.size)
                offset += link.size

    def leaves(self) -> Iterator[Leaf]:
        return (block for block in self.blocks() if isinstance(block, Leaf))


def dag_of_chunks(chunks: Sequence[tuple[bytes, int]], links: int = LINKS) -> Dag:
    """The DAG over a file's chunks: SHA-256 of each, and its bytes: `CHUNK`, less at the end.

    A file without chunks is one empty raw block.
    """
    level = [(Link(Cid(RAW, digest), size), size) for digest, size in chunks]
    level = level or [(Link(Cid(RAW, sha256().digest()), 0), 0)]
    nodes: list[Node] = []
    while len(level) > 1:
        groups = [level[i : i + links] for i in range(0, len(level), links)]
        level = [_joined(group, nodes) for group in groups]
    return Dag(level[0][0].cid, level[0][0].size, tuple(nodes))


def _joined(children: list[tuple[Link, int]], nodes: list[Node]) -> tuple[Link, int]:
    """One link to all of these, by a new node; each with the bytes of all blocks below it."""
    block = encode_node(children)
    nodes.append(Node(Cid(DAG_PB, sha256(block).digest()), block))
    size = sum(link.size for link, _ in children)
    return Link(nodes[-1].cid, size), len(block) + sum(total for _, total in children)


def dag_of_file(
    file: BinaryIO, *, copy_to: BinaryIO | None = None, progress: Progress | None = None
) -> Dag:
    """One pass over `file` from its position to its end, hashing on two threads, in 6 MiB.

    What is read is written to `copy_to`, where given. `progress` is called with (bytes done,
    bytes in all).
    """
    from concurrent.futures import ThreadPoolExecutor

    chunks: list[tuple[bytes, int]] = []
    total = os.fstat(file.fileno()).st_size if progress else 0
    waiting: deque[tuple[Future[bytes], int]] = deque()
    done = 0
    with ThreadPoolExecutor(2) as pool:
        chunk = _read(file)
        while chunk or waiting:
            if chunk:
                if copy_to:
                    copy_to.write(chunk)
                waiting.append((pool.submit(_digest, chunk), len(chunk)))
            if len(waiting) == 4 or not chunk:
                future, size = waiting.popleft()
                chunks.append((future.result(), size))
                done += size
                if progress:
                    progress(done, total)
            chunk = _read(file) if len(chunk) == CHUNK else b""
    return dag_of_chunks(chunks)


def _digest(data: bytes) -> bytes:
    return sha256(data).digest()


def _read(file: BinaryIO) -> bytes:
    """A whole chunk, shorter only at the end of the file (raw and piped files read short)."""
    chunk = file.read(CHUNK)
    while 0 < len(chunk) < CHUNK and (more := file.read(CHUNK - len(chunk))):
        chunk += more
    return chunk


def encode_node(children: list[tuple[Link, int]]) -> bytes:
    """The dag-pb block over (link, bytes of all blocks below it), in canonical form."""
    links = b"".join(
        field(0x12, field(0x0A, bytes(link.cid)) + b"\x12\x00\x18" + varint(cumulative))
        for link, cumulative in children
    )
    size = sum(link.size for link, _ in children)
    sizes = b"".join(b"\x20" + varint(link.size) for link, _ in children)
    return links + field(0x0A, bytes([0x08, _FILE, 0x18]) + varint(size) + sizes)


def parse_node(block: bytes) -> list[Link]:
    """The links of a file's inner dag-pb block, whoever made it.

    Refuses directories, blocks with inline data, links without sizes, and malformed ones.
    """
    cids: list[Cid] = []
    data: bytes | None = None
    try:
        for number, value in fields(block):
            if number == 2 and isinstance(value, bytes):
                (hashed,) = [v for n, v in fields(value) if n == 1]
                cids.append(Cid.from_bytes(hashed if isinstance(hashed, bytes) else b""))
            elif number == 1 and isinstance(value, bytes) and data is None:
                data = value
            else:
                raise ValueError("unknown field")
        inner = list(fields(data or b""))
        sizes = [v for n, v in inner if n == 4 and isinstance(v, int)]
        if dict(inner).get(1) != _FILE or any(n == 2 for n, _ in inner):
            raise ValueError("not an inner block of a file")
        if len(sizes) != len(cids) or 0 in sizes or not 0 < sum(sizes) == dict(inner).get(3):
            raise ValueError("sizes do not add up")
    except ValueError:
        raise VerificationFailed(
            "This block does not belong to a file with raw leaves: the CID names something that "
            "this program does not read (a directory, say)."
        ) from None
    return [Link(cid, size) for cid, size in zip(cids, sizes, strict=True)]
