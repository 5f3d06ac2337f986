"""Ethics: what can be measured and shown of how a model treats people, item by item.

>>> declared = declarations.find("diabetes")
>>> told = report.run(declared, Path("model.onnx"), Recipe(), limits=Limits())
>>> told.rating.shown
'0.3125 of 1, resting on 8 of 12 items'
"""
