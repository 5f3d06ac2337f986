"""Files that could not work together are refused before they are sealed, with where to get them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from daimm_cli.models import pack
from daimm_cli.models.inspect import RefusedModel, inspect_files

POINTER = (
    b"version https://git-lfs.github.com/spec/v1\n"
    b"oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n"
)
PAGE = b'\n<!DOCTYPE html>\n<html class="">\n<head><title>Sign in</title></head></html>\n'


def inspect(folder: Path) -> list[str]:
    return [file.name for file in inspect_files(pack.collect([folder]))]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model in two parts with their index, as the hub has them."""
    parts = [f"model-{i:05}-of-00002.safetensors" for i in (1, 2)]
    for i, part in enumerate(parts):
        save_file({f"w{i}": np.zeros(4, np.float32)}, tmp_path / part)
    index = {"metadata": {"total_size": 32}, "weight_map": {"w0": parts[0], "w1": parts[1]}}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index))
    (tmp_path / "config.json").write_text('{"hidden_size": 4}')
    return tmp_path


def test_a_model_in_parts_is_taken(folder: Path) -> None:
    assert len(inspect(folder)) == 4


@pytest.mark.parametrize(
    "name",
    ["tokenizer.json", "tokenizer.model", "vocab.txt", "merges.txt", "more.safetensors", "x.onnx",
     "x.gguf", "special_tokens_map.json"],
)  # fmt: skip
@pytest.mark.parametrize(
    ("data", "says"),
    [(POINTER, "a Git LFS pointer.*git lfs pull"), (PAGE, "a web page.*/resolve/")],
    ids=["pointer", "page"],
)
def test_what_stands_in_for_a_file_is_named(
    folder: Path, name: str, data: bytes, says: str
) -> None:
    (folder / name).write_bytes(data)
    with pytest.raises(RefusedModel, match=f"{name} is refused. It is {says}"):
        inspect(folder)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "no JSON"),
        (b"Entry not found", "no JSON"),
        (b'{"a": 1', "no JSON"),
        (b'{"a":' * 5000, "no JSON"),
        (b"\xff\xfe{\0}\0", "no JSON"),
        (b'{"error":"Repository not found"}', "an error message"),
    ],
)
def test_json_that_is_none_is_named(folder: Path, data: bytes, says: str) -> None:
    (folder / "tokenizer_config.json").write_bytes(data)
    with pytest.raises(RefusedModel, match=rf"tokenizer_config\.json is refused.*{says}.*fetch it"):
        inspect(folder)


def test_a_missing_part_is_named(folder: Path) -> None:
    (folder / "model-00002-of-00002.safetensors").unlink()
    says = r"one of 2 parts, and model-00002-of-00002\.safetensors is not among the files"
    with pytest.raises(RefusedModel, match=says):
        inspect(folder)
    (folder / "model-00001-of-00002.safetensors").rename(folder / "model.safetensors")
    with pytest.raises(RefusedModel, match=r"index\.json names its parts, and model-00001-of"):
        inspect(folder)


def test_one_part_alone_is_no_model(folder: Path) -> None:
    with pytest.raises(RefusedModel, match="one of 2 parts"):
        inspect_files(pack.collect([folder / "model-00001-of-00002.safetensors"]))


def test_an_index_in_a_folder_means_the_parts_beside_it(folder: Path, tmp_path: Path) -> None:
    inner = tmp_path / "net" / "unet"
    inner.mkdir(parents=True)
    for file in [*folder.glob("*.safetensors"), *folder.glob("*.json")]:
        file.rename(inner / file.name)
    assert "unet/model.safetensors.index.json" in inspect(tmp_path / "net")


def changed(folder: Path, **more: Any) -> None:
    path = folder / "model.safetensors.index.json"
    index = json.loads(path.read_text())
    index["weight_map"] |= more
    path.write_text(json.dumps(index))


def test_an_index_of_another_model_is_told(folder: Path) -> None:
    changed(folder, w1="model-00001-of-00002.safetensors")
    with pytest.raises(RefusedModel, match=r"tensor 'w1' is in model-00001-of.*where it is not"):
        inspect(folder)
    changed(folder, w1="pytorch_model.bin")
    with pytest.raises(RefusedModel, match="not sold here: leave it out"):
        inspect(folder)


@pytest.mark.parametrize("name", ["../x.safetensors", "/etc/passwd", ""])
def test_an_index_leads_nowhere_else(folder: Path, name: str) -> None:
    changed(folder, w1=name)
    with pytest.raises(RefusedModel, match="is not among the files"):
        inspect(folder)
