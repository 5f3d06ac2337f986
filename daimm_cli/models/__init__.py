"""Model files: what is in them, which are refused, and how several become one.

>>> from daimm_cli.models.inspect import inspect_model
>>> inspect_model(Path("model.onnx")).inputs
(Port(name='bytes', dtype='int32', shape=('unk__214', 2048)),)
"""
