"""Whether the files of a pack can work together: no missing parts, no error page as configuration.

>>> require(entries, inspect_entries(entries))
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from daimm_cli.base import shallow
from daimm_cli.base.files import open_regular
from daimm_cli.base.text import sanitise
from daimm_cli.models import refuse
from daimm_cli.models.layout import RefusedModel

if TYPE_CHECKING:
    from daimm_cli.models.pack import Entry, PackedFile

MAX_JSON = 64 << 20
_DEPTH = 100
_PART = re.compile(r"(.*-)([0-9]{5})(-of-)([0-9]{5})(\.[a-z]+)", re.ASCII)


def require(entries: Sequence[Entry], files: Sequence[PackedFile]) -> None:
    """Raise RefusedModel where a part of a model that was split is not there."""
    tensors = {
        file.name: {tensor.name for tensor in file.inspection.tensors}
        for file in files
        if file.inspection
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


def read_json(entry: Entry) -> Any:
    """A JSON file of a pack; None where it is too large to look at. Raises RefusedModel."""
    if entry.size > MAX_JSON:
        return None
    with open_regular(entry.path) as file:
        data = file.read()
    try:
        value = shallow.loads(data, depth=_DEPTH)
    except ValueError:
        what = "damaged, or no JSON"
    else:
        if not isinstance(value, dict) or value.keys() != {"error"}:
            return value
        what = "an error message in place of the file"
    raise RefusedModel(
        f"{sanitise(entry.name, 80)} is refused. It is {what}: fetch it again, or leave it out."
    )


def _require_indexed(entry: Entry, tensors: dict[str, set[str]]) -> None:
    index = read_json(entry)
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
