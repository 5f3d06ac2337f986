"""Several model files (weights, tokenizer, configuration) as one, the same bytes on every machine.

>>> entries = collect([Path("my-model/")])
>>> size = pack_to(entries, Path("my-model.tar"))
>>> unpack(Path("my-model.tar"), Path("copy/"))
['config.json', 'model.safetensors', 'tokenizer.json']

A pack is a plain POSIX ustar archive of regular files in the order of their names, without times
or owners: what `tar --format=ustar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner
--mode=0644` writes of them. `unpack` takes exactly such archives and nothing else.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from daimm_cli.base.errors import DaimmError, VerificationFailed
from daimm_cli.base.files import (
    Progress,
    atomic_file,
    no_progress,
    open_regular,
    private_folder,
    sync_folder,
)
from daimm_cli.models.names import check_name, check_names, split_name

BLOCK = 512
RECORD = 20 * BLOCK
MAX_FILE = (1 << 33) - 1  # eleven octal digits
MAX_FILES = 10_000
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Member:
    """A file of a pack: its name there (with '/'), where it is, its size in bytes."""

    name: str
    path: Path
    size: int


def collect(paths: Sequence[Path]) -> list[Member]:
    """The files named, and all files below the folders named, in the order of a pack.

    Hidden files below folders are left out. Raises DaimmError for links, special files, two files
    of one name (in any case of letters), and names that not every system can hold.
    """
    entries = []
    for path in paths:
        if path.is_dir():
            entries += [
                _member(found.relative_to(path).as_posix(), found) for found in _below(path)
            ]
        else:
            entries.append(_member(path.name, path))
        if len(entries) > MAX_FILES:
            raise DaimmError(f"A pack holds up to {MAX_FILES} files: name fewer.")
    if not entries:
        raise DaimmError("There is no file to publish there: name the model's files.")
    entries.sort(key=lambda entry: entry.name)
    check_names([entry.name for entry in entries])
    return entries


def pack_size(entries: Sequence[Member]) -> int:
    size = sum(BLOCK + -(-entry.size // BLOCK) * BLOCK for entry in entries) + 2 * BLOCK
    return -(-size // RECORD) * RECORD


def pack_to(entries: Sequence[Member], path: Path, *, progress: Progress = no_progress) -> int:
    """Write the pack to `path`, whole or not at all; returns its size.

    Raises DaimmError if a file changes its size meanwhile.
    """
    total = pack_size(entries)
    with atomic_file(path) as pack:
        for entry in entries:
            pack.write(_header(entry.name, entry.size))
            with open_regular(entry.path) as file:
                left = entry.size
                while part := file.read(min(_CHUNK, left)):
                    left -= len(part)
                    pack.write(part)
                    progress(pack.tell(), total)
                if left or file.read(1):
                    raise DaimmError(f"{entry.path} changed while it was packed: try again.")
            pack.write(bytes(-entry.size % BLOCK))
        pack.write(bytes(total - pack.tell()))
        progress(total, total)
    return total


def unpack(source: Path | BinaryIO, destination: Path) -> list[str]:
    """Unpack into the folder `destination`, which must not exist; returns the files' names.

    The folder is its owner's alone, as an opened file is, and stands once all of it is on the disk.

    Raises VerificationFailed for anything that `pack_to` would not have written, and then leaves
    nothing behind.
    """
    if destination.exists() or destination.is_symlink():
        raise DaimmError(f"{destination} exists: name a folder that does not.")
    if isinstance(source, Path):
        with open_regular(source) as file:
            return unpack(file, destination)
    destination.parent.mkdir(parents=True, exist_ok=True)
    names = []
    with private_folder(destination) as work:
        for name, parts in _files(source):
            try:
                (work / name).parent.mkdir(parents=True, exist_ok=True)
                with (work / name).open("xb") as file:
                    file.writelines(parts)
                    file.flush()
                    os.fsync(file.fileno())
            except (FileExistsError, NotADirectoryError):
                raise _foreign("two of its names clash") from None
            names.append(name)
        work.rename(destination)
        sync_folder(destination.parent)
    return names


def digests(source: Path, *, progress: Progress = no_progress) -> list[tuple[str, str]]:
    """(name, SHA-256 in hex) of each file of a pack; raises VerificationFailed as `unpack`."""
    found = []
    with open_regular(source) as file:
        size = os.fstat(file.fileno()).st_size
        for name, parts in _files(file):
            digest = sha256()
            for part in parts:
                digest.update(part)
                progress(file.tell(), size)
            found.append((name, digest.hexdigest()))
    return found


def _files(source: BinaryIO) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Each file's name, and its bytes in parts that must be read before the next file."""
    entries: list[Member] = []
    while any(header := _exactly(source, BLOCK)):
        name, size = _parse(header)
        entries.append(Member(name, Path(name), size))
        if len(entries) > MAX_FILES or (len(entries) > 1 and entries[-2].name >= name):
            raise _foreign("its files are too many or out of order")
        yield name, _parts(source, size)
    try:
        check_names([entry.name for entry in entries])
    except DaimmError as clash:
        raise _foreign(clash.message.rstrip(".")) from None
    used = sum(BLOCK + entry.size + -entry.size % BLOCK for entry in entries)
    if not entries or any(_exactly(source, pack_size(entries) - used - BLOCK)) or source.read(1):
        raise _foreign("it does not end where it should")


def _parts(source: BinaryIO, size: int) -> Iterator[bytes]:
    for start in range(0, size, _CHUNK):
        yield _exactly(source, min(_CHUNK, size - start))
    if any(_exactly(source, -size % BLOCK)):
        raise _foreign("something hides in its padding")


def _exactly(source: BinaryIO, length: int) -> bytes:
    data = source.read(length)
    if len(data) != length:
        raise _foreign("it ends too early")
    return data


def _parse(header: bytes) -> tuple[str, int]:
    """Name and size of the file that this header announces: nothing but our own header will do."""
    try:
        name = header[:100].rstrip(b"\0").decode("ascii")
        prefix = header[345:500].rstrip(b"\0").decode("ascii")
        size = int(header[124:135].decode("ascii"), 8)
        name = f"{prefix}/{name}" if prefix else name
        check_name(name)
        if _header(name, size) == header:
            return name, size
    except (ValueError, DaimmError):
        pass
    raise _foreign("it holds something other than plain files")


def _header(name: str, size: int) -> bytes:
    prefix, rest = split_name(name)
    fields = [
        rest.encode("ascii").ljust(100, b"\0"),
        b"0000644\0" + b"0000000\0" * 2 + b"%011o\0" % size + b"00000000000\0",
        b" " * 8,
        b"0" + bytes(100) + b"ustar\x0000" + bytes(64) + b"0000000\0" * 2,
        prefix.encode("ascii").ljust(167, b"\0"),
    ]
    fields[2] = b"%06o\0 " % sum(b"".join(fields))
    return b"".join(fields)


def _below(folder: Path) -> Iterator[Path]:
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in (*folders, *names):
            path = Path(root, name)
            if path.is_symlink():
                raise DaimmError(f"{path} is a symbolic link: put the file itself there.")
            if name in names and not name.startswith("."):
                yield path


def _member(name: str, path: Path) -> Member:
    check_name(name)
    with open_regular(path) as file:
        size = os.fstat(file.fileno()).st_size
    if size > MAX_FILE:
        raise DaimmError(f"{path} is over 8 GiB: save the weights in several files.")
    return Member(name, path, size)


def _foreign(why: str) -> VerificationFailed:
    return VerificationFailed(f"This pack cannot be trusted: {why}. Nothing was unpacked.")
