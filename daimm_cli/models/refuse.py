"""Files that can run code when they are loaded, and others that are no model: why, and the way out.

>>> by_name(Path("model.pkl"))
Traceback (most recent call last):
daimm_cli.models.parsed.RefusedModel: It is a pickle, which runs code ...

What is sold is decided by a list of formats, not by a scanner for bad pickles; this only explains.
"""

import re
from pathlib import Path
from typing import NamedTuple

from daimm_cli.models.parsed import RefusedModel


class _Kind(NamedTuple):
    """What a file is, what to do about it, its name's endings, and how its content begins."""

    what: str
    way_out: str
    suffixes: str
    content: bytes

    @property
    def reason(self) -> str:
        return f"It is {self.what}. {self.way_out}"


_RUNS_CODE = "which runs code of the file's maker when it is loaded"
_KINDS = [
    _Kind(
        "a Git LFS pointer, which only says where the file is",
        "run `git lfs pull` in the repository, or download the file itself.",
        "",
        rb"version https://git-lfs\.github\.com/spec/",
    ),
    _Kind(
        "a web page, as is saved where a file needs a login or is not there",
        "Download the file itself: on the hub, by its address with /resolve/ in place of /blob/.",
        "",
        rb"(?i:\s*<(?:!doctype\s+html|html)[\s>])",
    ),
    _Kind(
        f"a PyTorch checkpoint (a pickle inside), {_RUNS_CODE}",
        "Convert it: load it where you trust it, then safetensors.torch.save_file("
        'model.state_dict(), "model.safetensors") or torch.onnx.export(...).',
        ".pt .pth .bin .ckpt .mar .pt2 .torchscript",
        # a zip, or what opens checkpoints before PyTorch 1.6
        rb"PK\x03\x04.*(?:data\.pkl|constants\.pkl|/version)"
        rb"|\x80.\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19",
    ),
    _Kind(
        f"a Keras or HDF5 file, whose layers can hold code, {_RUNS_CODE}",
        "Convert it: python -m tf2onnx.convert --keras model.keras --output model.onnx",
        ".h5 .hdf5 .keras",
        rb"PK\x03\x04.*model\.weights\.h5|\x89HDF\r\n\x1a\n",
    ),
    _Kind(
        f"a NumPy file, which may hold a pickle, {_RUNS_CODE}",
        'Convert it: safetensors.numpy.save_file({"weights": array}, "model.safetensors").',
        ".npy .npz",
        rb"PK\x03\x04.{0,248}\.npy|\x93NUMPY",
    ),
    _Kind(
        "a zip archive, which may hold pickles or code",
        "Convert it: take the model out of it, and convert that to ONNX or safetensors.",
        ".zip",
        rb"PK(?:\x03\x04|\x05\x06|\x07\x08)",
    ),
    _Kind(
        f"a pickle, {_RUNS_CODE}",
        "Convert it: for scikit-learn, skl2onnx.to_onnx(model, sample) writes ONNX; for weights, "
        'safetensors.numpy.save_file(arrays, "model.safetensors").',
        ".pkl .pickle .joblib .dill .cloudpickle .sav",
        # protocols 0 and 1: a global and what is done with it, or a dict or list that is remembered
        rb"\x80[\x02-\x05]|c[\w.]+\n[\w.]+\n(?:[pq]|\()|\([dl]p[0-9]+\n|[\]}]q\x00",
    ),
    _Kind(
        "a TensorFlow Lite file, which is not sold here",
        "Convert it: python -m tf2onnx.convert --tflite model.tflite --output model.onnx",
        ".tflite",
        rb".{4}TFL3",
    ),
    _Kind(
        "an archive",
        "Convert it: unpack it and name the model files.",
        ".tar .gz .tgz .bz2 .xz .zst .7z .rar",
        rb".{257}ustar|7z\xbc\xaf\x27\x1c|Rar!",
    ),
    _Kind(
        f"compressed, as joblib's pickles are, {_RUNS_CODE}",
        "Convert it: unpack it if it is an archive; for scikit-learn, "
        "skl2onnx.to_onnx(model, sample) writes ONNX.",
        "",
        rb"\x1f\x8b|BZh|\xfd7zXZ|\x28\xb5\x2f\xfd|\x04\x22\x4d\x18|x[\x01\x5e\x9c\xda]|ZF",
    ),
    _Kind(
        "a program",
        "Convert it: name the model's own file.",
        "",
        rb"\x7fELF|MZ|\xcf\xfa\xed\xfe|\xca\xfe\xba\xbe|#!",
    ),
]
_BY_SUFFIX = {suffix: kind.reason for kind in _KINDS for suffix in kind.suffixes.split()}


def is_sold(name: str) -> bool:
    """Whether the name's ending belongs to no format that is refused."""
    return Path(name).suffix.lower() not in _BY_SUFFIX


def by_name(path: Path) -> None:
    """Raise RefusedModel where the file's ending belongs to a format that is refused."""
    if reason := _BY_SUFFIX.get(path.suffix.lower()):
        raise RefusedModel(reason)


def by_content(head: bytes) -> None:
    """Raise RefusedModel where a file begins like a refused format. `head`: 64 KiB or all of it."""
    for kind in _KINDS:
        if re.match(kind.content, head, re.DOTALL):
            raise RefusedModel(kind.reason)
