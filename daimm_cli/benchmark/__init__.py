"""Benchmarks: a model, a suite and its data give a score that anybody gets again.

>>> report = measure.run(suites.find("digits"), Path("model.onnx"), limits=Limits())
>>> report.result.score
'0.969444444'
"""
