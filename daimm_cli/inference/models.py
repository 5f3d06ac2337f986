"""Runs a model of a known format over inputs, in the sandbox.

>>> [answer] = run(Path("model.onnx"), [Given("a.csv", "csv", b"1,2\\n")], Recipe())
>>> answer.outputs["scores"].shape
(1, 3)
"""

from __future__ import annotations

import base64
import io
import json
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from daimm_cli.base import bounded_json
from daimm_cli.base.errors import DaimmError, VerificationFailed
from daimm_cli.base.files import read_bounded
from daimm_cli.base.text import sanitise, to_json
from daimm_cli.inference.recipe import Picture, Recipe
from daimm_cli.models.inspect import RefusedModel, inspect_model
from daimm_cli.sandbox.sandbox import BrokeOff, Limits
from daimm_cli.sandbox.sandbox import run as boxed

__all__ = ["WRITERS", "Answer", "Given", "Limits", "model_file", "run"]

PACKAGES = ("numpy", "onnxruntime", "PIL")
CHILD = Path(__file__).with_name("child.py")
MAX_INPUT = 256 << 20
_KINDS = {
    ".npy": "npy", ".csv": "csv", ".json": "json", ".txt": "text", ".md": "text", ".wav": "wav",
    ".png": "image", ".jpg": "image", ".jpeg": "image", ".webp": "image", ".bmp": "image",
}  # fmt: skip
_DTYPES = {"<f2", "<f4", "<f8", "|i1", "|u1", "|b1", *(f"<{k}{n}" for k in "iu" for n in (2, 4, 8))}


@dataclass(frozen=True)
class Given:
    """An input: what it is called, its kind, its bytes."""

    name: str
    kind: str
    data: bytes

    @classmethod
    def read(cls, path: Path, recipe: Recipe) -> Given:
        """A file; its kind follows from its name, unless the model takes any file's bytes."""
        long = DaimmError(f"{path} is over 256 MiB: give it in parts.")
        data = read_bounded(path, MAX_INPUT, long)
        kind = "bytes" if recipe.begin else _KINDS.get(path.suffix.lower(), "bytes")
        return cls(str(path), kind, data)


@dataclass(frozen=True)
class Answer:
    """What a model said to one input. seconds: of the model alone."""

    name: str
    outputs: dict[str, Any]
    seconds: float
    label: str | None
    sure: float | None

    def listed(self) -> dict[str, object]:
        """The outputs for JSON, arrays as lists."""
        return {name: _listed(value) for name, value in self.outputs.items()}

    def first(self, name: str = "") -> Any:
        """The output of that name, else the first; raises DaimmError where it is no array."""
        value = self.outputs.get(name or next(iter(self.outputs), ""))
        if not hasattr(value, "shape"):
            what = f"output {sanitise(name)}" if name else "first output"
            raise DaimmError(f"The model's {what} is no array: write its answer as .json.")
        return value

    def text(self) -> str:
        """For people: the class, or each output's shape and first numbers."""
        if self.label is not None:
            return f"{self.name}  {self.label}" + f" ({self.sure:.1%} sure)" * (
                self.sure is not None
            )
        told = [f"{name} {_shown(value)}" for name, value in self.outputs.items()]
        return f"{self.name}  {'; '.join(told)}"


def model_file(model: Path) -> Path:
    """What is run: the file named, the only .onnx of a folder, or a folder with a sentence model.

    Raises RefusedModel for every format that is not on the list, and for ONNX that needs more than
    itself.
    """
    weights = model / "model.safetensors"
    if model.is_dir():
        found = sorted(model.glob("*.onnx"))
        if not found and weights.is_file() and (model / "config.json").is_file():
            inspect_model(weights)
            return model
        if len(found) != 1:
            raise DaimmError(f"{model} holds {len(found)} .onnx files: name the one to run.")
        [model] = found
    if (kind := inspect_model(model).format) != "onnx":
        raise RefusedModel(
            f"{model.name} is {kind}, which holds weights alone: name an ONNX file, or the folder "
            "of a sentence model."
        )
    return model


def run(
    model: Path,
    inputs: Iterable[Given],
    recipe: Recipe,
    *,
    limits: Limits,
    threads: int = 1,
    unsafe: bool = False,
) -> Iterator[Answer]:
    """Answers in the order of the inputs, each before the next one is taken.

    model: of `model_file`. Raises VerificationFailed for an input that the model does not take.
    """
    waiting: list[str] = []

    def fed() -> Iterator[bytes]:
        yield job
        for given in inputs:
            waiting.append(given.name)
            data = base64.b64encode(given.data).decode()
            yield json.dumps({"kind": given.kind, "data": data}).encode() + b"\n"

    job = json.dumps({"recipe": recipe.model_dump(), "threads": threads}).encode() + b"\n"
    words = [model, CHILD.with_name("sentences.py")]
    said = boxed(CHILD, words, packages=PACKAGES, feed=fed(), limits=limits, unsafe=unsafe)
    _told(next(said, b""), "loaded")
    for line in said:
        yield _answer(waiting.pop(0) if waiting else "", line, recipe)


def _told(line: bytes, key: str) -> dict[str, Any]:
    """A line of the child's, which the model may have taken over."""
    try:
        told = bounded_json.loads(line)
    except ValueError:
        told = None
    if not isinstance(told, dict) or key not in told:
        raise BrokeOff("The model does not answer as it should: it may be damaged, or hostile.")
    return told


def _answer(name: str, line: bytes, recipe: Recipe) -> Answer:
    if b'"wrong"' in line[:20]:
        wrong = sanitise(_told(line, "wrong")["wrong"], 400).rstrip(".")
        raise VerificationFailed(f"The model does not take {sanitise(name)}: {wrong}.")
    told = _told(line, "outputs")
    try:
        outputs = {sanitise(n): _value(v) for n, v in told["outputs"].items()}
        seconds = float(told["seconds"])
        if not 0 <= seconds < math.inf:
            raise ValueError("seconds")
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
        raise BrokeOff("The model does not answer as it should: it may be hostile.") from None
    label, sure = _label(outputs, recipe)
    return Answer(name, outputs, seconds, label, sure)


def _value(told: dict[str, Any]) -> Any:
    import numpy as np

    if "value" in told:
        return told["value"]
    if told["dtype"] not in _DTYPES:
        raise ValueError("dtype")
    data = base64.b64decode(told["data"], validate=True)
    return np.frombuffer(data, told["dtype"]).reshape([int(size) for size in told["shape"]])


def _label(outputs: dict[str, Any], recipe: Recipe) -> tuple[str | None, float | None]:
    """The class of the one that was given, where the recipe names classes."""
    for value in outputs.values() if recipe.labels else ():
        if getattr(value, "size", 0) == len(recipe.labels):
            place = int(value.argmax())
            return sanitise(recipe.labels[place]), float(value.reshape(-1)[place])
    return None, None


def _listed(value: Any) -> Any:
    """Nested lists; what is no finite number is null, and what has no numbers one empty list: its
    shape may promise any number of them."""
    import numpy as np

    if not hasattr(value, "shape"):
        return value
    if not value.size:
        return []
    listed = value.astype(object)
    listed[~np.isfinite(value)] = None
    return listed.tolist()


def _shown(value: Any) -> str:
    if not hasattr(value, "shape"):
        return sanitise(value)
    first = ", ".join(f"{number:.6g}" for number in value.reshape(-1)[:6])
    return f"{'x'.join(map(str, value.shape))}: {first}{', …' * (value.size > 6)}"


def _json(answer: Answer, _: Recipe) -> bytes:
    return to_json(answer.listed()).encode() + b"\n"


def _npy(answer: Answer, _: Recipe) -> bytes:
    import numpy as np

    held = io.BytesIO()
    np.save(held, answer.first(), allow_pickle=False)
    return held.getvalue()


def _png(answer: Answer, recipe: Recipe) -> bytes:
    """A picture of what has one or three channels, first or last. Floats are of 0 to 1, and whole
    numbers pixels, unless the recipe says how they become some."""
    import numpy as np
    from PIL import Image

    how = recipe.picture
    pixels = answer.first(how.output if how else "")
    pixels = pixels[0] if pixels.ndim == 4 and pixels.shape[0] == 1 else pixels
    if pixels.ndim == 3 and pixels.shape[0] in (1, 3):
        pixels = pixels.transpose(1, 2, 0)
    pixels = pixels[..., 0] if pixels.ndim == 3 and pixels.shape[2] == 1 else pixels
    if not pixels.size or (pixels.ndim != 2 and pixels.shape[2:] != (3,)):
        raise DaimmError("The model's output is no picture: write its answer as .npy or .json.")
    if how or pixels.dtype.kind == "f":
        scaled = how or Picture()
        pixels = pixels.astype(np.float64) * scaled.scale + scaled.offset
        pixels = np.nan_to_num(pixels)
    held = io.BytesIO()
    Image.fromarray(pixels.clip(0, 255).round().astype(np.uint8)).save(held, "PNG")
    return held.getvalue()


WRITERS: dict[str, Callable[[Answer, Recipe], bytes]] = {
    ".json": _json, ".npy": _npy, ".png": _png,
}  # fmt: skip
"""What writes an answer as such a file: all outputs, or the first, or the recipe's picture."""
