"""Real small models of each format, and hostile ones that must be refused with a reason."""

import hashlib
import io
import json
import os
import pickle
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import magika
import numpy as np
import onnx
import pytest
import safetensors
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import save_file

from daimm_cli.errors import DaimmError
from daimm_cli.models import layout, onnx_wire, safetensors_file
from daimm_cli.models.inspect import Inspection, Port, RefusedModel, inspect_model

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


def test_progress_reaches_the_end_and_never_falls(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    found = inspect_model(MAGIKA, progress=lambda done, total: seen.append((done, total)))
    assert seen == sorted(seen)
    assert seen[-1] == (found.size, found.size)


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


def test_a_renamed_reshaped_or_reformatted_copy_has_the_same_digests(tmp_path: Path) -> None:
    weights = np.arange(12, dtype=np.float32)
    one = inspect_model(saved(tmp_path, small_model()))
    save_file({"stolen": weights.reshape(2, 6)}, tmp_path / "m.safetensors")
    other = inspect_model(tmp_path / "m.safetensors")
    assert one.tensors[0].sha256 == other.tensors[0].sha256
    assert one.tensors_digest == other.tensors_digest
    weights[0] = 9
    save_file({"w": weights}, tmp_path / "n.safetensors")
    assert inspect_model(tmp_path / "n.safetensors").tensors_digest != one.tensors_digest


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


def varint(value: int) -> bytes:
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def delimited(number: int, data: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(data)) + data


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


def test_much_data_outside_initializers_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onnx_wire, "MAX_SKELETON", 1000)
    value = numpy_helper.from_array(np.zeros((4, 300), np.float32), "c")
    node = helper.make_node("Constant", [], ["c"], value=value)
    with pytest.raises(RefusedModel, match="move large constants into initializers"):
        inspect_model(saved(tmp_path, small_model(node)))


def test_names_that_steer_terminals_are_refused(tmp_path: Path) -> None:
    model = small_model()
    model.graph.input[0].name = "x\x1b[2J"
    with pytest.raises(RefusedModel) as caught:
        inspect_model(saved(tmp_path, model))
    assert "\x1b" not in caught.value.message


def test_onnx_over_two_gigabytes_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    with path.open("wb") as file:
        file.truncate(1 << 31)
    with pytest.raises(RefusedModel, match="over 2 GiB"):
        inspect_model(path)


# safetensors


def test_safetensors_agree_with_their_library(tmp_path: Path) -> None:
    arrays: dict[str, np.ndarray[Any, Any]] = {
        "b": np.arange(6, dtype=np.int64).reshape(2, 3),
        "a.weight": np.random.default_rng(1).random((7, 5), np.float32),
        "empty": np.zeros((0, 4), np.float16),
        "scalar": np.array(3.5),
    }
    path = tmp_path / "m.safetensors"
    save_file(arrays, path, metadata={"format": "np"})
    found = inspect_model(path)
    assert (found.format, found.inputs, found.metadata) == ("safetensors", (), {"format": "np"})
    assert found.sha256 == sha(path.read_bytes())
    assert {t.name: (t.dtype, t.shape, t.sha256) for t in found.tensors} == {
        name: (array.dtype.name, array.shape, sha(array.tobytes()))
        for name, array in arrays.items()
    }
    assert found.parameters == 6 + 35 + 0 + 1
    renamed = path.rename(tmp_path / "weights")
    assert inspect_model(renamed).format == "safetensors"


def tensor(begin: int = 0, end: int = 4, dtype: Any = "F32", shape: Any = (1,)) -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def crafted(header: Any, data: bytes = bytes(4), length: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return (len(text) if length is None else length).to_bytes(8, "little") + text + data


ENTRY = json.dumps(tensor())
HOSTILE = {
    "no header": b"\x01\x02",
    "header past the end": crafted({"a": tensor()}, length=10_000),
    "huge header": crafted({"a": tensor()}, length=2**63),
    "header over the limit": crafted({"a": tensor()}, length=safetensors_file.MAX_HEADER + 1),
    "not json": crafted(b"{not json}"),
    "not utf-8": crafted(b'{"\xff": 1}'),
    "not a table": crafted(b"[]"),
    "deep": crafted(b'{"a":' + b"[" * 100_000),
    "a name twice": crafted(f'{{"a":{ENTRY},"a":{ENTRY}}}'.encode()),
    "a key twice": crafted(b'{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}'),
    "a float offset": crafted({"a": tensor(0, 4.0)}),  # type: ignore[arg-type]
    "a boolean offset": crafted({"a": tensor(False, 4)}),
    "infinity": crafted(b'{"a":{"dtype":"F32","shape":[Infinity],"data_offsets":[0,4]}}'),
    "a negative offset": crafted({"a": tensor(-4, 0)}),
    "a negative shape": crafted({"a": tensor(shape=[-1, -1])}),
    "an unknown dtype": crafted({"a": tensor(dtype="PICKLE")}),
    "a dtype that is no text": crafted({"a": tensor(dtype=["F32"])}),
    "an unknown key": crafted({"a": {**tensor(), "x": 1}}),
    "a gap": crafted({"a": tensor(), "b": tensor(8, 12)}, bytes(12)),
    "an overlap": crafted({"a": tensor(), "b": tensor(0, 4)}, bytes(8)),
    "a hidden beginning": crafted({"a": tensor(4, 8)}, bytes(8)),
    "a hidden end": crafted({"a": tensor()}, bytes(5)),
    "truncated": crafted({"a": tensor()}, bytes(3)),
    "a wrong size": crafted({"a": tensor(shape=[2])}),
    "an overflowing shape": crafted({"a": tensor(shape=[2**62, 2**62, 4])}),
    "metadata of numbers": crafted({"__metadata__": {"a": 1}, "a": tensor()}),
    "metadata of lists": crafted({"__metadata__": [], "a": tensor()}),
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_safetensors_are_refused_by_us_and_by_the_library(
    tmp_path: Path, data: bytes
) -> None:
    path = saved(tmp_path, data, "m.safetensors")
    with pytest.raises(RefusedModel, match=r"m\.safetensors is refused"):
        inspect_model(path)


def test_what_the_library_refuses_we_refuse() -> None:
    accepted = []
    for name, data in HOSTILE.items():
        try:
            safetensors.deserialize(data)  # type: ignore[no-untyped-call]
        except Exception:  # noqa: BLE001 - whichever error of the library
            continue
        accepted.append(name)
    assert set(accepted) <= {"a name twice", "a key twice", "an unknown key"}


# GGUF


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


def test_gguf(tmp_path: Path) -> None:
    words = b"\x08\0\0\0" + (2).to_bytes(8, "little") + ((1).to_bytes(8, "little") + b"a") * 2
    keys = key("general.architecture", 8, (5).to_bytes(8, "little") + b"llama")
    keys += key("tokens", 9, words)
    file = gguf(("a", [4, 2], 0, 0), ("q", [32], 8, 32), keys=keys, count=2, data=66)
    found = inspect_model(saved(tmp_path, file, "m.gguf"))
    data = bytes(range(66))
    assert [(t.name, t.dtype, t.shape, t.sha256) for t in found.tensors] == [
        ("a", "float32", (2, 4), sha(data[:32])),
        ("q", "q8_0", (32,), sha(data[32:66])),
    ]
    assert found.metadata["general.architecture"] == "llama"
    assert inspect_model(saved(tmp_path, file, "noending")).format == "gguf"


@pytest.mark.parametrize(
    "data",
    [
        b"GGUF",
        b"JUNK" + bytes(100),
        gguf(version=1),
        gguf(("a", [4], 0, 0), data=8),
        gguf(("a", [8], 0, 0), ("b", [8], 0, 0)),
        gguf(("a", [8], 0, 0), ("a", [8], 0, 32)),
        gguf(("a", [4], 0, 8)),
        gguf(("a", [4], 99, 0)),
        gguf(("q", [31], 8, 0)),
        gguf(("a", [2**61, 2**61], 0, 0)),
        gguf(count=2**60),
        gguf(keys=key("a", 9, b"\x00\0\0\0" + (2**60).to_bytes(8, "little")), count=1),
        gguf(keys=key("a", 9, (b"\x09\0\0\0" + (1).to_bytes(8, "little")) * 9), count=1),
        gguf(keys=key("a", 8, (2**60).to_bytes(8, "little")), count=1),
        gguf(keys=key("general.alignment", 4, (3).to_bytes(4, "little")), count=1),
        gguf(keys=key("general.alignment", 4, (0).to_bytes(4, "little")), count=1),
    ],
)
def test_hostile_gguf_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(RefusedModel, match=r"m\.gguf is refused"):
        inspect_model(saved(tmp_path, data, "m.gguf"))


def test_a_truncated_gguf_is_called_so(tmp_path: Path) -> None:
    with pytest.raises(RefusedModel, match="truncated"):
        inspect_model(saved(tmp_path, gguf(("a", [4], 0, 0), data=8), "m.gguf"))


# what runs code, and what is no model


class Runs:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, ("touch should-not-exist",)


def zipped(*names: str) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        for name in names:
            archive.writestr(name, b"x")
    return memory.getvalue()


OLD_TORCH = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."


@pytest.mark.parametrize("name", ["m.onnx", "m.safetensors", "m.gguf", "model"])
@pytest.mark.parametrize(
    ("data", "says"),
    [
        (pickle.dumps(Runs()), "a pickle.*skl2onnx"),
        (pickle.dumps({"w": [1.0]}, protocol=2), "a pickle"),
        (OLD_TORCH, "PyTorch.*safetensors.torch.save_file"),
        (zipped("archive/data.pkl", "archive/version"), "PyTorch"),
        (zipped("code/constants.pkl"), "PyTorch"),
        (zipped("config.json", "model.weights.h5"), "Keras"),
        (zipped("readme.txt"), "zip archive"),
        (b"\x93NUMPY\x01\x00", "NumPy"),
        (b"\x89HDF\r\n\x1a\n" + bytes(100), "Keras"),
        (b"\x20\0\0\0TFL3" + bytes(100), "TensorFlow Lite"),
        (b"\x78\x9c" + bytes(50), "joblib"),
        (b"\x7fELF" + bytes(100), "a program"),
    ],
)
def test_what_runs_code_is_named_whatever_it_is_called(
    tmp_path: Path, name: str, data: bytes, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RefusedModel, match=says):
        inspect_model(saved(tmp_path, data, name))
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize(
    "name",
    ["m.pt", "m.PTH", "pytorch_model.bin", "m.ckpt", "m.pkl", "m.pickle", "m.joblib", "m.npy",
     "m.npz", "m.h5", "m.keras", "m.tflite", "m.zip", "m.tar", "m.tar.gz", "m.dill"],
)  # fmt: skip
def test_endings_of_refused_formats_are_refused_whatever_is_inside(
    tmp_path: Path, name: str
) -> None:
    with pytest.raises(RefusedModel, match="is refused"):
        inspect_model(saved(tmp_path, GOOD, name))


def test_a_safetensors_header_length_that_looks_like_a_pickle_is_no_pickle(tmp_path: Path) -> None:
    header = json.dumps({"a": tensor()}).encode().ljust(0x0280)
    data = len(header).to_bytes(8, "little") + header + bytes(4)
    assert data.startswith(b"\x80\x02")
    assert inspect_model(saved(tmp_path, data, "m.safetensors")).parameters == 1


def test_what_is_not_a_file_is_a_sentence(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.onnx")
    for path, says in (
        (tmp_path / "none.onnx", "There is no file"),
        (tmp_path, "directory"),
        (tmp_path / "pipe.onnx", "not a regular file"),
        (saved(tmp_path, GOOD, "m.xyz"), "Only .onnx"),
    ):
        with pytest.raises(DaimmError, match=says):
            inspect_model(path)


def test_a_file_that_changes_meanwhile_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path, small_model())

    def touch(done: int, total: int) -> None:
        os.utime(path, ns=(1, 1))

    with pytest.raises(DaimmError, match="changed while"):
        inspect_model(path, progress=touch)


PEAK = """
import sys
from pathlib import Path
from daimm_cli.models import inspect, onnx_file
import onnx.checker, onnx.shape_inference, numpy
def resident():
    return int(next(l for l in open("/proc/self/status") if l.startswith("VmHWM")).split()[1])
before = resident()
inspect.inspect_model(Path(sys.argv[1]))
print(resident() - before)
"""


def peak(path: Path) -> int:
    """KiB of peak resident memory that inspecting takes beyond the imports."""
    command = [sys.executable, "-c", PEAK, str(path)]
    return int(subprocess.run(command, capture_output=True, check=True, text=True).stdout)


def test_memory_stays_flat(tmp_path: Path) -> None:
    size = 400 << 20
    header = json.dumps({"a": tensor(0, size, shape=[size // 4])}).encode()
    weights = tmp_path / "m.safetensors"
    with weights.open("wb") as file:
        file.write(len(header).to_bytes(8, "little") + header)
        file.truncate(8 + len(header) + size)
    assert peak(weights) < 20_000
    raw = delimited(8, b"w") + b"\x08\x04\x08" + varint(size // 16) + b"\x10\x01"
    raw += varint(9 << 3 | 2) + varint(size)
    graph = small_model(initializers=[]).graph
    graph.output[0].type.tensor_type.shape.dim[1].dim_value = size // 16
    rest = graph.SerializeToString()
    opened = varint(5 << 3 | 2) + varint(len(raw) + size) + raw
    model = b"\x08\x08" + delimited(8, b"\x10\x11")
    model += varint(7 << 3 | 2) + varint(len(rest) + len(opened) + size) + rest + opened
    big = tmp_path / "m.onnx"
    with big.open("wb") as file:
        file.write(model)
        file.truncate(len(model) + size)
    assert peak(big) < 40_000


def test_an_inspection_is_short_to_print() -> None:
    found: Inspection = inspect_model(MAGIKA)
    assert len(repr(found)) < 1000
