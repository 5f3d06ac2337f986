"""Programs over what nobody trusts: they see what they are given, say what they found, and no more.

>>> for line in sandbox.run(SCRIPT, [Path("model.onnx")], packages=("numpy", "onnxruntime")): ...
"""
