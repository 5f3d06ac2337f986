"""What the files of a pack are, and whether they can work together: no part missing, no error page
in the place of a configuration.

>>> [(file.name, file.format) for file in inspect_files(pack.collect([Path("my-model/")]))]
[('config.json', 'json'), ('model.safetensors', 'safetensors')]
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from hashlib import file_digest
from pathlib import PurePosixPath
from typing import Any

from daimm_cli.base import bounded_json
from daimm_cli.base.files import Progress, no_progress, open_regular
from daimm_cli.base.text import sanitise
from daimm_cli.models import refuse
from daimm_cli.models.inspect import READERS, Inspection, inspect_model
from daimm_cli.models.pack import Member
from daimm_cli.models.parsed import RefusedModel

OTHER_SUFFIXES = {
    "", ".csv", ".jinja", ".jpeg", ".jpg", ".json", ".jsonl", ".license", ".md", ".merges",
    ".model", ".png", ".spm", ".svg", ".tiktoken", ".toml", ".tsv", ".txt", ".vocab", ".yaml",
    ".yml",
}  # fmt: skip

MAX_JSON = 64 << 20
_DEPTH = 100
_PART = re.compile(r"(.*-)([0-9]{5})(-of-)([0-9]{5})(\.[a-z]+)", re.ASCII)


def inspect_files(
    entries: Sequence[Member], *, progress: Progress = no_progress
) -> list[Inspection]:
    """Inspect every file: models as `inspect_model` does, others by a list of kinds.

    Raises RefusedModel for a file of another kind, and where none is a model.
    """
    files = []
    for entry in entries:
        if entry.path.suffix.lower().removeprefix(".") in READERS:
            found = inspect_model(entry.path, progress=progress)
            files.append(replace(found, name=entry.name))
        else:
            files.append(_other(entry))
    if not any(file.is_model for file in files):
        raise RefusedModel(
            "None of these files is a model: name an .onnx, .safetensors or .gguf file."
        )
    _require_whole(entries, files)
    return files


def _other(entry: Member) -> Inspection:
    refuse.by_name(entry.path)
    suffix = entry.path.suffix.lower()
    if suffix not in OTHER_SUFFIXES:
        raise RefusedModel(
            f"{sanitise(entry.name, 80)} is refused: files like {sanitise(suffix, 20)} do not go "
            "with a model. Leave it out, or keep it as JSON or text."
        )
    with open_regular(entry.path) as file:
        try:
            refuse.by_content(file.read(1 << 16))
        except RefusedModel as refused:
            raise RefusedModel(
                f"{sanitise(entry.name, 80)} is refused. {refused.message}"
            ) from None
        file.seek(0)
        digest = file_digest(file, "sha256").hexdigest()
    if suffix == ".json":
        _read_json(entry)
    return Inspection(
        format=suffix[1:] or "text", tensors=[], name=entry.name, size=entry.size, sha256=digest
    )


def _require_whole(entries: Sequence[Member], files: Sequence[Inspection]) -> None:
    """Raise RefusedModel where a part of a model that was split is not there."""
    tensors = {
        file.name: {tensor.name for tensor in file.tensors} for file in files if file.is_model
    }
    for name in tensors:
        if part := _PART.fullmatch(name):
            parts = (
                f"{part[1]}{i:05}{part[3]}{part[4]}{part[5]}" for i in range(1, int(part[4]) + 1)
            )
            _require_there(f"{name} is one of {int(part[4])} parts", parts, tensors)
    for entry in entries:
        if entry.name.endswith(".index.json"):
            _require_indexed(entry, tensors)


def _read_json(entry: Member) -> Any:
    """A JSON file of a pack; None where it is too large to look at. Raises RefusedModel."""
    if entry.size > MAX_JSON:
        return None
    with open_regular(entry.path) as file:
        data = file.read()
    try:
        value = bounded_json.loads(data, depth=_DEPTH)
    except ValueError:
        what = "damaged, or no JSON"
    else:
        if not isinstance(value, dict) or value.keys() != {"error"}:
            return value
        what = "an error message in place of the file"
    raise RefusedModel(
        f"{sanitise(entry.name, 80)} is refused. It is {what}: fetch it again, or leave it out."
    )


def _require_indexed(entry: Member, tensors: dict[str, set[str]]) -> None:
    index = _read_json(entry)
    places = index.get("weight_map") if isinstance(index, dict) else None
    if not isinstance(places, dict) or not all(isinstance(file, str) for file in places.values()):
        return
    folder = PurePosixPath(entry.name).parent
    shards = {file: (folder / file).as_posix() for file in places.values()}
    shown = sanitise(entry.name, 80)
    if not all(map(refuse.is_sold, shards)):
        raise RefusedModel(f"{shown} is of files that are not sold here: leave it out.")
    _require_there(f"{shown} names its parts", sorted(shards.values()), tensors)
    for tensor, file in places.items():
        if tensor not in tensors[shards[file]]:
            raise RefusedModel(
                f"{shown} says that tensor '{sanitise(tensor, 60)}' is in {sanitise(file, 80)}, "
                "where it is not: take index and parts from one place, or save the model again."
            )


def _require_there(why: str, names: Iterable[str], tensors: dict[str, set[str]]) -> None:
    for name in names:
        if name not in tensors:
            raise RefusedModel(
                f"{why}, and {sanitise(name, 80)} is not among the files: fetch it from where the "
                "others are from, and publish them together."
            )
