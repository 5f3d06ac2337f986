"""Small models and inputs, made on the spot."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
from onnx import NodeProto, TensorProto, helper, numpy_helper

Shape = list[int | str]


def write(
    path: Path,
    nodes: list[NodeProto],
    given: tuple[int, Shape],
    told: tuple[int, Shape],
    **stored: object,
) -> Path:
    """A model of one input `x` and one output `y`, each its type and shape; stored: arrays."""
    graph = helper.make_graph(
        nodes,
        "sample",
        [helper.make_tensor_value_info("x", *given)],
        [helper.make_tensor_value_info("y", *told)],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in stored.items()],
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)]
    model = helper.make_model(graph, ir_version=8, opset_imports=opsets)
    path.write_bytes(model.SerializeToString())
    return path


def scores(path: Path) -> Path:
    """Three numbers in, twice and half their sum out."""
    weights = np.array([[2, 0.5]] * 3, np.float32)
    node = helper.make_node("MatMul", ["x", "w"], ["y"])
    return write(
        path, [node], (TensorProto.FLOAT, ["N", 3]), (TensorProto.FLOAT, ["N", 2]), w=weights
    )


def negative(path: Path) -> Path:
    """A picture of 8 by 8, and its negative."""
    shape: Shape = [1, 3, 8, 8]
    node = helper.make_node("Sub", ["one", "x"], ["y"])
    kind = TensorProto.FLOAT
    return write(path, [node], (kind, shape), (kind, shape), one=np.float32(1))


def lengths(path: Path) -> Path:
    """Texts: 1 for yes, 0 for all else."""
    node = helper.make_node(
        "LabelEncoder", ["x"], ["y"], domain="ai.onnx.ml",
        keys_strings=["yes"], values_floats=[1.0], default_float=0.0,
    )  # fmt: skip
    return write(path, [node], (TensorProto.STRING, ["N"]), (TensorProto.FLOAT, ["N"]))


def logarithm(path: Path) -> Path:
    node = helper.make_node("Log", ["x"], ["y"])
    return write(path, [node], (TensorProto.FLOAT, ["N"]), (TensorProto.FLOAT, ["N"]))


def silence(path: Path, *, rate: int = 16_000, seconds: float = 1) -> Path:
    with wave.open(str(path), "wb") as sound:
        sound.setparams((1, 2, rate, 0, "NONE", ""))
        sound.writeframes(bytes(2 * int(rate * seconds)))
    return path
