"""ONNX at the level of protobuf's wire format: where tensors lie, without loading their bytes.

>>> skeleton, tensors = skim(window)
>>> model = onnx.ModelProto.FromString(skeleton)  # all but the large initializers' bytes

Field numbers: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto; wire format:
https://protobuf.dev/programming-guides/encoding/. Stricter than protobuf where leniency would let
a file mean two things: no groups, and no second graph or payload that is merged into the first.
"""

from collections import Counter
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import NoReturn

from daimm_cli.artifact.protobuf import varint
from daimm_cli.models.layout import MAX_TENSORS, RefusedModel, Window

MAX_FILE = (1 << 31) - 1  # protobuf's own limit
MAX_SKELETON = 64 << 20
MAX_FIELDS = 20_000_000
MAX_MESSAGES = 500_000
MAX_DEPTH = 64
KEPT = 4096  # initializers up to this many bytes stay in the skeleton: shapes may follow from them


class Kind(Enum):
    MODEL = auto()
    GRAPH = auto()
    NODE = auto()
    ATTRIBUTE = auto()
    TENSOR = auto()
    SPARSE = auto()
    TRAINING = auto()
    FUNCTION = auto()


_CHILDREN = {
    Kind.MODEL: {7: Kind.GRAPH, 20: Kind.TRAINING, 25: Kind.FUNCTION},
    Kind.GRAPH: {1: Kind.NODE, 5: Kind.TENSOR, 15: Kind.SPARSE},
    Kind.NODE: {5: Kind.ATTRIBUTE},
    Kind.ATTRIBUTE: {
        5: Kind.TENSOR,
        6: Kind.GRAPH,
        10: Kind.TENSOR,
        11: Kind.GRAPH,
        22: Kind.SPARSE,
        23: Kind.SPARSE,
    },
    Kind.TENSOR: {},
    Kind.SPARSE: {1: Kind.TENSOR, 2: Kind.TENSOR},
    Kind.TRAINING: {1: Kind.GRAPH, 2: Kind.GRAPH},
    Kind.FUNCTION: {7: Kind.NODE, 11: Kind.ATTRIBUTE},
}
_ONCE = {Kind.MODEL: {7}, Kind.TENSOR: {2, 8, 9, 14}, Kind.SPARSE: {1, 2}, Kind.ATTRIBUTE: {5, 6}}
_RAW_DATA = 9
_EXTERNAL = {13, 14}  # external_data, data_location


@dataclass
class WireTensor:
    """A TensorProto: `message` is it without raw data, which lies at [offset, offset + size)."""

    top_level: bool
    message: bytes = b""
    offset: int | None = None
    size: int = 0
    dropped: bool = False


@dataclass
class _Skim:
    window: Window
    tensors: list[WireTensor] = field(default_factory=list)
    copied: int = 0
    fields: int = 0
    messages: int = 0

    def message(self, kind: Kind, start: int, end: int, depth: int) -> bytes:
        """The message with the large initializers' bytes left out."""
        if depth > MAX_DEPTH:
            raise RefusedModel(f"Its graphs are nested over {MAX_DEPTH} deep: flatten the model.")
        self.messages += 1
        if self.messages > MAX_MESSAGES:
            raise RefusedModel(
                f"It has over {MAX_MESSAGES} operators, attributes and tensors: make it simpler."
            )
        tensor = WireTensor(top_level=depth == 2) if kind is Kind.TENSOR else None
        bare = bytearray()  # a tensor without its raw data
        out = bytearray()
        seen: Counter[int] = Counter()
        position = start
        while position < end:
            tag, body = self._varint(position, end)
            number, wire = tag >> 3, tag & 7
            seen[number] += 1
            self._count(kind, number, seen)
            if wire != 2:
                position = self._fixed_end(wire, body, end)
                whole = self._copy(body, position - body)
                part = varint(tag) + whole
                if tensor and number in _EXTERNAL and any(whole):
                    _refuse_external()
            else:
                length, payload = self._varint(body, end)
                position = payload + length
                if position > end:
                    _damaged()
                if tensor and number in _EXTERNAL:
                    _refuse_external()
                child = _CHILDREN[kind].get(number)
                if child:
                    content = self.message(child, payload, position, depth + 1)
                elif tensor and number == _RAW_DATA:
                    tensor.offset, tensor.size = payload, length
                    tensor.dropped = tensor.top_level and length > KEPT
                    if tensor.dropped:
                        continue
                    content = self._copy(payload, length)
                else:
                    content = self._copy(payload, length)
                part = varint(tag) + varint(len(content)) + content
            out += part
            if tensor and number != _RAW_DATA:
                bare += part
        if tensor:
            tensor.message = bytes(bare)
            self.tensors.append(tensor)
            if len(self.tensors) > MAX_TENSORS:
                raise RefusedModel(f"It has over {MAX_TENSORS} tensors: merge or split it.")
        return bytes(out)

    def _count(self, kind: Kind, number: int, seen: Counter[int]) -> None:
        self.fields += 1
        if self.fields > MAX_FIELDS or number == 0:
            _damaged()
        if seen[number] > 1 and number in _ONCE.get(kind, ()):
            raise RefusedModel(
                "It says one thing twice, which readers take differently: export anew."
            )

    def _copy(self, offset: int, length: int) -> bytes:
        self.copied += length
        if self.copied > MAX_SKELETON:
            raise RefusedModel(
                "Over 64 MiB of its data lie outside the initializers: move large constants into "
                "initializers, as onnxruntime's basic optimisation does, and save it again."
            )
        return self.window.read(offset, length)

    def _varint(self, position: int, end: int) -> tuple[int, int]:
        data = self.window.read(position, min(10, end - position))
        value = 0
        for index, byte in enumerate(data):
            value |= (byte & 0x7F) << (7 * index)
            if byte < 0x80:
                return value, position + index + 1
        return _damaged()

    def _fixed_end(self, wire: int, body: int, end: int) -> int:
        if wire == 0:
            position = self._varint(body, end)[1]
        elif wire in (1, 5):
            position = body + (8 if wire == 1 else 4)
        else:
            _damaged()
        return position if position <= end else _damaged()


def skim(window: Window) -> tuple[bytes, list[WireTensor]]:
    """The model without its large initializers' bytes, and all its tensors in file order.

    Raises RefusedModel for what is not ONNX, is truncated, or keeps data in other files.
    """
    if window.size > MAX_FILE:
        raise RefusedModel(
            "It is over 2 GiB, which ONNX cannot be: use safetensors for such weights."
        )
    state = _Skim(window)
    skeleton = state.message(Kind.MODEL, 0, window.size, 0)
    return skeleton, state.tensors


def _refuse_external() -> NoReturn:
    raise RefusedModel(
        "It keeps weights in other files (external data), which can read any file of whoever loads "
        "it: save it as one file with onnx.save_model(model, path, save_as_external_data=False)."
    )


def _damaged() -> NoReturn:
    raise RefusedModel(
        "It is not a readable ONNX file: it is damaged, truncated or something else."
    )
