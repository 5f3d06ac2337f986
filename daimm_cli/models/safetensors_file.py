"""The header of a safetensors file, checked as strictly as the format's own library does.

Format: 8 bytes little-endian length, that many bytes of JSON, then the tensors without gaps.
https://github.com/huggingface/safetensors#format
"""

import json
from math import prod
from typing import Any, BinaryIO

from daimm_cli.base import bounded_json
from daimm_cli.base.text import sanitise
from daimm_cli.models.parsed import (
    MAX_TENSORS,
    ParsedModel,
    RefusedModel,
    StoredTensor,
    exactly,
    shown,
    tensor_name,
    tensor_shape,
)

MAX_HEADER = 16_000_000  # of the 100 MB that the format allows: a real one has 100 bytes a tensor
_MARKS = 24 * MAX_TENSORS  # quotes and commas: what a header takes in memory goes with their number
_DEPTH = 3  # name, tensor, shape

DTYPES = {
    "BOOL": ("bool", 8), "U8": ("uint8", 8), "I8": ("int8", 8), "U16": ("uint16", 16),
    "I16": ("int16", 16), "U32": ("uint32", 32), "I32": ("int32", 32), "U64": ("uint64", 64),
    "I64": ("int64", 64), "F16": ("float16", 16), "BF16": ("bfloat16", 16),
    "F32": ("float32", 32), "F64": ("float64", 64), "C64": ("complex64", 64),
    "F4": ("float4e2m1", 4), "F6_E2M3": ("float6e2m3", 6), "F6_E3M2": ("float6e3m2", 6),
    "F8_E4M3": ("float8e4m3fn", 8), "F8_E4M3FNUZ": ("float8e4m3fnuz", 8),
    "F8_E5M2": ("float8e5m2", 8), "F8_E5M2FNUZ": ("float8e5m2fnuz", 8),
    "F8_E8M0": ("float8e8m0", 8),
}  # fmt: skip


def looks_like(head: bytes, size: int) -> bool:
    """Whether a file that begins with `head` (9 bytes or more) claims to be one."""
    return head[8:9] == b"{" and 2 <= int.from_bytes(head[:8], "little") <= size - 8


def read(file: BinaryIO, size: int) -> ParsedModel:
    """The tensors of the file; reads the header alone. Raises RefusedModel."""
    length = int.from_bytes(exactly(file, 8), "little")
    if length > MAX_HEADER:
        raise RefusedModel("Its header claims over 16 MB: this is not a usable safetensors file.")
    header = _parse(exactly(file, length))
    metadata = header.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(v, str) for v in metadata.values()):
        raise RefusedModel("Its __metadata__ is not text by name: save it again with safetensors.")
    if len(header) > MAX_TENSORS:
        raise RefusedModel(f"It has over {MAX_TENSORS} tensors: split it.")
    tensors = sorted(
        (_tensor(name, entry, 8 + length) for name, entry in header.items()),
        key=lambda tensor: (tensor.offset, tensor.size),
    )
    position = 8 + length
    for tensor in tensors:
        if tensor.offset != position:
            raise RefusedModel(
                f"Tensor {shown(tensor.name)} overlaps or leaves a gap: save it again."
            )
        position += tensor.size
    if position != size:
        problem = "truncated" if position > size else "longer than its header says"
        raise RefusedModel(f"The file is {problem}: fetch or save it again.")
    return ParsedModel("safetensors", tensors, license=sanitise(metadata.get("license", "")))


def _parse(data: bytes) -> dict[str, Any]:
    if data.count(b'"') + data.count(b",") > _MARKS:
        raise RefusedModel(f"It has over {MAX_TENSORS} tensors or notes: split it.")
    try:
        header = bounded_json.loads(data, depth=_DEPTH, many=_MARKS, object_pairs_hook=_unique)
        if b"\\u" in data:
            json.dumps(header, ensure_ascii=False).encode()  # no half of a surrogate pair
    except ValueError:
        raise RefusedModel(
            "Its header is not the JSON of a safetensors file: it is damaged or something else."
        ) from None
    if not isinstance(header, dict):
        raise RefusedModel("Its header is not a table of tensors: save it again with safetensors.")
    return header


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) != len(pairs):
        raise ValueError("a name twice")
    return table


def _tensor(name: str, entry: Any, start: int) -> StoredTensor:
    tensor_name(name)
    match entry:
        case {"dtype": str(code), "shape": list(sizes), "data_offsets": [begin, end]} if (
            code in DTYPES
            and set(entry) == {"dtype", "shape", "data_offsets"}
            and all(type(number) is int and number >= 0 for number in (*sizes, begin, end))
        ):
            shape = tensor_shape(name, sizes)
        case _:
            raise RefusedModel(
                f"Tensor {shown(name)} is described in a way that safetensors does not know: "
                "save it again with a current safetensors library."
            )
    dtype, bits = DTYPES[code]
    if prod(shape) * bits != 8 * (end - begin):
        raise RefusedModel(f"Tensor {shown(name)} has another size than its shape: save it again.")
    return StoredTensor(name, dtype, shape, start + begin, end - begin)
