"""Runs a model in the sandbox: `child.py MODEL READER`. It knows nothing of the package it is in.

MODEL: an .onnx file, or a folder with a sentence model, which READER, sentences.py, reads. The
first line of standard input is JSON of `models.Recipe` and the number of threads. Each that follows
is JSON, {kind, data}, data in base64; each is answered by one, with outputs by name, {dtype, shape,
data}, and the seconds that the model took, or with what is wrong.
"""

# ruff: noqa: T201 - the parent reads it

from __future__ import annotations

import base64
import csv
import io
import json
import sys
import time
import wave
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

KINDS = {
    "float16": np.float16, "float": np.float32, "double": np.float64, "uint8": np.uint8,
    "int8": np.int8, "int16": np.int16, "int32": np.int32, "int64": np.int64, "uint16": np.uint16,
    "uint32": np.uint32, "uint64": np.uint64, "bool": np.bool_, "string": np.object_,
}  # fmt: skip


class Unfit(Exception):
    """The input is none for this model; the message says why."""


def main() -> None:
    path, job = Path(sys.argv[1]), json.loads(sys.stdin.readline())
    model = Texts(path) if path.is_dir() else Model(path, job)
    print(json.dumps({"loaded": True}), flush=True)
    for line in sys.stdin:
        given = json.loads(line)
        try:
            told = model.answer(given["kind"], base64.b64decode(given["data"]))
        except (Unfit, ValueError, KeyError, EOFError, wave.Error) as error:
            told = {"wrong": str(error) or type(error).__name__}
        except RecursionError:
            told = {"wrong": "it is nested too deep"}
        except MemoryError:
            told = {"wrong": "it needs more memory than it is given"}
        except Exception as error:  # noqa: BLE001 - the runtime has no class of its own for all
            told = {"wrong": str(error).partition("\n")[0][-300:]}
        print(json.dumps(told), flush=True)


class Texts:
    """A sentence model: rows of numbers for texts."""

    def __init__(self, folder: Path) -> None:
        sys.path.insert(0, str(Path(sys.argv[2]).parent))
        from sentences import Sentences

        self.model = Sentences(folder)

    def answer(self, kind: str, data: bytes) -> dict[str, Any]:
        if kind not in ("text", "json"):
            raise Unfit("it takes texts: .txt with a text a line, or .json with a list of them")
        texts = json.loads(data) if kind == "json" else data.decode().splitlines()
        texts = [texts] if isinstance(texts, str) else texts
        if not texts or not all(isinstance(text, str) for text in texts):
            raise Unfit("it takes texts, one or more")
        started = time.perf_counter()
        found = np.stack([self.model.embed(text) for text in texts])
        return {"seconds": time.perf_counter() - started, "outputs": {"embedding": packed(found)}}


class Model:
    """A model that is loaded, and how inputs are made for it."""

    def __init__(self, path: Path, job: dict[str, Any]) -> None:
        self.recipe = job["recipe"]
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = job["threads"]
        options.inter_op_num_threads = 1
        options.log_severity_level = 4
        self.session = onnxruntime.InferenceSession(
            path.read_bytes(), options, providers=["CPUExecutionProvider"]
        )
        self.ports = {port.name: port for port in self.session.get_inputs()}
        self.main = self.ports[self.recipe["input"] or next(iter(self.ports))]
        self.outputs = [port.name for port in self.session.get_outputs()]

    def answer(self, kind: str, data: bytes) -> dict[str, Any]:
        inputs = self.inputs(kind, data)
        for name, value in self.recipe["constants"].items():
            inputs.setdefault(name, self.fitted(np.array(value), self.ports[name]))
        started = time.perf_counter()
        found = self.listened(inputs) if kind == "wav" else self.session.run(None, inputs)
        seconds = time.perf_counter() - started
        outputs = dict(zip(self.outputs, found, strict=True))
        return {"seconds": seconds, "outputs": {k: packed(v) for k, v in outputs.items()}}

    def inputs(self, kind: str, data: bytes) -> dict[str, Any]:
        if kind == "json":
            value = json.loads(data)
            if isinstance(value, dict):
                return {n: self.fitted(np.array(v), self.ports[n]) for n, v in value.items()}
            made = np.array(value)
        else:
            readers = {"npy": self._npy, "csv": self._csv, "text": self._text, "wav": self._wav}
            readers |= {"bytes": self._bytes, "image": self._image}
            made = readers[kind](data)
        return {self.main.name: self.fitted(made, self.main)}

    def listened(self, inputs: dict[str, Any]) -> Any:
        """A recording, window by window; what the model remembers goes from one to the next."""
        window, context = self.recipe["window"], self.recipe["context"]
        sound = inputs[self.main.name]
        if not window:
            return self.session.run(None, inputs)
        sound = sound.reshape(-1)
        if len(sound) < window:
            raise Unfit(f"it is shorter than one window of {window} samples")
        state = {
            name: np.zeros([size if isinstance(size, int) else 1 for size in port.shape],
                           KINDS[port.type[7:-1]])
            for name, port in self.ports.items() if name in self.recipe["state"]
        }  # fmt: skip
        padded = np.concatenate([np.zeros(context, sound.dtype), sound])
        told = []
        for start in range(0, len(sound) - window + 1, window):
            piece = padded[start : start + context + window][None]
            found = self.session.run(None, inputs | state | {self.main.name: piece})
            named = dict(zip(self.outputs, found, strict=True))
            state = {name: named[source] for name, source in self.recipe["state"].items()}
            told.append(found)
        return [np.concatenate(each) for each in zip(*told, strict=True)]

    def fitted(self, made: Any, port: Any) -> Any:
        """The array as the input wants it: its type, and what stands alone as a batch of one."""
        shape = port.shape
        if made.ndim == len(shape) - 1:
            made = made[None]
        listening = port is self.main and self.recipe["window"]
        for size, wanted in zip(made.shape, shape, strict=False):
            if isinstance(wanted, int) and wanted > 0 and wanted != size and not listening:
                raise Unfit(f"{port.name} is of shape {shown(made.shape)}, not {shown(shape)}")
        if made.ndim != len(shape) and shape and not listening:
            raise Unfit(f"{port.name} is of shape {shown(made.shape)}, not {shown(shape)}")
        kind = KINDS.get(port.type[7:-1])
        if kind is None:
            raise Unfit(f"{port.name} takes {port.type}, which cannot be given here")
        if kind is np.object_:
            return made.astype(str).astype(np.object_)
        if made.dtype.kind not in "fiub":
            raise Unfit(f"{port.name} takes numbers")
        return made.astype(kind)

    # One for each kind of input

    def _npy(self, data: bytes) -> Any:
        return np.load(io.BytesIO(data), allow_pickle=False)

    def _csv(self, data: bytes) -> Any:
        rows = [row for row in csv.reader(io.StringIO(data.decode())) if row]
        if not rows:
            raise Unfit("it has no rows")
        names = [] if all(map(number, rows[0])) else rows.pop(0)
        if chosen := self.recipe["columns"]:
            places = [names.index(name) for name in chosen if name in names]
            if len(places) < len(chosen):
                raise Unfit(f"its first line lacks some of the columns {', '.join(chosen)}")
            rows = [[row[place] for place in places] for row in rows]
        return np.array([[float(cell) for cell in row] for row in rows])

    def _text(self, data: bytes) -> Any:
        if self.recipe["begin"]:
            return self._bytes(data)
        return np.array(data.decode().splitlines(), np.object_)

    def _bytes(self, data: bytes) -> Any:
        """A file's beginning and end, without white space around them, padded."""
        begin, end, block, padding = (
            self.recipe[name] for name in ("begin", "end", "block", "padding")
        )
        if not begin:
            raise Unfit("its kind cannot be told from its name; a recipe can say how it is read")
        first, last = data[:block].lstrip()[:begin], data[-block:].rstrip()[-end:]
        made = np.full(begin + end, padding, np.int64)
        made[: len(first)] = np.frombuffer(first, np.uint8)
        if last:
            made[-len(last) :] = np.frombuffer(last, np.uint8)
        return made

    def _wav(self, data: bytes) -> Any:
        with wave.open(io.BytesIO(data)) as sound:
            channels, width, rate = sound.getparams()[:3]
            wanted = self.recipe["rate"]
            if width != 2 or (wanted and rate != wanted):
                raise Unfit(f"it has to be of 16 bits{f' and {wanted} Hz' * bool(wanted)}")
            samples = np.frombuffer(sound.readframes(sound.getnframes()), "<i2")
        return samples.reshape(-1, channels).mean(1) / 32768

    def _image(self, data: bytes) -> Any:
        from PIL import Image

        Image.MAX_IMAGE_PIXELS = 64_000_000
        shape = [size if isinstance(size, int) else None for size in self.main.shape]
        if len(shape) != 4:
            raise Unfit("this model takes no pictures")
        last = shape[1] not in (1, 3) and shape[3] in (1, 3)
        channels, height, width = (shape[3], *shape[1:3]) if last else shape[1:]
        with Image.open(io.BytesIO(data)) as picture:
            drawn = picture.convert("L" if channels == 1 else "RGB")
        size = (width or drawn.width, height or drawn.height)
        pixels = np.asarray(drawn.resize(size, Image.Resampling.BILINEAR), np.float32)
        pixels = pixels.reshape(size[1], size[0], -1)
        if self.main.type[7:-1] in ("float", "double", "float16"):
            pixels = pixels * self.recipe["scale"] - np.array(self.recipe["mean"], np.float32)
            pixels = pixels / np.array(self.recipe["std"], np.float32)
        return pixels if last else pixels.transpose(2, 0, 1)


def number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def shown(shape: Any) -> str:
    return "x".join(map(str, shape)) or "one number"


def packed(found: Any) -> dict[str, Any]:
    """An array as JSON has it; texts as a list, and what is no array as it prints."""
    if not isinstance(found, np.ndarray) or found.dtype.kind not in "fiub":
        return {"value": np.asarray(found).astype(str).tolist()}
    flat = np.ascontiguousarray(found)
    data = base64.b64encode(flat.tobytes()).decode()
    return {"dtype": flat.dtype.str, "shape": flat.shape, "data": data}


if __name__ == "__main__":
    main()
