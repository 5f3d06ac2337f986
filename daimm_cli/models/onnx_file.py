"""ONNX, read by its own package in a bounded process of its own (see onnx_reader.py).

That package is native code, and recurses: a hostile file of 100 bytes could have it take all memory
or never end. The child gets the file as standard input, and neither the environment nor the folder
of who runs this.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any, BinaryIO

from pydantic import TypeAdapter

from daimm_cli.base.errors import DaimmError
from daimm_cli.base.text import sanitise
from daimm_cli.models.parsed import ParsedModel, RefusedModel

MEMORY = 1 << 30
"""Bytes that the reader may take, beside three times the file's size."""

SECONDS = 30
"""Of processor time, beside one for each 16 MiB of the file."""

INFORMATION_SECONDS = 10
"""Of processor time for what is not needed, after the verdict."""

MAX_FILE = (1 << 31) - 1  # protobuf's own limit

_START = """
import sys
sys.path[:] = sys.argv[4:]
from daimm_cli.models import onnx_reader
onnx_reader.main(*map(int, sys.argv[1:4]))
"""
_KEPT = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR")
_STOPPED = "Shape inference does not get through it: other tools may not, either."


def read(file: BinaryIO, size: int) -> ParsedModel:
    """The model's signature and tensors.

    Raises RefusedModel in the reader's words, or where it ends before it has given anything.
    """
    if size > MAX_FILE:
        raise RefusedModel(
            "It is over 2 GiB, which ONNX cannot be: use safetensors for such weights."
        )
    if find_spec("onnx") is None:
        raise DaimmError("Reading this file needs more: install daimm with its 'ml' extra.")
    memory, seconds = MEMORY + 3 * size, SECONDS + (size >> 24)
    limits = map(str, (memory, seconds, INFORMATION_SECONDS))
    places = (str(Path(place or ".").absolute()) for place in sys.path)
    done = subprocess.run(
        [sys.executable, "-I", "-c", _START, *limits, *places],
        stdin=file.fileno(),
        capture_output=True,
        check=False,
        cwd="/",
        env={name: os.environ[name] for name in _KEPT if name in os.environ}
        | {"OPENBLAS_NUM_THREADS": "1"},
    )
    told: dict[str, Any] = {}
    for line in done.stdout.split(b"\n")[:-1]:  # the last is empty, or cut off
        told |= json.loads(line)
    if "refused" in told:
        raise RefusedModel(told["refused"])
    if "model" not in told:
        raise RefusedModel(
            f"The format's own reader breaks on it, or needs over {memory / (1 << 30):.3g} GiB or "
            f"{seconds} s: make the model simpler and export it again."
        )
    note = sanitise(told.get("note", _STOPPED))
    return TypeAdapter(ParsedModel).validate_python(
        told["model"] | {"notes": (note,) if note else ()}
    )
