"""What all formats have in common, and files that are refused whatever they are called."""

import contextlib
import io
import json
import os
import pickle
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import save_file

from daimm_cli.base.errors import DaimmError
from daimm_cli.models import refuse
from daimm_cli.models.inspect import Inspection, RefusedModel, inspect_model
from tests.python.models.samples import (
    MAGIKA,
    crafted,
    delimited,
    gguf,
    key,
    saved,
    small_model,
    tensor,
    varint,
)

GOOD = small_model().SerializeToString()
WHOLE = {
    "m.onnx": GOOD,
    "m.safetensors": crafted({"__metadata__": {"a": "b"}, "a": tensor()}),
    "m.gguf": gguf(
        ("a", [4, 2], 0, 0), ("q", [32], 8, 32), data=66, count=2,
        keys=key("general.name", 8, bytes([1] + [0] * 7) + b"x") + key("n", 4, bytes(4)),
    ),
}  # fmt: skip


def test_progress_reaches_the_end_and_never_falls(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    found = inspect_model(MAGIKA, progress=lambda done, total: seen.append((done, total)))
    assert seen == sorted(seen)
    assert seen[-1] == (found.size, found.size)


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


@pytest.mark.parametrize("name", ["m.safetensors", "m.gguf"])
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_damaged_file_ends_in_an_inspection_or_a_sentence(
    name: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    inspect_damaged(name, data, tmp_path_factory)


@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_a_damaged_onnx_file_does_so_in_its_own_process(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    inspect_damaged("m.onnx", data, tmp_path_factory)


def inspect_damaged(
    name: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    damaged = bytearray(WHOLE[name])
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(damaged)))
        length = data.draw(st.sampled_from([0, 1, 1, 4, 8]))
        odd = st.sampled_from(
            [b"\xff" * 8, b"\x7f", bytes(4), b"\xff" * 9 + b"\x01", b'"', b"[" * 9]
        )
        damaged[start : start + length] = data.draw(st.binary(max_size=4) | odd)
    path = saved(tmp_path_factory.mktemp("damaged"), bytes(damaged), name)
    with contextlib.suppress(RefusedModel):
        assert inspect_model(path).size == len(damaged)


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
        *((pickle.dumps(Runs(), protocol=old), "a pickle.*skl2onnx") for old in (0, 1)),
        *((pickle.dumps({"w": [1.0]}, protocol=old), "a pickle") for old in (0, 1)),
        (pickle.dumps([np.zeros(3)], protocol=0), "a pickle"),
        (b"cos\nsystem\n(S'touch should-not-exist'\ntR.", "a pickle"),
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
    "text", [b"cat\ndog\nbird\n", b"(a\n", b"]q\n", b'{"a": 1}', b"col1,col2\n"]
)
def test_words_are_no_pickle(text: bytes) -> None:
    refuse.by_content(text)


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
from daimm_cli.models import inspect
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
