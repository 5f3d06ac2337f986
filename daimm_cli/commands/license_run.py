"""`daimm license run`: try what was opened, where it can do no harm."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from daimm_cli.base.errors import DaimmError
from daimm_cli.base.files import write_atomic
from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import App, argument, option
from daimm_cli.commands.sandboxed import Sandboxed

if TYPE_CHECKING:
    from daimm_cli.inference.models import Given
    from daimm_cli.inference.recipe import Recipe

app = App()


@app.command(
    "run",
    "daimm license run magika --input README.md",
    "daimm license run model.onnx --input photo.png --output drawn.png",
    "daimm license run model.onnx --input - --json",
)
def run(
    context: Context,
    model: Annotated[Path, argument("An .onnx file; a folder with one, or a sentence model's.")],
    sandboxed: Sandboxed,
    inputs: list[str] = option(
        "A picture, recording, text, .npy, .csv or .json; - for JSON lines. Can be repeated.",
        *("FILE", "--input", "-i"),
        default=...,
    ),
    target: Path | None = option(
        "Where the answer goes: .json, .npy or .png; of several inputs, a folder.",
        *("FILE", "--output", "-o"),
    ),
) -> None:
    """Run a model in a sandbox: it sees its input, and nothing else of this machine.

    A line an input; with --json, all outputs whole. Only ONNX and safetensors: they name no code.
    """
    from daimm_cli.inference import models
    from daimm_cli.inference.recipe import Recipe

    limits, how = sandboxed.limits(), Recipe.of(model, sandboxed.recipe)
    many = len(inputs) > 1 or inputs == ["-"]
    if target and (many != target.is_dir() or not (many or target.suffix in models.WRITERS)):
        raise DaimmError(
            "Name the output .json, .npy or .png; of several inputs, a folder that is there."
        )
    answers = models.run(
        models.model_file(model),
        (given for name in inputs for given in _given(name, how)),
        how,
        limits=limits,
        unsafe=sandboxed.unsafe,
    )
    for count, answer in enumerate(answers, 1):
        if target:
            kind = ".png" if how.picture else ".json"
            place = target / f"{count}{kind}" if many else target
            write_atomic(place, models.WRITERS[place.suffix](answer, how))
            context.emit({"input": answer.name, "output": place}, str(place))
        else:
            told = {"label": answer.label, "sure": answer.sure, "outputs": answer.listed()}
            context.emit({"input": answer.name, **told}, answer.text())


def _given(name: str, how: Recipe) -> Iterator[Given]:
    """The inputs of a file, or of what comes in by lines."""
    from daimm_cli.inference.models import MAX_INPUT, Given  # only when something is run

    if name != "-":
        yield Given.read(Path(name), how)
        return
    for count, line in enumerate(iter(lambda: sys.stdin.buffer.readline(MAX_INPUT), b""), 1):
        if line.strip():
            yield Given(f"line {count}", "json", line)
