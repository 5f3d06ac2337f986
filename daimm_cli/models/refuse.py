"""Files that can run code when they are loaded, and others that are no model: why, and the way out.

>>> by_name(Path("model.pkl"))
Traceback (most recent call last):
daimm_cli.models.parsed.RefusedModel: model.pkl is refused. It is a pickle, which runs code ...

What is sold is decided by a list of formats, not by a scanner for bad pickles; this only explains.
"""

import re
from collections.abc import Callable
from pathlib import Path

from daimm_cli.base.text import sanitise
from daimm_cli.models.parsed import RefusedModel


def _reason(what: str, way_out: str, lead: str = "Convert it: ") -> str:
    return f"It is {what}. {lead}{way_out}"


_RUNS_CODE = "which runs code of the file's maker when it is loaded"
_TORCH = _reason(
    f"a PyTorch checkpoint (a pickle inside), {_RUNS_CODE}",
    "load it where you trust it, then safetensors.torch.save_file(model.state_dict(), "
    '"model.safetensors") or torch.onnx.export(...).',
)
_PICKLE = _reason(
    f"a pickle, {_RUNS_CODE}",
    "for scikit-learn, skl2onnx.to_onnx(model, sample) writes ONNX; for weights, "
    'safetensors.numpy.save_file(arrays, "model.safetensors").',
)
_COMPRESSED = _reason(
    f"compressed, as joblib's pickles are, {_RUNS_CODE}",
    "unpack it if it is an archive; for scikit-learn, skl2onnx.to_onnx(model, sample) writes ONNX.",
)
_NUMPY = _reason(
    f"a NumPy file, which may hold a pickle, {_RUNS_CODE}",
    'safetensors.numpy.save_file({"weights": array}, "model.safetensors").',
)
_KERAS = _reason(
    f"a Keras or HDF5 file, whose layers can hold code, {_RUNS_CODE}",
    "python -m tf2onnx.convert --keras model.keras --output model.onnx",
)
_TFLITE = _reason(
    "a TensorFlow Lite file, which is not sold here",
    "python -m tf2onnx.convert --tflite model.tflite --output model.onnx",
)
_ZIP = _reason(
    "a zip archive, which may hold pickles or code",
    "take the model out of it, and convert that to ONNX or safetensors.",
)
_ARCHIVE = _reason("an archive", "unpack it and name the model files.")
_POINTER = _reason(
    "a Git LFS pointer, which only says where the file is",
    "run `git lfs pull` in the repository, or download the file itself.",
    "",
)
_PAGE = _reason(
    "a web page, as is saved where a file needs a login or is not there",
    "Download the file itself: on the hub, by its address with /resolve/ in place of /blob/.",
    "",
)

_BY_SUFFIX = {
    **dict.fromkeys((".pt", ".pth", ".bin", ".ckpt", ".mar", ".pt2", ".torchscript"), _TORCH),
    **dict.fromkeys((".pkl", ".pickle", ".joblib", ".dill", ".cloudpickle", ".sav"), _PICKLE),
    **dict.fromkeys((".npy", ".npz"), _NUMPY),
    **dict.fromkeys((".h5", ".hdf5", ".keras"), _KERAS),
    **dict.fromkeys((".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".7z", ".rar"), _ARCHIVE),
    ".tflite": _TFLITE,
    ".zip": _ZIP,
}

_TORCH_MAGIC = bytes.fromhex("8a0a6cfc9c46f9206aa85019")  # opens checkpoints before PyTorch 1.6


# Protocols 0 and 1: a global and what is done with it, or a dict or list that is remembered.
_OLD_PICKLE = re.compile(rb"c[\w.]+\n[\w.]+\n(?:[pq]|\()|\([dl]p[0-9]+\n|[\]}]q\x00")


def _starts(*beginnings: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(beginnings)


_BY_CONTENT: list[tuple[Callable[[bytes], bool], str]] = [
    (_starts(b"version https://git-lfs.github.com/spec/"), _POINTER),
    (lambda head: re.match(rb"(?i)\s*<(?:!doctype\s+html|html)[\s>]", head) is not None, _PAGE),
    (
        lambda head: head.startswith(b"PK\x03\x04")
        and any(name in head for name in (b"data.pkl", b"constants.pkl", b"/version")),
        _TORCH,
    ),
    (lambda head: head.startswith(b"PK\x03\x04") and b"model.weights.h5" in head, _KERAS),
    (lambda head: head.startswith(b"PK\x03\x04") and b".npy" in head[:256], _NUMPY),
    (_starts(b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"), _ZIP),
    (lambda head: head[:1] == b"\x80" and head[2:14] == _TORCH_MAGIC, _TORCH),
    (_starts(b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05"), _PICKLE),
    (lambda head: _OLD_PICKLE.match(head) is not None, _PICKLE),
    (_starts(b"\x93NUMPY"), _NUMPY),
    (_starts(b"\x89HDF\r\n\x1a\n"), _KERAS),
    (lambda head: head[4:8] == b"TFL3", _TFLITE),
    (lambda head: head[257:262] == b"ustar", _ARCHIVE),
    (_starts(b"7z\xbc\xaf\x27\x1c", b"Rar!"), _ARCHIVE),
    (
        _starts(
            b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd", b"\x04\x22\x4d\x18",
            b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda", b"ZF",
        ),
        _COMPRESSED,
    ),
    (
        _starts(b"\x7fELF", b"MZ", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"#!"),
        _reason("a program", "name the model's own file."),
    ),
]  # fmt: skip


def is_sold(name: str) -> bool:
    """Whether the name's ending belongs to no format that is refused."""
    return Path(name).suffix.lower() not in _BY_SUFFIX


def by_name(path: Path) -> None:
    """Raise RefusedModel where the file's ending belongs to a format that is refused."""
    if reason := _BY_SUFFIX.get(path.suffix.lower()):
        raise RefusedModel(f"{sanitise(path.name, 80)} is refused. {reason}")


def by_content(head: bytes) -> None:
    """Raise RefusedModel where a file begins like a refused format. `head`: 64 KiB or all of it."""
    for matches, reason in _BY_CONTENT:
        if matches(head):
            raise RefusedModel(reason)
