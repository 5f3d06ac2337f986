"""ONNX: graphs, ports and tensors; refuses what needs more than the file and a plain runtime.

Not the file but its skeleton (see `onnx_wire`) is parsed and given to `onnx.checker`: a 2 GiB model
takes no more memory than a small one.
"""

from collections.abc import Iterator
from math import prod
from typing import Any

from daimm_cli.base.errors import DaimmError
from daimm_cli.models import onnx_check
from daimm_cli.models.layout import (
    Layout,
    Port,
    RefusedModel,
    Shape,
    Slot,
    Window,
    check_name,
    check_shape,
    shown,
)
from daimm_cli.models.onnx_wire import WireTensor, skim

# com.microsoft is compiled into onnxruntime; anything else needs a library from the seller.
DOMAINS = {
    "",
    "ai.onnx",
    "ai.onnx.ml",
    "ai.onnx.preview",
    "ai.onnx.preview.training",
    "ai.onnx.training",
    "com.microsoft",
}
MAX_PORTS = 4096

_DTYPES = {
    1: ("float32", 32),
    2: ("uint8", 8),
    3: ("int8", 8),
    4: ("uint16", 16),
    5: ("int16", 16),
    6: ("int32", 32),
    7: ("int64", 64),
    8: ("string", 0),
    9: ("bool", 8),
    10: ("float16", 16),
    11: ("float64", 64),
    12: ("uint32", 32),
    13: ("uint64", 64),
    14: ("complex64", 64),
    15: ("complex128", 128),
    16: ("bfloat16", 16),
    17: ("float8e4m3fn", 8),
    18: ("float8e4m3fnuz", 8),
    19: ("float8e5m2", 8),
    20: ("float8e5m2fnuz", 8),
    21: ("uint4", 4),
    22: ("int4", 4),
    23: ("float4e2m1", 4),
    24: ("float8e8m0", 8),
    25: ("uint2", 2),
    26: ("int2", 2),
}


def read_layout(window: Window) -> Layout:
    """The model's signature and tensors. Raises RefusedModel, with the reason and the way out."""
    skeleton, wire = skim(window)
    try:
        import onnx
    except ImportError:
        raise DaimmError(
            "Reading ONNX files needs more: install daimm with its 'ml' extra."
        ) from None
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

    try:
        model = onnx.ModelProto.FromString(skeleton)
        slots = [_slot(onnx.TensorProto.FromString(tensor.message), tensor) for tensor in wire]
    except (DecodeError, UnicodeDecodeError):
        raise RefusedModel("It is not a readable ONNX file: it is damaged.") from None
    if not model.graph.node or not model.ir_version:
        raise RefusedModel("It is not an ONNX model: it has no operators.")
    _refuse_foreign_operators(model)
    stored = {item.name for item in model.graph.initializer}
    stored |= {item.values.name for item in model.graph.sparse_initializer}
    inputs = tuple(_port(item) for item in model.graph.input if item.name not in stored)
    outputs = tuple(_port(item) for item in model.graph.output)
    if len(inputs) + len(outputs) > MAX_PORTS:
        raise RefusedModel(f"It has over {MAX_PORTS} inputs and outputs: join some of them.")
    _check(model, {slot.name for slot, found in zip(slots, wire, strict=True) if found.dropped})
    return Layout(
        "onnx",
        slots,
        inputs,
        outputs,
        {check_name(entry.domain): entry.version for entry in model.opset_import},
        _metadata(model),
    )


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


def _refuse_foreign_operators(model: Any) -> None:
    own = {(function.domain, function.name) for function in model.functions}
    for node in _nodes(model):
        if node.domain not in DOMAINS and (node.domain, node.op_type) not in own:
            raise RefusedModel(
                f"Operator {shown(node.op_type)} is of the custom domain {shown(node.domain)}, "
                "which no buyer's runtime has: export the model with standard operators."
            )


def _nodes(model: Any) -> Iterator[Any]:
    """Every node of the model, those of nested graphs, functions and training included."""
    todo = [model.graph.node, *(function.node for function in model.functions)]
    for training in model.training_info:
        todo += [training.initialization.node, training.algorithm.node]
    for function in model.functions:
        for attribute in function.attribute_proto:
            todo += [attribute.g.node, *(graph.node for graph in attribute.graphs)]
    while todo:
        for node in todo.pop():
            yield node
            for attribute in node.attribute:
                if attribute.HasField("g"):
                    todo.append(attribute.g.node)
                todo += [graph.node for graph in attribute.graphs]


def _check(model: Any, dropped: set[str]) -> None:
    """Run onnx's checker; initializers whose bytes were left out stand as inputs."""
    from onnx import helper

    graph = model.graph
    kept = [item for item in graph.initializer if item.name not in dropped]
    known = {item.name for item in graph.input}
    for item in graph.initializer:
        if item.name in dropped and item.name not in known:
            graph.input.append(
                helper.make_tensor_value_info(item.name, item.data_type, list(item.dims))
            )
            known.add(item.name)
    del graph.initializer[:]
    graph.initializer.extend(kept)
    onnx_check.check(model.SerializeToString())


def _slot(tensor: Any, wire: WireTensor) -> Slot:
    name = check_name(tensor.name)
    shape = check_shape(name, list(tensor.dims))
    if tensor.data_type not in _DTYPES:
        raise RefusedModel(f"Tensor {shown(name)} has a type unknown to this program: export anew.")
    dtype, bits = _DTYPES[tensor.data_type]
    elements = prod(shape)
    data = None if wire.offset is not None else _little_endian(tensor, dtype, bits)
    size = wire.size if data is None else len(data)
    complete = (
        len(tensor.string_data) == elements
        if dtype == "string"
        else size == -(-elements * bits // 8)
    )
    if not complete:
        raise RefusedModel(
            f"Tensor {shown(name)} has other data than its shape says: export it anew."
        )
    return Slot(name, dtype, shape, wire.offset or 0, size, data)


def _little_endian(tensor: Any, dtype: str, bits: int) -> bytes:
    """The bytes that raw data would hold, from the typed fields; texts each with their length."""
    import numpy as np

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


def _port(item: Any) -> Port:
    name = check_name(item.name)
    dtype, shape = _type(item.type, 0)
    return Port(name, dtype, shape)


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
                sizes.append(check_name(dim.dim_param))
            case _:
                sizes.append(None)
    return tuple(sizes)
