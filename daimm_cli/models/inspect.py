"""What a model file is, before anybody sells it: format, signature, size and digests.

>>> found = inspect_model(Path("model.onnx"))
>>> found.format, found.size, found.parameters
('onnx', 3163737, 784519)
>>> found.inputs
(Port(name='bytes', dtype='int32', shape=('unk__214', 2048)),)

The file is read once, in flat memory, and nothing in it is run. Formats are allowed by list (ONNX,
safetensors, GGUF): what can execute code on loading is refused by name, and so is all the rest.
"""

import os
from dataclasses import dataclass, replace
from hashlib import sha256
from io import BufferedReader
from math import prod
from pathlib import Path
from typing import Any, BinaryIO

from daimm_cli.base.errors import DaimmError
from daimm_cli.base.files import Progress, no_progress, open_regular
from daimm_cli.base.text import sanitise
from daimm_cli.models import gguf_file, onnx_file, refuse, safetensors_file
from daimm_cli.models.parsed import ParsedModel, Port, RefusedModel, StoredTensor

__all__ = ["Inspection", "Port", "RefusedModel", "inspect_model"]

READERS = {"onnx": onnx_file.read, "safetensors": safetensors_file.read, "gguf": gguf_file.read}
_CHUNK = 1 << 20


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
    refuse.by_name(path)
    with open_regular(path) as file:
        before = os.fstat(file.fileno())
        try:
            parsed = _parse(path, file, before.st_size)
            file.seek(0)
            whole, tensors = _digest(file, before.st_size, parsed.tensors, progress)
        except RefusedModel as refused:
            name = sanitise(path.name, 80)
            raise RefusedModel(f"{name} is refused. {refused.message}", hint=refused.hint) from None
        after = os.fstat(file.fileno())
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise DaimmError(f"{path} changed while it was read: leave it alone and try again.")
    found = vars(parsed) | {"tensors": tensors}
    return Inspection(**found, name=path.name, size=before.st_size, sha256=whole)


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
