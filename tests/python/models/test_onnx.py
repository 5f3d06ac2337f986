"""ONNX: what is read from it, and hostile files that must be refused with a reason."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from daimm_cli.models import layout, onnx_check, onnx_wire
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


def test_large_initializers_are_left_out_of_memory_but_digested(tmp_path: Path) -> None:
    big = np.random.default_rng(1).random((4, 5000), np.float32)
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["h"]),
        helper.make_node("ReduceMax", ["h"], ["m"], axes=[1]),
        helper.make_node("Expand", ["m", "s"], ["y"]),
    ]
    stored = [numpy_helper.from_array(big, "w"), numpy_helper.from_array(np.array([1, 3]), "s")]
    path = saved(tmp_path, small_model(*nodes, initializers=stored))
    found = inspect_model(path)
    assert {t.name: t.sha256 for t in found.tensors}["w"] == sha(big.tobytes())
    with path.open("rb") as file:
        skeleton, _ = onnx_wire.skim(layout.Window(file.fileno(), path.stat().st_size))
    assert len(skeleton) < 2000


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
        (GOOD + delimited(7, b""), "one thing twice"),
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


def test_raw_data_said_twice_is_refused(tmp_path: Path) -> None:
    tensor = WEIGHTS.SerializeToString() + delimited(9, bytes(48))
    graph = small_model().graph
    del graph.initializer[:]
    data = b"\x08\x08" + delimited(7, graph.SerializeToString() + delimited(5, tensor))
    with pytest.raises(RefusedModel, match="one thing twice"):
        inspect_model(saved(tmp_path, data))


def test_what_the_checker_refuses_is_refused_with_its_words(tmp_path: Path) -> None:
    wrong_shape = numpy_helper.from_array(np.zeros((5, 3), np.float32), "w")
    undefined = helper.make_node("MatMul", ["x", "nowhere"], ["y"])
    for model in (small_model(initializers=[wrong_shape]), small_model(undefined)):
        with pytest.raises(RefusedModel, match=r"onnx\.checker refuses it"):
            inspect_model(saved(tmp_path, model))
    big_wrong = numpy_helper.from_array(np.zeros((5, 3000), np.float32), "w")
    with pytest.raises(RefusedModel, match=r"onnx\.checker refuses it"):
        inspect_model(saved(tmp_path, small_model(initializers=[big_wrong])))


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


def test_a_graph_that_the_checker_never_gets_through_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert inspect_model(saved(tmp_path, functions_that_call_functions_twice(3)))
    monkeypatch.setattr(onnx_check, "SECONDS", 1)
    with pytest.raises(RefusedModel, match="or needs over 2 GiB or 1 s"):
        inspect_model(saved(tmp_path, functions_that_call_functions_twice(40)))


def test_a_graph_that_would_fill_the_memory_is_refused(tmp_path: Path) -> None:
    model = small_model(helper.make_node("Split", ["x"], ["y"], num_outputs=2**31, axis=1))
    model.opset_import[0].version = 18
    with pytest.raises(RefusedModel, match="or needs over 2 GiB"):
        inspect_model(saved(tmp_path, model))


def test_a_name_that_is_not_utf_8_is_refused_and_a_note_is_mended(tmp_path: Path) -> None:
    model = small_model(producer_name="@@@@").SerializeToString()
    assert b"\x42\x01w" in model
    with pytest.raises(RefusedModel, match="is not one"):
        inspect_model(saved(tmp_path, model.replace(b"\x42\x01w", b"\x42\x01\xff")))
    noted = model.replace(b"@@@@", b"\xff@@@")
    assert inspect_model(saved(tmp_path, noted)).metadata["producer_name"] == "\ufffd@@@"


def test_endless_operators_are_refused_before_they_are_parsed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    relus = [helper.make_node("Relu", [f"n{i}"], [f"n{i + 1}"]) for i in range(60)]
    model = small_model(*relus)
    monkeypatch.setattr(onnx_wire, "MAX_MESSAGES", 60)
    monkeypatch.setattr(onnx.ModelProto, "FromString", None)
    with pytest.raises(RefusedModel, match="over 60 operators"):
        inspect_model(saved(tmp_path, model))


def test_much_data_outside_initializers_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onnx_wire, "MAX_SKELETON", 1000)
    value = numpy_helper.from_array(np.zeros((4, 300), np.float32), "c")
    node = helper.make_node("Constant", [], ["c"], value=value)
    numbers = b"\x08\x08" + b"\x98\x06\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01" * 101
    for model in (small_model(node), numbers):
        with pytest.raises(RefusedModel, match="move large constants into initializers"):
            inspect_model(saved(tmp_path, model))


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
