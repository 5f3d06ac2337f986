"""ONNX: what the bounded child read of it (see onnx_reader.py), as a parsed model."""

from typing import Any

from daimm_cli.base.text import sanitise
from daimm_cli.models import sandbox
from daimm_cli.models.parsed import ParsedModel, Port, RefusedModel, StoredTensor, Window

MAX_FILE = (1 << 31) - 1  # protobuf's own limit
_STOPPED = {"note": "Shape inference does not get through it: other tools may not, either."}


def read(window: Window) -> ParsedModel:
    """The model's signature and tensors. Raises RefusedModel, with the reason and the way out."""
    if window.size > MAX_FILE:
        raise RefusedModel(
            "It is over 2 GiB, which ONNX cannot be: use safetensors for such weights."
        )
    found, *rest = sandbox.run("onnx_reader", window.fd, window.size)
    note = (rest or [_STOPPED])[0].get("note")
    return ParsedModel(
        "onnx",
        [
            StoredTensor(
                item["name"], item["dtype"], tuple(item["shape"]), 0, item["size"], item["sha256"]
            )
            for item in found["tensors"]
        ],
        tuple(map(_port, found["inputs"])),
        tuple(map(_port, found["outputs"])),
        found["opset"],
        found["metadata"],
        (sanitise(note),) if note else (),
    )


def _port(item: dict[str, Any]) -> Port:
    shape = item["shape"]
    return Port(item["name"], item["dtype"], None if shape is None else tuple(shape))
