"""A format's own reader, in a process of its own with so much memory and time and no more.

>>> sandbox.run("onnx_reader", fd, size)
[{'tensors': [...], 'inputs': [...]}, {'note': 'Shape inference says: ...'}]

Such readers are native code, or recurse: a hostile file of 100 bytes could have them take all
memory or never end. The child gets the file as standard input, and neither the environment nor the
folder of who runs this.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from daimm_cli.base.errors import DaimmError
from daimm_cli.models.parsed import RefusedModel

MEMORY = 1 << 30
"""Bytes that a reader may take, beside three times the file's size."""

SECONDS = 30
"""Of processor time, beside one for each 16 MiB of the file."""

INFORMATION_SECONDS = 10
"""Of processor time for what is not needed, after the verdict."""

_START = """
import sys
sys.path[:] = sys.argv[5:]
from daimm_cli.models import sandbox
sandbox.main()
"""
_KEPT = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR")


def run(reader: str, fd: int, size: int) -> list[Any]:
    """What `read` of this module gives for the file at `fd`, up to where it breaks or is stopped.

    Raises RefusedModel with the reader's words, or where it breaks before it has given anything.
    """
    memory, seconds = MEMORY + 3 * size, SECONDS + (size >> 24)
    limits = map(str, (memory, seconds, INFORMATION_SECONDS))
    found = (str(Path(place or ".").absolute()) for place in sys.path)
    done = subprocess.run(
        [sys.executable, "-I", "-c", _START, reader, *limits, *found],
        stdin=fd,
        capture_output=True,
        check=False,
        cwd="/",
        env={name: os.environ[name] for name in _KEPT if name in os.environ}
        | {"OPENBLAS_NUM_THREADS": "1"},
    )
    whole_lines = done.stdout.split(b"\n")[:-1]
    parts = [json.loads(line) for line in whole_lines]
    for part in parts:
        if "refused" in part:
            raise RefusedModel(part["refused"])
        if "missing" in part:
            raise DaimmError(part["missing"])
    if not parts:
        raise RefusedModel(
            f"The format's own reader breaks on it, or needs over {memory / (1 << 30):.3g} GiB or "
            f"{seconds} s: make the model simpler and export it again."
        )
    return parts


def main() -> None:
    """The child: limits first, then the reader's parts, a line each."""
    reader, memory, seconds, more = sys.argv[1], *map(int, sys.argv[2:5])
    try:
        module = import_module(f"daimm_cli.models.{reader}")
    except ImportError:
        _write({"missing": "Reading this file needs more: install daimm with its 'ml' extra."})
        return
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_AS, memory)
    _limit(resource.RLIMIT_CPU, seconds)
    parts: Iterator[Any] = module.read(0)
    try:
        for part in parts:
            _write(part)
            used = resource.getrusage(resource.RUSAGE_SELF)
            spent = int(used.ru_utime + used.ru_stime) + 1
            _limit(resource.RLIMIT_CPU, spent + more)
    except RefusedModel as refused:
        _write({"refused": refused.message})


def _limit(what: int, value: int) -> None:
    """Lower a limit for good; one that is lower already stays."""
    hard = resource.getrlimit(what)[1]
    least = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(what, (least, least))


def _write(part: Any) -> None:
    print(json.dumps(part), flush=True)  # noqa: T201 - the parent reads it
