"""Ethics: what can be measured and shown of how a model treats people, item by item.

>>> report = reports.run(declarations.find("diabetes_by_sex"), Path("model.onnx"), Recipe())
>>> rate(items.load(report["result"]["items"])).shown
'0.438 of 1, resting on 9 of 13 items'
"""
