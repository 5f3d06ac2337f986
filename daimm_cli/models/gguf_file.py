"""The header of a GGUF file (versions 2 and 3, little-endian): keys, tensors and their places.

https://github.com/ggml-org/ggml/blob/master/docs/gguf.md

The package `gguf` is not used: a vocabulary of 150,000 tokens and 280,000 merges takes it 39 s and
666 MiB, this 2 s and 20 MiB; and it lets tensors overlap and sizes wrap around.
"""

import struct
from dataclasses import replace
from math import prod
from typing import Any, BinaryIO

from daimm_cli.base.text import sanitise
from daimm_cli.models.parsed import (
    MAX_RANK,
    MAX_TENSORS,
    ParsedModel,
    RefusedModel,
    StoredTensor,
    exactly,
    shown,
    tensor_name,
    tensor_shape,
)

MAGIC = b"GGUF"
MAX_HEADER = 256 << 20
MAX_KEYS = 100_000
MAX_ITEMS = 4_000_000  # texts and lists within lists; the largest vocabularies have a million
MAX_STRING = 16 << 20
MAX_NESTING = 4

_SCALARS = {
    0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d",
}  # fmt: skip
_STRING, _ARRAY = 8, 9

# ggml type: name, elements in a block, bytes in a block
_TYPES = {
    0: ("float32", 1, 4), 1: ("float16", 1, 2), 2: ("q4_0", 32, 18), 3: ("q4_1", 32, 20),
    6: ("q5_0", 32, 22), 7: ("q5_1", 32, 24), 8: ("q8_0", 32, 34),
    10: ("q2_k", 256, 84), 11: ("q3_k", 256, 110), 12: ("q4_k", 256, 144), 13: ("q5_k", 256, 176),
    14: ("q6_k", 256, 210), 15: ("q8_k", 256, 292), 16: ("iq2_xxs", 256, 66),
    17: ("iq2_xs", 256, 74), 18: ("iq3_xxs", 256, 98), 19: ("iq1_s", 256, 50),
    20: ("iq4_nl", 32, 18), 21: ("iq3_s", 256, 110), 22: ("iq2_s", 256, 82),
    23: ("iq4_xs", 256, 136), 24: ("int8", 1, 1), 25: ("int16", 1, 2), 26: ("int32", 1, 4),
    27: ("int64", 1, 8), 28: ("float64", 1, 8), 29: ("iq1_m", 256, 56), 30: ("bfloat16", 1, 2),
    34: ("tq1_0", 256, 54), 35: ("tq2_0", 256, 66), 39: ("mxfp4", 32, 17),
    40: ("nvfp4", 64, 36), 41: ("q1_0", 128, 18),
}  # fmt: skip


def read(file: BinaryIO, size: int) -> ParsedModel:
    """The tensors of the file; reads the header alone. Raises RefusedModel."""
    reader = _Parser(file, size)
    if reader.take(4) != MAGIC or reader.number("I") not in (2, 3):
        raise RefusedModel(
            "It is not a little-endian GGUF file of version 2 or 3: convert it again."
        )
    tensors, keys = reader.number("Q"), reader.number("Q")
    if tensors > MAX_TENSORS or keys > MAX_KEYS:
        raise RefusedModel("Its GGUF header claims absurdly many entries: it is damaged.")
    alignment, said = 32, ""
    seen = set()
    for _ in range(keys):
        key = tensor_name(reader.string())
        if key in seen:
            raise RefusedModel(f"It says {shown(key)} twice: convert the model again.")
        seen.add(key)
        value = reader.value(reader.number("I"))
        if key == "general.alignment":
            alignment = value if type(value) is int else 0
        if key == "general.license" and isinstance(value, str):
            said = sanitise(value)
    if not 0 < alignment <= 1 << 20 or alignment & (alignment - 1):
        raise RefusedModel("Its GGUF alignment is not a power of two: convert the model again.")
    found = [_tensor(reader) for _ in range(tensors)]
    start = -(-reader.position // alignment) * alignment
    return ParsedModel("gguf", _placed(found, start, alignment, size), license=said)


def _placed(found: list[StoredTensor], start: int, alignment: int, size: int) -> list[StoredTensor]:
    if len({tensor.name for tensor in found}) != len(found):
        raise RefusedModel("Two of its tensors have one name: convert the model again.")
    tensors = []
    end = 0
    for tensor in sorted(found, key=lambda tensor: tensor.offset):
        if tensor.offset % alignment or tensor.offset < end:
            raise RefusedModel(f"Tensor {shown(tensor.name)} overlaps another: convert it again.")
        end = tensor.offset + tensor.size
        if start + end > size:
            raise RefusedModel("The file is truncated: fetch or convert it again.")
        tensors.append(replace(tensor, offset=start + tensor.offset))
    return tensors


def _tensor(reader: "_Parser") -> StoredTensor:
    name = tensor_name(reader.string())
    rank = reader.number("I")
    if rank > MAX_RANK:
        raise RefusedModel(f"Tensor {shown(name)} has an impossible shape: convert it again.")
    shape = tensor_shape(name, [reader.number("Q") for _ in range(rank)][::-1])
    kind, offset = reader.number("I"), reader.number("Q")
    if kind not in _TYPES:
        raise RefusedModel(f"Tensor {shown(name)} has a type ({kind}) unknown to this program.")
    dtype, block, width = _TYPES[kind]
    if block > 1 and (not shape or shape[-1] % block):
        raise RefusedModel(
            f"Tensor {shown(name)} is not a whole number of blocks: convert it again."
        )
    return StoredTensor(name, dtype, shape, offset, prod(shape) // block * width)


class _Parser:
    def __init__(self, file: BinaryIO, size: int) -> None:
        self.position = 0
        self._file = file
        self._end = min(MAX_HEADER, size)
        self._items = 0

    def take(self, length: int) -> bytes:
        self._pass(length)
        return exactly(self._file, length)

    def _pass(self, length: int) -> None:
        self.position += length
        if self.position > self._end:
            raise RefusedModel("Its GGUF header is truncated or over 256 MiB: fetch it again.")

    def number(self, code: str) -> Any:
        return struct.unpack("<" + code, self.take(struct.calcsize("<" + code)))[0]

    def string(self) -> str:
        length = self.number("Q")
        if length > MAX_STRING:
            raise RefusedModel("Its GGUF header holds an absurdly long text: it is damaged.")
        return self.take(length).decode("utf-8", "replace")

    def value(self, kind: int, depth: int = 0) -> int | float | str | None:
        """A value of this kind; arrays are passed over and give None."""
        if kind in _SCALARS:
            return self.number(_SCALARS[kind])  # type: ignore[no-any-return]
        if kind == _STRING:
            return self.string()
        if kind != _ARRAY or depth >= MAX_NESTING:
            raise RefusedModel("Its GGUF header has a kind of value unknown to this program.")
        item, count = self.number("I"), self.number("Q")
        if item in _SCALARS:
            self._pass(count * struct.calcsize("<" + _SCALARS[item]))
            self._file.seek(self.position)
            return None
        self._items += count
        if self._items > MAX_ITEMS:
            raise RefusedModel("Its GGUF header holds absurdly long lists: it is damaged.")
        for _ in range(count):
            self.value(item, depth + 1)
        return None
