"""Runs an ONNX model as it comes, without a look at it: `onnx_run.py MODEL`. Inputs are zeros."""

import sys

import numpy as np
import onnxruntime

onnxruntime.set_default_logger_severity(4)
with open(sys.argv[1], "rb") as file:
    session = onnxruntime.InferenceSession(file.read(), providers=["CPUExecutionProvider"])
inputs = {port.name: np.zeros([1], np.float32) for port in session.get_inputs()}
for output in session.run(None, inputs):
    print(output.tobytes()[:100], flush=True)
