"""What the tests of the formats share."""

import hashlib
import json
from pathlib import Path
from typing import Any

import magika
import numpy as np
from onnx import TensorProto, helper, numpy_helper

MAGIKA = Path(magika.__file__).parent / "models" / "standard_v3_3" / "model.onnx"


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def small_model(*nodes: Any, initializers: list[Any] | None = None, **more: Any) -> Any:
    """y = x @ w, unless other nodes are given: x f32[batch,4], y f32[batch,3]."""
    weights = numpy_helper.from_array(np.arange(12, dtype=np.float32).reshape(4, 3), "w")
    graph = helper.make_graph(
        list(nodes) or [helper.make_node("MatMul", ["x", "w"], ["y"])],
        "small",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 4])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", 3])],
        [weights] if initializers is None else initializers,
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8, **more)


def saved(folder: Path, model: Any, name: str = "m.onnx") -> Path:
    path = folder / name
    path.write_bytes(model if isinstance(model, bytes) else model.SerializeToString())
    return path


def varint(value: int) -> bytes:
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def delimited(number: int, data: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(data)) + data


def tensor(begin: int = 0, end: int = 4, dtype: Any = "F32", shape: Any = (1,)) -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def crafted(header: Any, data: bytes = bytes(4), length: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return (len(text) if length is None else length).to_bytes(8, "little") + text + data


def gguf(
    *tensors: tuple[str, list[int], int, int], keys: bytes = b"", count: int = 0, data: int = 64,
    version: int = 3,
) -> bytes:  # fmt: skip
    def text(value: str) -> bytes:
        return len(value).to_bytes(8, "little") + value.encode()

    out = b"GGUF" + version.to_bytes(4, "little")
    out += len(tensors).to_bytes(8, "little") + count.to_bytes(8, "little") + keys
    for name, sizes, kind, offset in tensors:
        out += text(name) + len(sizes).to_bytes(4, "little")
        out += b"".join(size.to_bytes(8, "little") for size in sizes)
        out += kind.to_bytes(4, "little") + offset.to_bytes(8, "little")
    return out + bytes(-len(out) % 32) + bytes(range(data))


def key(name: str, kind: int, value: bytes) -> bytes:
    return len(name).to_bytes(8, "little") + name.encode() + kind.to_bytes(4, "little") + value
