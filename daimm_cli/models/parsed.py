"""What the readers of the formats find: ports, tensors and where their bytes lie."""

import re
from dataclasses import dataclass, field
from math import prod
from typing import BinaryIO

from daimm_cli.base.errors import DaimmError
from daimm_cli.base.text import sanitise
from daimm_cli.models.names import BLANK, UNSEEN

MAX_TENSORS = 100_000
MAX_RANK = 64
MAX_ELEMENTS = 1 << 62
MAX_NAME = 1024

_UNSEEN = re.compile(f"[{UNSEEN}\ud800-\udfff]|^[{BLANK}]+$")

Shape = tuple[int | str | None, ...]


class RefusedModel(DaimmError):
    """The file is not a model that can be sold here; the message says why and what to do."""


@dataclass(frozen=True)
class Port:
    """An input or output. shape: numbers, names of variable sizes, None where unknown; None for
    what is no tensor."""

    name: str
    dtype: str
    shape: Shape | None


@dataclass(frozen=True)
class StoredTensor:
    """A stored tensor: `size` bytes at `offset` of the file, or what the digest is known of.

    sha256: of its little-endian bytes alone (packed where elements are under a byte), so that a
    renamed or reshaped copy shows, in whichever format; empty until they are read.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    offset: int
    size: int
    sha256: str = ""


@dataclass(frozen=True)
class ParsedModel:
    """A model file as it describes itself. opset: versions by operator domain; notes: what its
    seller should hear, without being a reason to refuse it; license: what it says of its own, in
    whatever words, empty where it says nothing."""

    format: str
    tensors: list[StoredTensor] = field(repr=False)
    inputs: tuple[Port, ...] = ()
    outputs: tuple[Port, ...] = ()
    opset: dict[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    license: str = ""


def exactly(file: BinaryIO, length: int) -> bytes:
    """The next `length` bytes, which the caller bounds; raises RefusedModel where they end."""
    data = file.read(length)
    if len(data) != length:
        raise RefusedModel("The file ends too early: it is truncated, fetch or export it again.")
    return data


def tensor_shape(name: str, shape: list[int]) -> tuple[int, ...]:
    """A stored tensor's shape, whose product is bounded."""
    elements = prod(shape)
    if len(shape) > MAX_RANK or min(shape, default=0) < 0 or elements > MAX_ELEMENTS:
        raise RefusedModel(f"Tensor {shown(name)} has an impossible shape: export the model again.")
    return tuple(shape)


def tensor_name(name: str | bytes) -> str:
    """A tensor's name, bounded, all of it to be seen; bytes are one that is not UTF-8."""
    if isinstance(name, bytes) or len(name) > MAX_NAME or _UNSEEN.search(name):
        raise RefusedModel(f"The name {shown(name)} is not one: export the model with plain names.")
    return name


def shown(name: str | bytes) -> str:
    return f"'{sanitise(name, 60)}'"
