"""safetensors: what is read from it, and hostile files, refused by us and by the library."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors
from safetensors.numpy import save_file

from daimm_cli.models import safetensors_file
from daimm_cli.models.inspect import RefusedModel, inspect_model
from tests.python.models.samples import crafted, saved, sha, tensor


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
    assert (found.format, found.inputs) == ("safetensors", ())
    assert found.sha256 == sha(path.read_bytes())
    assert {t.name: (t.dtype, t.shape, t.sha256) for t in found.tensors} == {
        name: (array.dtype.name, array.shape, sha(array.tobytes()))
        for name, array in arrays.items()
    }
    assert found.parameters == 6 + 35 + 0 + 1
    renamed = path.rename(tmp_path / "weights")
    assert inspect_model(renamed).format == "safetensors"


ENTRY = json.dumps(tensor())
HOSTILE = {
    "no header": b"\x01\x02",
    "header past the end": crafted({"a": tensor()}, length=10_000),
    "huge header": crafted({"a": tensor()}, length=2**63),
    "header over the limit": crafted({"a": tensor()}, length=safetensors_file.MAX_HEADER + 1),
    "not json": crafted(b"{not json}"),
    "not utf-8": crafted(b'{"\xff": 1}'),
    "half a surrogate pair as name": crafted(f'{{"a\\ud800":{ENTRY}}}'.encode()),
    "half a surrogate pair in metadata": crafted(
        f'{{"__metadata__":{{"a":"\\udc00"}},"a":{ENTRY}}}'.encode()
    ),
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


def test_a_safetensors_header_length_that_looks_like_a_pickle_is_no_pickle(tmp_path: Path) -> None:
    header = json.dumps({"a": tensor()}).encode().ljust(0x0280)
    data = len(header).to_bytes(8, "little") + header + bytes(4)
    assert data.startswith(b"\x80\x02")
    assert inspect_model(saved(tmp_path, data, "m.safetensors")).parameters == 1


def test_a_header_of_endless_entries_is_refused_before_it_is_parsed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(safetensors_file, "_MARKS", 300)
    monkeypatch.setattr("daimm_cli.base.bounded_json.loads", None)
    for header in ({"__metadata__": dict.fromkeys(map(str, range(80)), "")}, {"a": [0] * 300}):
        with pytest.raises(RefusedModel, match="or notes: split it"):
            inspect_model(saved(tmp_path, crafted(header), "m.safetensors"))
