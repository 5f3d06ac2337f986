"""Content and keys that the tests of artifacts and of the store share."""

import random
from pathlib import Path

from daimm_cli.artifact import stream
from daimm_cli.artifact.pipeline import Sealed, seal

KEY = bytes(range(32))
BINDING = b"DAIMM/artifact/v1" + (7).to_bytes(32, "big") + (11).to_bytes(32, "big")
HEADER = stream.Header(bytes(range(100, 132)), bytes(range(7)))
FIRST = stream.PAYLOAD - stream.HEADER
MANY = 26 << 20  # enough segments for helper processes to be started

EDGES = sorted(
    {
        size
        for centre in (0, 4096, FIRST - 4096, FIRST, FIRST + 4096, 1 << 20, FIRST + stream.PAYLOAD)
        for size in (centre - 1, centre, centre + 1)
        if size >= 0
    }
)


def content(size: int, seed: int = 1) -> bytes:
    """The same `size` bytes every time, unlike any other seed's."""
    return random.Random(seed).randbytes(size)


def write_sample(path: Path, size: int) -> None:
    """`size` bytes whose chunks all differ."""
    filler = content(1 << 20)
    with path.open("wb") as file:
        for index in range(size // (1 << 20)):
            file.write(index.to_bytes(8, "big") + filler[8:])
        file.write(filler[: size % (1 << 20)])


def sealed_files(
    directory: Path, data: bytes, *, processes: int = 1, leaf_size: int = 4096
) -> tuple[Sealed, Path, Path]:
    """Seal `data` in `directory`; returns the result, the ciphertext and the digest list."""
    source, sealed, listed = (directory / name for name in ("model", "model.sealed", "model.list"))
    source.write_bytes(data)
    result = seal(
        source,
        sealed,
        listed,
        KEY,
        BINDING,
        header=HEADER,
        leaf_size=leaf_size,
        processes=processes,
    )
    return result, sealed, listed


def damage(path: Path, offset: int, flip: int = 1) -> None:
    """Flip a bit of the byte at `offset` (from the end where negative)."""
    data = bytearray(path.read_bytes())
    data[offset] ^= flip
    path.write_bytes(data)


def left_behind(directory: Path) -> set[str]:
    """The names in a folder."""
    return {path.name for path in directory.iterdir()}
