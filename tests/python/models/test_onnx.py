"""ONNX: what is read from it, and hostile files that must be refused with a reason."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from daimm_cli.models import onnx_file
from daimm_cli.models.inspect import Port, RefusedModel, inspect_model
from tests.python.models.samples import MAGIKA, delimited, saved, sha, small_model, varint


def branch(output: str, *nodes: Any, **more: Any) -> Any:
    value = helper.make_tensor_value_info(output, TensorProto.FLOAT, None)
    return helper.make_graph(list(nodes), output, [], [value], **more)


def test_a_real_model() -> None:
    found = inspect_model(MAGIKA)
    assert (found.format, found.size, found.sha256) == (
        "onnx", 3_163_737, sha(MAGIKA.read_bytes()),
    )  # fmt: skip
    assert [(port.name, port.dtype) for port in found.inputs] == [("bytes", "int32")]
    assert [port.shape and port.shape[1] for port in found.outputs] == [214]
    model = onnx.load(MAGIKA)
    assert {t.name: (t.dtype, t.shape, t.sha256) for t in found.tensors} == {
        item.name: (
            numpy_helper.to_array(item).dtype.name,
            tuple(item.dims),
            sha(numpy_helper.to_array(item).tobytes()),
        )
        for item in model.graph.initializer
    }
    assert found.parameters == sum(int(np.prod(i.dims)) for i in model.graph.initializer)


def test_a_small_model(tmp_path: Path) -> None:
    found = inspect_model(saved(tmp_path, small_model()))
    assert found.inputs == (Port("x", "float32", ("batch", 4)),)
    assert found.outputs == (Port("y", "float32", ("batch", 3)),)
    assert found.opset == {"": 17, "com.microsoft": 1}
    assert found.parameters == 12
    weights = np.arange(12, dtype="<f4").tobytes()
    assert [(t.name, t.size, t.sha256) for t in found.tensors] == [("w", 48, sha(weights))]


@pytest.mark.parametrize(
    ("dtype", "values"),
    [
        ("float32", [1.5, -2]), ("float64", [1.5, -2]), ("float16", [1.5, -2]), ("int64", [-1, 2]),
        ("int32", [-1, 2]), ("int16", [-1, 2]), ("int8", [-1, 2]), ("uint8", [255, 2]),
        ("uint16", [65535, 2]), ("uint32", [2**32 - 1, 2]), ("uint64", [2**64 - 1, 2]),
        ("bool", [True, False]), ("complex64", [1 + 2j, 3]), ("complex128", [1 + 2j, 3]),
    ],
)  # fmt: skip
def test_typed_fields_and_raw_data_give_one_digest(
    tmp_path: Path, dtype: str, values: list[Any]
) -> None:
    array = np.array(values, dtype)
    code = helper.np_dtype_to_tensor_dtype(array.dtype)
    flat = array.tolist()
    stored = [
        helper.make_tensor("typed", code, array.shape, flat),
        helper.make_tensor("raw", code, array.shape, array.tobytes(), raw=True),
        numpy_helper.from_array(np.arange(12, dtype=np.float32).reshape(4, 3), "w"),
    ]
    found = inspect_model(saved(tmp_path, small_model(initializers=stored)))
    digests = {t.name: (t.dtype, t.sha256) for t in found.tensors}
    assert digests["typed"] == digests["raw"] == (dtype, sha(array.tobytes()))


def test_other_kinds_of_ports(tmp_path: Path) -> None:
    model = small_model()
    value = helper.make_map_type_proto(
        TensorProto.INT64, helper.make_tensor_type_proto(TensorProto.FLOAT, [])
    )
    kind = helper.make_sequence_type_proto(value)
    model.graph.input.append(helper.make_value_info("unused", kind))
    model.graph.input.append(helper.make_tensor_value_info("w", TensorProto.FLOAT, [4, 3]))
    found = inspect_model(saved(tmp_path, model))
    assert found.inputs[1:] == (Port("unused", "sequence(map(int64,float32))", None),)


def test_a_models_own_functions_are_not_foreign(tmp_path: Path) -> None:
    model = small_model(helper.make_node("Mine", ["x", "w"], ["y"], domain="pkg.mine"))
    body = [helper.make_node("MatMul", ["a", "b"], ["c"])]
    opset = [helper.make_opsetid("", 17)]
    model.functions.append(helper.make_function("pkg.mine", "Mine", ["a", "b"], ["c"], body, opset))
    model.opset_import.append(helper.make_opsetid("pkg.mine", 1))
    assert inspect_model(saved(tmp_path, model)).opset["pkg.mine"] == 1


FOREIGN = helper.make_node("Evil", ["x"], ["z"], domain="com.evil")


def hidden_in_if(depth: int) -> Any:
    inner = branch("z", FOREIGN)
    for level in range(depth):
        node = helper.make_node("If", ["t"], ["z"], then_branch=inner, else_branch=inner)
        inner = branch("z", node)
        inner.name = f"level{level}"
    return small_model(inner.node[0], helper.make_node("MatMul", ["x", "w"], ["y"]))


def hidden_in_function() -> Any:
    model = small_model(helper.make_node("Mine", ["x", "w"], ["y"], domain="pkg.mine"))
    body = [FOREIGN, helper.make_node("MatMul", ["x", "b"], ["c"])]
    opset = [helper.make_opsetid("", 17), helper.make_opsetid("com.evil", 1)]
    model.functions.append(helper.make_function("pkg.mine", "Mine", ["x", "b"], ["c"], body, opset))
    return model


def hidden_in_training() -> Any:
    model = small_model()
    info = model.training_info.add()
    info.algorithm.CopyFrom(branch("z", FOREIGN))
    return model


@pytest.mark.parametrize(
    "model",
    [
        small_model(FOREIGN, helper.make_node("MatMul", ["x", "w"], ["y"])),
        hidden_in_if(1),
        hidden_in_if(5),
        hidden_in_function(),
        hidden_in_training(),
    ],
    ids=["top", "branch", "deep", "function", "training"],
)
def test_custom_operators_are_found_in_every_corner(tmp_path: Path, model: Any) -> None:
    with pytest.raises(RefusedModel, match=r"m\.onnx is refused\. Operator 'Evil'.*standard op"):
        inspect_model(saved(tmp_path, model))


def external(tensor: Any) -> Any:
    changed = TensorProto()
    changed.CopyFrom(tensor)
    changed.ClearField("raw_data")
    changed.data_location = TensorProto.EXTERNAL
    entry = changed.external_data.add()
    entry.key, entry.value = "location", "../../etc/passwd"
    return changed


WEIGHTS = numpy_helper.from_array(np.arange(12, dtype=np.float32).reshape(4, 3), "w")


def external_in_attribute() -> Any:
    constant = helper.make_node("Constant", [], ["c"], value=external(WEIGHTS))
    return small_model(constant, helper.make_node("MatMul", ["x", "c"], ["y"]))


def external_in_branch() -> Any:
    inner = branch(
        "z", helper.make_node("Identity", ["w2"], ["z"]), initializer=[external(WEIGHTS)]
    )
    node = helper.make_node("If", ["t"], ["z"], then_branch=inner, else_branch=inner)
    return small_model(node, helper.make_node("MatMul", ["x", "w"], ["y"]))


def external_sparse() -> Any:
    model = small_model()
    sparse = model.graph.sparse_initializer.add()
    sparse.values.CopyFrom(external(WEIGHTS))
    return model


def only_a_place() -> Any:
    model = small_model()
    entry = model.graph.initializer[0].external_data.add()
    entry.key, entry.value = "location", "secret"
    return model


def only_location() -> Any:
    model = small_model()
    model.graph.initializer[0].data_location = TensorProto.EXTERNAL
    return model


@pytest.mark.parametrize(
    "make",
    [
        lambda: small_model(initializers=[external(WEIGHTS)]),
        external_in_attribute,
        external_in_branch,
        external_sparse,
        only_location,
        only_a_place,
    ],
    ids=["initializer", "constant", "branch", "sparse", "location", "place"],
)
def test_external_data_are_found_in_every_corner(tmp_path: Path, make: Callable[[], Any]) -> None:
    with pytest.raises(RefusedModel, match=r"external data.*save_as_external_data=False"):
        inspect_model(saved(tmp_path, make()))


GOOD = small_model().SerializeToString()


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"hello world, this is no model", "not a readable ONNX"),
        (b"\x08", "not a readable ONNX|truncated"),
        (b"\x08\x08", "no operators"),
        (GOOD[:-1], "damaged|truncated"),
        (GOOD[: len(GOOD) // 2], "damaged|truncated"),
        (GOOD + b"\x42", "damaged|truncated"),
        (GOOD + b"\x0b", "damaged"),
        (GOOD + b"\x00\x00", "damaged"),
        (GOOD + b"\xff" * 11, "damaged"),
        (b"\x3a" + varint(2**60) + b"x", "damaged"),
        (MAGIKA.read_bytes()[:1_000_000], "damaged|truncated"),
    ],
)
def test_unreadable_onnx_is_a_sentence(tmp_path: Path, data: bytes, says: str) -> None:
    with pytest.raises(RefusedModel, match=says):
        inspect_model(saved(tmp_path, data))


def test_graphs_nested_without_end_are_refused(tmp_path: Path) -> None:
    graph = b""
    for _ in range(5_000):
        graph = delimited(1, delimited(5, delimited(6, graph)))
    with pytest.raises(RefusedModel, match="nested"):
        inspect_model(saved(tmp_path, b"\x08\x08" + delimited(7, graph)))


def test_a_tensor_with_other_data_than_its_shape_is_refused(tmp_path: Path) -> None:
    short = numpy_helper.from_array(np.zeros((4, 3), np.float32), "w")
    short.raw_data = short.raw_data[:-4]
    huge = helper.make_tensor("w", TensorProto.FLOAT, [0], [])
    del huge.dims[:]
    huge.dims.extend([2**40, 2**40])
    negative = numpy_helper.from_array(np.zeros((4, 3), np.float32), "w")
    negative.dims[0] = -4
    for tensor, says in ((short, "other data"), (huge, "impossible"), (negative, "impossible")):
        with pytest.raises(RefusedModel, match=says):
            inspect_model(saved(tmp_path, small_model(initializers=[tensor])))


def test_what_the_checker_refuses_is_refused_with_its_words(tmp_path: Path) -> None:
    undefined = helper.make_node("MatMul", ["x", "nowhere"], ["y"])
    twice = numpy_helper.from_array(np.zeros((4, 3), np.float32), "w")
    large = numpy_helper.from_array(np.zeros((4, 3000), np.float32), "w")
    doubled = small_model()
    doubled.graph.initializer[0].float_data.append(1.0)
    for model in (
        small_model(undefined),
        small_model(helper.make_node("NoSuchOperator", ["x"], ["y"])),
        small_model(helper.make_node("MatMul", ["x"], ["y"])),
        small_model(initializers=[twice, twice]),
        small_model(initializers=[large, large]),
        doubled,
    ):
        with pytest.raises(RefusedModel, match=r"onnx\.checker refuses it"):
            inspect_model(saved(tmp_path, model))


def runs(model: Any, columns: int) -> bool:
    """Whether onnxruntime runs it, and gives so many columns."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(model.SerializeToString(), options)
    (given,) = session.run(None, {"x": np.ones((2, 4), np.float32)})
    return bool(given.shape == (2, columns))


def stale_output() -> Any:
    model = small_model()
    model.graph.output[0].type.tensor_type.shape.dim[1].dim_value = 99
    return model


def sparse_weights(rows: int = 4) -> Any:
    values = numpy_helper.from_array(np.array([1, 2], np.float32), "w")
    places = numpy_helper.from_array(np.array([1, 5], np.int64), "places")
    model = small_model(initializers=[])
    model.graph.sparse_initializer.append(helper.make_sparse_tensor(values, places, [rows, 3]))
    return model


def large_constant() -> Any:
    value = numpy_helper.from_array(np.zeros((4, 70_000), np.float32), "c")
    nodes = [
        helper.make_node("Constant", [], ["c"], value=value),
        helper.make_node("MatMul", ["x", "c"], ["y"]),
    ]
    model = small_model(*nodes)
    model.graph.output[0].type.tensor_type.shape.dim[1].dim_value = 70_000
    return model


@pytest.mark.parametrize(
    ("model", "columns", "note"),
    [
        (stale_output(), 3, "Inferred shape and existing shape differ"),
        (sparse_weights(), 3, None),
        (large_constant(), 70_000, None),
    ],
    ids=["stale output", "sparse", "large constant"],
)
def test_what_onnxruntime_runs_is_taken(
    tmp_path: Path, model: Any, columns: int, note: str | None
) -> None:
    assert runs(model, columns)
    notes = inspect_model(saved(tmp_path, model)).notes
    assert len(notes) == (note is not None)
    assert (note or "") in "".join(notes)


def test_shapes_that_do_not_fit_are_told(tmp_path: Path) -> None:
    small, large = (
        numpy_helper.from_array(np.zeros((5, columns), np.float32), "w") for columns in (3, 3000)
    )
    for model in (
        small_model(initializers=[small]),
        small_model(initializers=[large]),
        sparse_weights(5),
    ):
        (note,) = inspect_model(saved(tmp_path, model)).notes
        assert "Incompatible dimensions" in note


def functions_that_call_functions_twice(levels: int) -> Any:
    opset = [helper.make_opsetid("", 17), helper.make_opsetid("f", 1)]
    model = small_model(helper.make_node("level0", ["x"], ["y"], domain="f"))
    model.opset_import.append(opset[1])
    model.graph.output[0].CopyFrom(
        helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", 4])
    )
    for level in range(levels):
        below = f"level{level + 1}"
        calls = [
            helper.make_node(below, ["a"], ["b"], domain="f"),
            helper.make_node(below, ["b"], ["c"], domain="f"),
        ]
        model.functions.append(
            helper.make_function("f", f"level{level}", ["a"], ["c"], calls, opset)
        )
    last = [helper.make_node("Relu", ["a"], ["c"])]
    model.functions.append(helper.make_function("f", f"level{levels}", ["a"], ["c"], last, opset))
    return model


def test_inference_without_end_is_stopped_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not inspect_model(saved(tmp_path, functions_that_call_functions_twice(3))).notes
    monkeypatch.setattr(onnx_file, "INFORMATION_SECONDS", 1)
    path = saved(tmp_path, functions_that_call_functions_twice(40))
    assert path.stat().st_size < 10_000
    (note,) = inspect_model(path).notes
    assert "does not get through" in note


def test_inference_that_would_fill_the_memory_is_stopped_and_told(tmp_path: Path) -> None:
    model = small_model(helper.make_node("Split", ["x"], ["y"], num_outputs=2**31, axis=1))
    model.opset_import[0].version = 18
    (note,) = inspect_model(saved(tmp_path, model)).notes
    assert "does not get through" in note


def test_a_file_that_needs_more_than_there_is_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onnx_file, "MEMORY", 1 << 20)
    with pytest.raises(RefusedModel, match=r"or needs over .* GiB"):
        inspect_model(saved(tmp_path, many_operators()))
    monkeypatch.undo()
    monkeypatch.setattr(onnx_file, "SECONDS", 0)
    with pytest.raises(RefusedModel, match="or 0 s"):
        inspect_model(saved(tmp_path, many_operators()))


def many_operators() -> bytes:
    node = helper.make_node("Relu", ["a"], ["b"]).SerializeToString()
    return b"\x08\x08" + delimited(7, delimited(1, node) * 200_000)


def test_the_reader_gets_nothing_of_its_surroundings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "onnx.py").write_text("raise SystemExit('from the folder')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert inspect_model(saved(tmp_path, small_model())).parameters == 12


def test_a_name_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    model = small_model().SerializeToString()
    assert b"\x42\x01w" in model
    with pytest.raises(RefusedModel, match="is not one"):
        inspect_model(saved(tmp_path, model.replace(b"\x42\x01w", b"\x42\x01\xff")))


@pytest.mark.parametrize(
    "mark", ["\x1b[2J", "\x9b2J", "\u202e", "\u061c", "\ufeff", "\u3164", "\u115f", "\ufe0f"]
)
def test_names_that_steer_terminals_or_eyes_are_refused(tmp_path: Path, mark: str) -> None:
    model = small_model()
    model.graph.input[0].name = mark if mark == "\ufe0f" else f"x{mark}"
    with pytest.raises(RefusedModel, match="is not one") as caught:
        inspect_model(saved(tmp_path, model))
    assert mark.isprintable() or mark not in caught.value.message


def test_onnx_over_two_gigabytes_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    with path.open("wb") as file:
        file.truncate(1 << 31)
    with pytest.raises(RefusedModel, match="over 2 GiB"):
        inspect_model(path)
