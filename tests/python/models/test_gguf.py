"""GGUF: what is read from it, and hostile files that must be refused."""

from pathlib import Path

import pytest

from daimm_cli.models.inspect import RefusedModel, inspect_model
from tests.python.models.samples import gguf, key, saved, sha


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
    assert inspect_model(saved(tmp_path, file, "noending")).format == "gguf"


def test_what_a_gguf_says_of_its_licence_is_told_without_escapes(tmp_path: Path) -> None:
    words = key("general.license", 8, (12).to_bytes(8, "little") + b"llama3.1\x1b[2J")
    assert inspect_model(saved(tmp_path, gguf(keys=words, count=1), "m.gguf")).license == "llama3.1"
    number = gguf(keys=key("general.license", 4, bytes(4)), count=1)
    assert inspect_model(saved(tmp_path, number, "m.gguf")).license == ""


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
        gguf(keys=key("a", 4, bytes(4)) * 2, count=2),
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
