"""A model to be rated: least squares over the rows that a declaration does not ask, as ONNX."""

from __future__ import annotations

from pathlib import Path


def fit(declaration: str, path: Path) -> None:
    """Of a declaration of numbers, whose rest is what a model is trained on."""
    import numpy as np
    from onnx import TensorProto, helper, numpy_helper

    from daimm_cli.ethics import declarations

    _, members = declarations.find(declaration).rows()
    assert members is not None
    wide = members.inputs.shape[1]
    told = np.column_stack([members.inputs, np.ones(len(members.inputs))])
    weights = np.linalg.lstsq(told, np.array(members.truths), rcond=None)[0].astype(np.float32)
    ports = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", size])
        for name, size in (("x", wide), ("y", 1))
    ]
    stored = {"w": weights[:-1, None], "b": weights[-1:]}
    graph = helper.make_graph(
        [helper.make_node("Gemm", ["x", "w", "b"], ["y"])],
        "least_squares",
        ports[:1],
        ports[1:],
        [numpy_helper.from_array(value, name) for name, value in stored.items()],
    )
    model = helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 17)])
    path.write_bytes(model.SerializeToString())
