"""Running models: files in, arrays out, all of it in the sandbox.

>>> for answer in models.run(Path("model.onnx"), [given("photo.png", data)], Recipe()): ...
"""
