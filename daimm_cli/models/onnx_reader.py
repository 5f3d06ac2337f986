"""ONNX, read and judged by the package `onnx`; runs in the bounded child (see onnx_file.py).

What decides is whether protobuf and onnx.checker take the file, and that it needs nothing but
itself and a plain runtime. Shape inference only informs: runtimes do without what it wants.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import mmap
import resource
from math import prod
from typing import Any

import numpy as np
from google.protobuf.message import DecodeError, Message  # type: ignore[import-untyped]
from onnx import ModelProto, TensorProto, checker, helper, shape_inference

from daimm_cli.base.text import sanitise
from daimm_cli.models.parsed import (
    MAX_TENSORS,
    ParsedModel,
    Port,
    RefusedModel,
    Shape,
    StoredTensor,
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
_HOLDERS = {
    "AttributeProto", "FunctionProto", "GraphProto", "NodeProto", "SparseTensorProto",
    "TensorProto", "TrainingInfoProto",
}  # fmt: skip
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
_FIELDS = {
    "float_data": "<f4", "double_data": "<f8", "int32_data": "<i4", "int64_data": "<i8",
    "uint64_data": "<u8",
}  # fmt: skip


def main(memory: int, seconds: int, more: int) -> None:
    """The child: limits first, then the verdict and what shape inference says, a line each.

    memory: bytes; seconds: of processor time for the verdict; more: for the rest.
    """
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_AS, memory)
    _limit(resource.RLIMIT_CPU, seconds)
    try:
        skeleton = _judged()
    except RefusedModel as refused:
        _tell(refused=refused.message)
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    _limit(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + 1 + more)
    note = ""
    try:
        shape_inference.infer_shapes(skeleton, check_type=True, strict_mode=True)
    except (shape_inference.InferenceError, ValueError) as error:
        note = f"Shape inference says: {_first_line(error)}"
    _tell(note=note)


def _limit(what: int, value: int) -> None:
    """Lower a limit for good; one that is lower already stays."""
    hard = resource.getrlimit(what)[1]
    least = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(what, (least, least))


def _tell(**part: Any) -> None:
    print(json.dumps(part, default=vars), flush=True)  # noqa: T201 - the parent reads it


def _judged() -> bytes:
    """Tell the parsed model; its skeleton for shape inference. Raises RefusedModel."""
    with mmap.mmap(0, 0, access=mmap.ACCESS_READ) as view:
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
    skeleton = _skeleton(model, parsed.tensors)
    del model
    try:
        checker.check_model(data)
    except (checker.ValidationError, ValueError) as error:
        raise RefusedModel(
            f"onnx.checker refuses it: {_first_line(error)} Export it again."
        ) from None
    _tell(model=parsed)
    return skeleton


def _parse(model: Any) -> ParsedModel:
    nodes, tensors = _contents(model)
    own = {(function.domain, function.name) for function in model.functions}
    for node in nodes:
        if node.domain not in DOMAINS and (node.domain, node.op_type) not in own:
            raise RefusedModel(
                f"Operator {shown(node.op_type)} is of the custom domain {shown(node.domain)}, "
                "which no buyer's runtime has: export the model with standard operators."
            )
    if len(tensors) > MAX_TENSORS:
        raise RefusedModel(f"It has over {MAX_TENSORS} tensors: merge or split it.")
    stored = {item.name for item in model.graph.initializer}
    stored |= {item.values.name for item in model.graph.sparse_initializer}
    inputs = tuple(_port(item) for item in model.graph.input if item.name not in stored)
    outputs = tuple(map(_port, model.graph.output))
    if len(inputs) + len(outputs) > MAX_PORTS:
        raise RefusedModel(f"It has over {MAX_PORTS} inputs and outputs: join some of them.")
    opset = {tensor_name(entry.domain): entry.version for entry in model.opset_import}
    said = next((it.value for it in model.metadata_props if it.key.lower() == "license"), "")
    stored_tensors = list(map(_tensor, tensors))
    return ParsedModel("onnx", stored_tensors, inputs, outputs, opset, license=sanitise(said))


def _contents(model: Any) -> tuple[list[Any], list[Any]]:
    """Every node and stored tensor, those of nested graphs, functions and training included.

    They come level by level, so the graph's own initializers are first.
    """
    found: dict[str, list[Any]] = {kind: [] for kind in _HOLDERS}
    level = [model]
    while level:
        below: list[Any] = []
        for field, value in itertools.chain.from_iterable(each.ListFields() for each in level):
            if field.message_type and (kind := field.message_type.name) in _HOLDERS:
                parts = [value] if isinstance(value, Message) else value
                found[kind] += parts
                below += parts if kind != "TensorProto" else ()
        level = below
    return found["NodeProto"], found["TensorProto"]


def _skeleton(model: Any, tensors: list[StoredTensor]) -> bytes:
    """The model for inference: large and sparse initializers stand as inputs. Changes `model`.

    tensors: of `_contents`, those of the graph first.
    """
    graph = model.graph
    dense = list(zip(graph.initializer, tensors, strict=False))
    small = [item.SerializeToString() for item, stored in dense if stored.size <= _KEPT]
    absent = [(i.name, i.data_type, i.dims) for i, stored in dense if stored.size > _KEPT]
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


def _tensor(tensor: Any) -> StoredTensor:
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
    return StoredTensor(name, dtype, shape, 0, len(data), hashlib.sha256(data).hexdigest())


def _little_endian(tensor: Any, dtype: str, bits: int) -> bytes:
    """The bytes that raw data would hold, from the typed fields; texts each with their length."""
    if dtype == "string":
        return b"".join(len(text).to_bytes(8, "little") + text for text in tensor.string_data)
    field = helper.tensor_dtype_to_field(tensor.data_type)
    values = np.array(getattr(tensor, field), _FIELDS[field])
    if field in ("int32_data", "uint64_data"):  # which hold narrower ones, too
        values = values.astype(f"<u{max(bits // 8, 1)}")
    return values.tobytes()


def _port(item: Any) -> Port:
    return Port(tensor_name(item.name), *_type(item.type))


def _type(proto: Any, depth: int = 0) -> tuple[str, Shape | None]:
    kind = proto.WhichOneof("value") or ""
    inner: Any = getattr(proto, kind, None)
    if kind == "tensor_type":
        return _element(inner.elem_type), _shape(inner)
    if kind == "sparse_tensor_type":
        return f"sparse({_element(inner.elem_type)})", _shape(inner)
    if depth < 4 and kind == "sequence_type":
        return f"sequence({_type(inner.elem_type, depth + 1)[0]})", None
    if depth < 4 and kind == "optional_type":
        dtype, shape = _type(inner.elem_type, depth + 1)
        return f"optional({dtype})", shape
    if depth < 4 and kind == "map_type":
        return f"map({_element(inner.key_type)},{_type(inner.value_type, depth + 1)[0]})", None
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
    return tuple(map(_size, proto.shape.dim)) if proto.HasField("shape") else None


def _size(dim: Any) -> int | str | None:
    if dim.dim_param:
        return tensor_name(dim.dim_param)
    known = dim.WhichOneof("value") == "dim_value" and dim.dim_value >= 0
    return dim.dim_value if known else None


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:500]
