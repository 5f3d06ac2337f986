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
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from math import prod
from pathlib import Path
from typing import BinaryIO, Protocol

from daimm_cli.base.errors import DaimmError
from daimm_cli.base.files import Progress, open_regular
from daimm_cli.base.text import sanitise
from daimm_cli.models import gguf_file, onnx_file, refuse, safetensors_file
from daimm_cli.models.parsed import ParsedModel, Port, RefusedModel, StoredTensor, Window

__all__ = ["Inspection", "Port", "RefusedModel", "Tensor", "inspect_model"]


class _Hash(Protocol):
    def update(self, data: memoryview, /) -> None: ...


_CHUNK = 1 << 20
_READERS = {
    "onnx": onnx_file.read,
    "safetensors": safetensors_file.read,
    "gguf": gguf_file.read,
}


@dataclass(frozen=True)
class Tensor:
    """A stored tensor. sha256: of its little-endian bytes alone (packed where elements are under a
    byte), so that a renamed or reshaped copy shows, in whichever format."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    size: int
    sha256: str


@dataclass(frozen=True)
class Inspection:
    """A model file. size in bytes; sha256 in hex; opset: versions by operator domain; parameters:
    elements of all stored tensors; metadata: what the file says of itself, unverified; notes: what
    its seller should hear, without being a reason to refuse it."""

    name: str
    format: str
    size: int
    sha256: str
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    opset: dict[str, int]
    parameters: int
    tensors: tuple[Tensor, ...] = field(repr=False)
    metadata: dict[str, str] = field(repr=False)
    notes: tuple[str, ...] = ()

    @property
    def tensors_digest(self) -> str:
        """SHA-256 (hex) of the tensors' digests in ascending order: names do not matter."""
        return sha256(b"".join(sorted(bytes.fromhex(t.sha256) for t in self.tensors))).hexdigest()


def inspect_model(path: Path, *, progress: Progress | None = None) -> Inspection:
    """Inspect one model file; `progress(done, total)` counts bytes.

    Raises RefusedModel with the reason and the way to convert; DaimmError for a missing file, a
    folder, or a file that changes meanwhile.
    """
    refuse.by_name(path)
    with open_regular(path) as file:
        before = os.fstat(file.fileno())
        try:
            layout = _layout(path, file, before.st_size)
            whole, digests = _digest(file, before.st_size, layout.slots, progress)
        except RefusedModel as refused:
            name = sanitise(path.name, 80)
            raise RefusedModel(f"{name} is refused. {refused.message}", hint=refused.hint) from None
        after = os.fstat(file.fileno())
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise DaimmError(f"{path} changed while it was read: leave it alone and try again.")
    return Inspection(
        name=path.name,
        format=layout.format,
        size=before.st_size,
        sha256=whole,
        inputs=layout.inputs,
        outputs=layout.outputs,
        opset=layout.opset,
        parameters=sum(prod(slot.shape) for slot in layout.slots),
        tensors=tuple(
            Tensor(slot.name, slot.dtype, slot.shape, slot.size, digest)
            for slot, digest in zip(layout.slots, digests, strict=True)
        ),
        metadata=layout.metadata,
        notes=layout.notes,
    )


def _layout(path: Path, file: BinaryIO, size: int) -> ParsedModel:
    if size == 0:
        raise RefusedModel("It is empty: export or fetch it again.")
    window = Window(file.fileno(), size)
    head = window.read(0, min(size, 1 << 16))
    claimed = path.suffix.lower().removeprefix(".")
    seen = _recognise(head, size)
    if seen is None:
        refuse.by_content(head)
    if (known := claimed if claimed in _READERS else seen) is not None:
        return _READERS[known](window)
    raise RefusedModel(
        "Only .onnx, .safetensors and .gguf files are sold here: convert it to ONNX or safetensors."
    )


def _recognise(head: bytes, size: int) -> str | None:
    """The format by its first bytes; ONNX has none of its own."""
    if head.startswith(gguf_file.MAGIC):
        return "gguf"
    return "safetensors" if safetensors_file.looks_like(head, size) else None


def _digest(
    file: BinaryIO, size: int, slots: Sequence[StoredTensor], progress: Progress | None
) -> tuple[str, list[str]]:
    """SHA-256 of the file and of each slot, in one pass over the file."""
    whole = sha256()
    digests = [slot.sha256 or "" for slot in slots]
    buffer = memoryview(bytearray(_CHUNK))
    position = 0

    def feed(end: int, *hashes: "_Hash") -> None:
        nonlocal position
        while position < end:
            count = file.readinto(buffer[: min(_CHUNK, end - position)])  # type: ignore[attr-defined]
            if not count:
                raise RefusedModel("The file shrank while it was read: leave it alone, try again.")
            for hashing in hashes:
                hashing.update(buffer[:count])
            position += count
            if progress:
                progress(position, size)

    places = [(slot.offset, i) for i, slot in enumerate(slots) if slot.sha256 is None]
    for offset, index in sorted(places):
        tensor = sha256()
        feed(offset, whole)
        feed(offset + slots[index].size, whole, tensor)
        digests[index] = tensor.hexdigest()
    feed(size, whole)
    return whole.hexdigest(), digests
