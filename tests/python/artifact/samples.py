"""Content and keys that the tests of artifacts and of the store share."""

import random
from pathlib import Path

from daimm_cli.artifact.pipeline import Sealed, seal

KEY = bytes(range(16))
LINE = b"\x03" + bytes(range(200, 232))
NONCE = bytes(range(100, 116))
MIB = 1 << 20
MANY = 26 * MIB  # enough units for helper processes to be started

# Around leaves, age's chunks, and where units and the CID's chunks end.
EDGES = sorted(
    {
        size
        for centre in (0, 4096, 65536, 131072, MIB, MIB - 16 * 16 - 143, 9 * MIB)
        for size in (centre - 1, centre, centre + 1)
        if size >= 0
    }
)


def content(size: int, seed: int = 1) -> bytes:
    """The same `size` bytes every time, unlike any other seed's."""
    return random.Random(seed).randbytes(size)


def write_sample(path: Path, size: int) -> None:
    """`size` bytes whose MiBs all differ."""
    filler = content(MIB)
    with path.open("wb") as file:
        for index in range(size // MIB):
            file.write(index.to_bytes(8, "big") + filler[8:])
        file.write(filler[: size % MIB])


def sealed_files(
    directory: Path, data: bytes, *, processes: int = 1, leaf_size: int = 4096
) -> tuple[Sealed, Path, Path]:
    """Seal `data` in `directory`; returns the result, the ciphertext and the digest list."""
    source, sealed, listed = (directory / name for name in ("model", "model.age", "model.list"))
    source.write_bytes(data)
    files = source, sealed, listed
    result = seal(*files, KEY, LINE, nonce=NONCE, leaf_size=leaf_size, processes=processes)
    return result, sealed, listed


def damage(path: Path, offset: int, flip: int = 1) -> None:
    """Flip a bit of the byte at `offset` (from the end where negative)."""
    data = bytearray(path.read_bytes())
    data[offset] ^= flip
    path.write_bytes(data)


def left_behind(directory: Path) -> set[str]:
    """The names in a folder."""
    return {path.name for path in directory.iterdir()}
