"""What a model file is, before anybody sells it: format, signature, size and digests.

>>> found = inspect_model(Path("model.onnx"))
>>> found.format, found.size, found.parameters
('onnx', 3163737, 784519)
>>> found.inputs
(Port(name='bytes', dtype='int32', shape=('unk__214', 2048)),)

The file is read once, in flat memory, and nothing in it is run. Formats are allowed by list (ONNX,
safetensors, GGUF): what can execute code on loading is refused by name, and so is all the rest.
Of several files it is seen whether they can work together: no part missing, no error page in the
place of a configuration.
"""

import contextlib
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import file_digest, sha256
from io import BufferedReader
from math import prod
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from daimm_cli.base import bounded_json
from daimm_cli.base.errors import DaimmError
from daimm_cli.base.files import Progress, no_progress, open_regular
from daimm_cli.base.text import sanitise
from daimm_cli.models import gguf_file, onnx_file, refuse, safetensors_file
from daimm_cli.models.pack import Member
from daimm_cli.models.parsed import ParsedModel, Port, RefusedModel, StoredTensor

__all__ = ["Inspection", "Port", "RefusedModel", "inspect_files", "inspect_model"]

READERS = {"onnx": onnx_file.read, "safetensors": safetensors_file.read, "gguf": gguf_file.read}
_CHUNK = 1 << 20
OTHER_SUFFIXES = {
    "", ".csv", ".jinja", ".jpeg", ".jpg", ".json", ".jsonl", ".license", ".md", ".merges",
    ".model", ".png", ".spm", ".svg", ".tiktoken", ".toml", ".tsv", ".txt", ".vocab", ".yaml",
    ".yml",
}  # fmt: skip

MAX_JSON = 64 << 20
_DEPTH = 100
_PART = re.compile(r"(.*-)([0-9]{5})(-of-)([0-9]{5})(\.[a-z]+)", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Inspection(ParsedModel):
    """A file that was read to its end. size in bytes; sha256 in hex."""

    name: str
    size: int
    sha256: str

    @property
    def is_model(self) -> bool:
        return self.format in READERS

    @property
    def parameters(self) -> int:
        """Elements of all stored tensors."""
        return sum(prod(tensor.shape) for tensor in self.tensors)

    @property
    def tensors_digest(self) -> str:
        """SHA-256 (hex) of the tensors' digests in ascending order: names do not matter."""
        return sha256(b"".join(sorted(bytes.fromhex(t.sha256) for t in self.tensors))).hexdigest()


def inspect_model(path: Path, *, progress: Progress = no_progress) -> Inspection:
    """Inspect one model file; `progress(done, total)` counts bytes.

    Raises RefusedModel with the reason and the way to convert; DaimmError for a missing file, a
    folder, or a file that changes meanwhile.
    """
    with _naming(path.name):
        refuse.by_name(path)
        with open_regular(path) as file:
            before = os.fstat(file.fileno())
            parsed = _parse(path, file, before.st_size)
            file.seek(0)
            whole, tensors = _digest(file, before.st_size, parsed.tensors, progress)
            after = os.fstat(file.fileno())
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise DaimmError(f"{path} changed while it was read: leave it alone and try again.")
    found = vars(parsed) | {"tensors": tensors}
    return Inspection(**found, name=path.name, size=before.st_size, sha256=whole)


@contextlib.contextmanager
def _naming(name: str) -> Iterator[None]:
    try:
        yield
    except RefusedModel as refused:
        raise RefusedModel(f"{sanitise(name, 80)} is refused. {refused.message}") from None


def _parse(path: Path, file: BinaryIO, size: int) -> ParsedModel:
    if size == 0:
        raise RefusedModel("It is empty: export or fetch it again.")
    head = file.read(1 << 16)
    file.seek(0)
    known = path.suffix.lower().removeprefix(".")
    seen = None  # ONNX has no first bytes of its own
    if head.startswith(gguf_file.MAGIC):
        seen = "gguf"
    elif safetensors_file.looks_like(head, size):
        seen = "safetensors"
    else:
        refuse.by_content(head)
    if reader := READERS.get(known) or READERS.get(seen or ""):
        return reader(file, size)
    raise RefusedModel(
        "Only .onnx, .safetensors and .gguf files are sold here: convert it to ONNX or safetensors."
    )


def _digest(
    file: BufferedReader, size: int, tensors: list[StoredTensor], progress: Progress
) -> tuple[str, list[StoredTensor]]:
    """SHA-256 of the file, and the tensors with theirs, in one pass over the file."""
    whole = sha256()
    found = list(tensors)
    buffer = memoryview(bytearray(_CHUNK))
    position = 0

    def feed(end: int, *hashes: Any) -> None:
        nonlocal position
        while position < end:
            count = file.readinto(buffer[: min(_CHUNK, end - position)])
            if not count:
                raise RefusedModel("The file shrank while it was read: leave it alone, try again.")
            for hashing in hashes:
                hashing.update(buffer[:count])
            position += count
            progress(position, size)

    places = [(tensor.offset, i) for i, tensor in enumerate(tensors) if not tensor.sha256]
    for offset, index in sorted(places):
        digest = sha256()
        feed(offset, whole)
        feed(offset + tensors[index].size, whole, digest)
        found[index] = replace(tensors[index], sha256=digest.hexdigest())
    feed(size, whole)
    return whole.hexdigest(), found


def inspect_files(
    entries: Sequence[Member], *, progress: Progress = no_progress
) -> list[Inspection]:
    """Inspect every file: models as `inspect_model` does, others by a list of kinds.

    Raises RefusedModel for a file of another kind, and where none is a model.
    """
    files = []
    for entry in entries:
        if entry.path.suffix.lower().removeprefix(".") in READERS:
            found = inspect_model(entry.path, progress=progress)
            files.append(replace(found, name=entry.name))
        else:
            files.append(_other(entry))
    if not any(file.is_model for file in files):
        raise RefusedModel(
            "None of these files is a model: name an .onnx, .safetensors or .gguf file."
        )
    _require_whole(entries, files)
    return files


def _other(entry: Member) -> Inspection:
    suffix = entry.path.suffix.lower()
    with _naming(entry.name):
        refuse.by_name(entry.path)
    if suffix not in OTHER_SUFFIXES:
        raise RefusedModel(
            f"{sanitise(entry.name, 80)} is refused: files like {sanitise(suffix, 20)} do not go "
            "with a model. Leave it out, or keep it as JSON or text."
        )
    with _naming(entry.name), open_regular(entry.path) as file:
        refuse.by_content(file.read(1 << 16))
        file.seek(0)
        digest = file_digest(file, "sha256").hexdigest()
    if suffix == ".json":
        _read_json(entry)
    return Inspection(
        format=suffix[1:] or "text", tensors=[], name=entry.name, size=entry.size, sha256=digest
    )


def _require_whole(entries: Sequence[Member], files: Sequence[Inspection]) -> None:
    """Raise RefusedModel where a part of a model that was split is not there."""
    tensors = {
        file.name: {tensor.name for tensor in file.tensors} for file in files if file.is_model
    }
    for name in tensors:
        if part := _PART.fullmatch(name):
            parts = (
                f"{part[1]}{i:05}{part[3]}{part[4]}{part[5]}" for i in range(1, int(part[4]) + 1)
            )
            _require_there(f"{name} is one of {int(part[4])} parts", parts, tensors)
    for entry in entries:
        if entry.name.endswith(".index.json"):
            _require_indexed(entry, tensors)


def _read_json(entry: Member) -> Any:
    """A JSON file of a pack; None where it is too large to look at. Raises RefusedModel."""
    if entry.size > MAX_JSON:
        return None
    with open_regular(entry.path) as file:
        data = file.read()
    try:
        value = bounded_json.loads(data, depth=_DEPTH)
    except ValueError:
        what = "damaged, or no JSON"
    else:
        if not isinstance(value, dict) or value.keys() != {"error"}:
            return value
        what = "an error message in place of the file"
    raise RefusedModel(
        f"{sanitise(entry.name, 80)} is refused. It is {what}: fetch it again, or leave it out."
    )


def _require_indexed(entry: Member, tensors: dict[str, set[str]]) -> None:
    index = _read_json(entry)
    places = index.get("weight_map") if isinstance(index, dict) else None
    if not isinstance(places, dict) or not all(isinstance(file, str) for file in places.values()):
        return
    folder = PurePosixPath(entry.name).parent
    shards = {file: (folder / file).as_posix() for file in places.values()}
    shown = sanitise(entry.name, 80)
    if not all(map(refuse.is_sold, shards)):
        raise RefusedModel(f"{shown} is of files that are not sold here: leave it out.")
    _require_there(f"{shown} names its parts", sorted(shards.values()), tensors)
    for tensor, file in places.items():
        if tensor not in tensors[shards[file]]:
            raise RefusedModel(
                f"{shown} says that tensor '{sanitise(tensor, 60)}' is in {sanitise(file, 80)}, "
                "where it is not: take index and parts from one place, or save the model again."
            )


def _require_there(why: str, names: Iterable[str], tensors: dict[str, set[str]]) -> None:
    for name in names:
        if name not in tensors:
            raise RefusedModel(
                f"{why}, and {sanitise(name, 80)} is not among the files: fetch it from where the "
                "others are from, and publish them together."
            )
