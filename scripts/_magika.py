"""Runs magika's file-type model from a folder with model.onnx and config.min.json.

    python scripts/_magika.py FOLDER FILE...

Nothing of the `magika` package is used: the bytes that were bought are all it takes. The features
are magika's own (https://github.com/google/magika): the first and the last 1,024 bytes of a file,
stripped of white space and padded. Prints one JSON line for each file.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path


class FileTypes:
    """The model, loaded; `of(path)` gives the name of a file's type and how sure it is (0 to 1)."""

    def __init__(self, folder: Path) -> None:
        # Its Linux builds report models' names and hashes to their maker unless this is set first.
        os.environ["ORT_DISABLE_TELEMETRY"] = "1"
        import onnxruntime

        onnxruntime.set_default_logger_severity(3)
        self._config = json.loads((folder / "config.min.json").read_text())
        weights = (folder / "model.onnx").read_bytes()
        self._session = onnxruntime.InferenceSession(weights, providers=["CPUExecutionProvider"])

    def of(self, path: Path) -> tuple[str, float]:
        import numpy

        features = numpy.array([self._features(path.read_bytes())], dtype=numpy.int32)
        [scores] = self._session.run(["target_label"], {"bytes": features})
        best = int(scores[0].argmax())
        return self._config["target_labels_space"][best], float(scores[0][best])

    def _features(self, content: bytes) -> list[int]:
        begin, end = self._config["beg_size"], self._config["end_size"]
        block, padding = self._config["block_size"], self._config["padding_token"]
        first = list(content[:block].lstrip()[:begin])
        last = list(content[-block:].rstrip()[-end:])
        return first + [padding] * (begin - len(first)) + [padding] * (end - len(last)) + last


def main() -> None:
    folder, *files = (Path(argument) for argument in sys.argv[1:])
    model = FileTypes(folder)
    for file in files:
        kind, sure = model.of(file)
        print(json.dumps({"file": str(file), "type": kind, "sure": round(sure, 4)}))


if __name__ == "__main__":
    main()
