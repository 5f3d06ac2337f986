"""onnx.checker in a process of its own, with so much memory and time and no more.

>>> check(model.SerializeToString())  # returns, or raises RefusedModel

The checker is native code: a hostile graph of 100 bytes can have it take all memory (an operator
with a billion outputs) or never end (functions that call functions twice, forty deep). Its native
part is loaded without the package around it, so this takes 30 ms.
"""

import subprocess
import sys

from daimm_cli.base.text import sanitise
from daimm_cli.models.layout import RefusedModel

MEMORY = 2 << 30
SECONDS = 30

_REFUSED = 3
_CHILD = f"""
import importlib.util, resource, sys
spec = importlib.util.spec_from_file_location("onnx.onnx_cpp2py_export", sys.argv[1])
native = importlib.util.module_from_spec(spec)
spec.loader.exec_module(native)
model = sys.stdin.buffer.read()
for limit, value in zip(("RLIMIT_AS", "RLIMIT_CPU", "RLIMIT_CORE"), sys.argv[2:]):
    resource.setrlimit(getattr(resource, limit), (int(value), int(value)))
try:
    native.checker.check_model(model, True, False, False)
except (native.checker.ValidationError, native.shape_inference.InferenceError, ValueError) as error:
    sys.stdout.buffer.write(str(error).encode(errors="replace"))
    sys.exit({_REFUSED})
"""


def check(model: bytes) -> None:
    """Raise RefusedModel, with the checker's words, unless it takes this serialised ModelProto."""
    from onnx import onnx_cpp2py_export

    limits = map(str, (MEMORY, SECONDS, 0))
    done = subprocess.run(
        [sys.executable, "-I", "-c", _CHILD, onnx_cpp2py_export.__file__, *limits],
        input=model,
        capture_output=True,
        check=False,
    )
    if done.returncode == _REFUSED:
        said = sanitise(done.stdout.decode(errors="replace").strip().partition("\n")[0])
        raise RefusedModel(f"onnx.checker refuses it: {said} Export it again.")
    if done.returncode:
        raise RefusedModel(
            f"onnx.checker breaks on it, or needs over {MEMORY >> 30} GiB or {SECONDS} s: make the "
            "graph simpler and export it again."
        )
