"""ONNX, read and judged by the package `onnx`; runs in the bounded child (see sandbox.py).

What decides is whether protobuf and onnx.checker take the file, and that it needs nothing but
itself and a plain runtime. Shape inference only informs: runtimes do without what it wants.
"""

from __future__ import annotations

import hashlib
import mmap
from collections.abc import Iterator
from math import prod
from typing import Any

import numpy as np
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from onnx import ModelProto, TensorProto, checker, helper, shape_inference

from daimm_cli.models.parsed import (
    MAX_TENSORS,
    RefusedModel,
    Shape,
    shown,
    tensor_name,
    tensor_shape,
)

# com.microsoft is compiled into onnxruntime; anything else needs a library from the seller.
DOMAINS = {
    "", "ai.onnx", "ai.onnx.ml", "ai.onnx.preview", "ai.onnx.preview.training", "ai.onnx.training",
    "com.microsoft",
}  # fmt: skip
MAX_PORTS = 4096
_KEPT = 4096  # bytes of an initializer that inference gets: shapes may follow from it

_DTYPES = {
    1: ("float32", 32), 2: ("uint8", 8), 3: ("int8", 8), 4: ("uint16", 16), 5: ("int16", 16),
    6: ("int32", 32), 7: ("int64", 64), 8: ("string", 0), 9: ("bool", 8), 10: ("float16", 16),
    11: ("float64", 64), 12: ("uint32", 32), 13: ("uint64", 64), 14: ("complex64", 64),
    15: ("complex128", 128), 16: ("bfloat16", 16), 17: ("float8e4m3fn", 8),
    18: ("float8e4m3fnuz", 8), 19: ("float8e5m2", 8), 20: ("float8e5m2fnuz", 8),
    21: ("uint4", 4), 22: ("int4", 4), 23: ("float4e2m1", 4), 24: ("float8e8m0", 8),
    25: ("uint2", 2), 26: ("int2", 2),
}  # fmt: skip


def read(fd: int) -> Iterator[dict[str, Any]]:
    """First the parsed model, then what shape inference says. Raises RefusedModel."""
    with mmap.mmap(fd, 0, access=mmap.ACCESS_READ) as view:
        data = view[:]
    try:
        model = ModelProto.FromString(data)
    except DecodeError:
        raise RefusedModel(
            "It is not a readable ONNX file: it is damaged, truncated, nested too deep or "
            "something else."
        ) from None
    if not model.graph.node or not model.ir_version:
        raise RefusedModel("It is not an ONNX model: it has no operators.")
    parsed = _parse(model)
    skeleton = _skeleton(model, [tensor["size"] for tensor in parsed["tensors"]])
    del model
    try:
        checker.check_model(data)
    except (checker.ValidationError, ValueError) as error:
        raise RefusedModel(
            f"onnx.checker refuses it: {_first_line(error)} Export it again."
        ) from None
    del data
    yield parsed
    try:
        shape_inference.infer_shapes(skeleton, check_type=True, strict_mode=True)
    except (shape_inference.InferenceError, ValueError) as error:
        yield {"note": f"Shape inference says: {_first_line(error)}"}
    else:
        yield {}


def _parse(model: Any) -> dict[str, Any]:
    nodes, tensors = _contents(model)
    _refuse_foreign_operators(model, nodes)
    if len(tensors) > MAX_TENSORS:
        raise RefusedModel(f"It has over {MAX_TENSORS} tensors: merge or split it.")
    stored = {item.name for item in model.graph.initializer}
    stored |= {item.values.name for item in model.graph.sparse_initializer}
    inputs = [_port(item) for item in model.graph.input if item.name not in stored]
    outputs = [_port(item) for item in model.graph.output]
    if len(inputs) + len(outputs) > MAX_PORTS:
        raise RefusedModel(f"It has over {MAX_PORTS} inputs and outputs: join some of them.")
    return {
        "tensors": [_tensor(tensor) for tensor in tensors],
        "inputs": inputs,
        "outputs": outputs,
        "opset": {tensor_name(entry.domain): entry.version for entry in model.opset_import},
        "metadata": _metadata(model),
    }


def _contents(model: Any) -> tuple[list[Any], list[Any]]:
    """Every node and stored tensor, those of nested graphs, functions and training included."""
    nodes: list[Any] = []
    tensors: list[Any] = []
    graphs = [model.graph]
    for training in model.training_info:
        graphs += [training.initialization, training.algorithm]
    waiting = [node for function in model.functions for node in function.node]
    attributes = [item for function in model.functions for item in function.attribute_proto]
    while graphs or waiting or attributes:
        sparse: list[Any] = []
        for graph in graphs:
            waiting += graph.node
            tensors += graph.initializer
            sparse += graph.sparse_initializer
        graphs = []
        for node in waiting:
            attributes += node.attribute
        nodes += waiting
        waiting = []
        for attribute in attributes:
            graphs += [*attribute.graphs, *([attribute.g] if attribute.HasField("g") else ())]
            tensors += [*attribute.tensors, *([attribute.t] if attribute.HasField("t") else ())]
            sparse += attribute.sparse_tensors
            sparse += [attribute.sparse_tensor] if attribute.HasField("sparse_tensor") else ()
        attributes = []
        for item in sparse:
            tensors += [item.values, item.indices]
    return nodes, tensors


def _refuse_foreign_operators(model: Any, nodes: list[Any]) -> None:
    own = {(function.domain, function.name) for function in model.functions}
    for node in nodes:
        if node.domain not in DOMAINS and (node.domain, node.op_type) not in own:
            raise RefusedModel(
                f"Operator {shown(node.op_type)} is of the custom domain {shown(node.domain)}, "
                "which no buyer's runtime has: export the model with standard operators."
            )


def _skeleton(model: Any, sizes: list[int]) -> bytes:
    """The model for inference: large and sparse initializers stand as inputs. Changes `model`.

    sizes: bytes of the tensors, as `_contents` has them, those of the graph first.
    """
    graph = model.graph
    dense = list(zip(graph.initializer, sizes, strict=False))
    small = [item.SerializeToString() for item, size in dense if size <= _KEPT]
    absent = [(item.name, item.data_type, item.dims) for item, size in dense if size > _KEPT]
    absent += [(i.values.name, i.values.data_type, i.dims) for i in graph.sparse_initializer]
    known = {item.name for item in graph.input}
    graph.input.extend(
        helper.make_tensor_value_info(name, kind, list(dims))
        for name, kind, dims in absent
        if name not in known
    )
    del graph.initializer[:], graph.sparse_initializer[:]
    graph.initializer.extend(map(TensorProto.FromString, small))
    return bytes(model.SerializeToString())


def _tensor(tensor: Any) -> dict[str, Any]:
    name = tensor_name(tensor.name)
    if tensor.external_data or tensor.data_location:
        raise RefusedModel(
            "It keeps weights in other files (external data), which can read any file of whoever "
            "loads it: save it as one file with onnx.save_model(model, path, "
            "save_as_external_data=False)."
        )
    shape = tensor_shape(name, list(tensor.dims))
    if tensor.data_type not in _DTYPES:
        raise RefusedModel(f"Tensor {shown(name)} has a type unknown to this program: export anew.")
    dtype, bits = _DTYPES[tensor.data_type]
    elements = prod(shape)
    raw = tensor.HasField("raw_data")
    data = tensor.raw_data if raw else _little_endian(tensor, dtype, bits)
    complete = (
        len(tensor.string_data) == elements
        if dtype == "string"
        else len(data) == -(-elements * bits // 8)
    )
    if not complete:
        raise RefusedModel(
            f"Tensor {shown(name)} has other data than its shape says: export it anew."
        )
    digest = hashlib.sha256(data).hexdigest()
    return {"name": name, "dtype": dtype, "shape": shape, "size": len(data), "sha256": digest}


def _little_endian(tensor: Any, dtype: str, bits: int) -> bytes:
    """The bytes that raw data would hold, from the typed fields; texts each with their length."""
    if dtype == "string":
        return b"".join(len(text).to_bytes(8, "little") + text for text in tensor.string_data)
    if dtype in ("float32", "complex64"):
        return np.array(tensor.float_data, "<f4").tobytes()
    if dtype in ("float64", "complex128"):
        return np.array(tensor.double_data, "<f8").tobytes()
    if dtype == "int64":
        return np.array(tensor.int64_data, "<i8").tobytes()
    if dtype in ("uint32", "uint64"):
        return np.array(tensor.uint64_data, "<u8").astype(f"<u{bits // 8}").tobytes()
    return np.array(tensor.int32_data, "<i4").astype(f"<u{max(bits // 8, 1)}").tobytes()


def _port(item: Any) -> dict[str, Any]:
    dtype, shape = _type(item.type, 0)
    return {"name": tensor_name(item.name), "dtype": dtype, "shape": shape}


def _type(proto: Any, depth: int) -> tuple[str, Shape | None]:
    kind = proto.WhichOneof("value")
    if kind == "tensor_type":
        return _element(proto.tensor_type.elem_type), _shape(proto.tensor_type)
    if kind == "sparse_tensor_type":
        inner = proto.sparse_tensor_type
        return f"sparse({_element(inner.elem_type)})", _shape(inner)
    if depth < 4 and kind == "sequence_type":
        return f"sequence({_type(proto.sequence_type.elem_type, depth + 1)[0]})", None
    if depth < 4 and kind == "optional_type":
        inner_dtype, shape = _type(proto.optional_type.elem_type, depth + 1)
        return f"optional({inner_dtype})", shape
    if depth < 4 and kind == "map_type":
        value = _type(proto.map_type.value_type, depth + 1)[0]
        return f"map({_element(proto.map_type.key_type)},{value})", None
    raise RefusedModel(
        "One of its inputs or outputs has no type that a buyer could use: export anew."
    )


def _element(code: int) -> str:
    if code not in _DTYPES:
        raise RefusedModel(
            "One of its inputs or outputs has no known element type: export it anew."
        )
    return _DTYPES[code][0]


def _shape(proto: Any) -> Shape | None:
    if not proto.HasField("shape"):
        return None
    sizes: list[int | str | None] = []
    for dim in proto.shape.dim:
        match dim.WhichOneof("value"):
            case "dim_value" if dim.dim_value >= 0:
                sizes.append(dim.dim_value)
            case "dim_param" if dim.dim_param:
                sizes.append(tensor_name(dim.dim_param))
            case _:
                sizes.append(None)
    return tuple(sizes)


def _metadata(model: Any) -> dict[str, str]:
    entries = {"ir_version": str(model.ir_version)}
    for key in ("producer_name", "producer_version", "domain"):
        if value := getattr(model, key):
            entries[key] = _text(value)
    for entry in list(model.metadata_props)[:64]:
        entries[f"metadata.{_text(entry.key)}"] = _text(entry.value)
    return entries


def _text(value: str | bytes) -> str:
    """Protobuf gives bytes for what is not UTF-8."""
    return (value if isinstance(value, str) else value.decode(errors="replace"))[:200]


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:500]
