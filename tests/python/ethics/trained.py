"""Models of real people's data, trained on the rows that our declarations do not ask."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from onnx import TensorProto, helper
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tests.python.inference import samples
from tests.python.inference.test_run import of


def table() -> tuple[Any, Any]:
    """Rows of scikit-learn's diabetes data (age, sex, ...), and how far the illness went."""
    folder = of("sklearn", "datasets", "data")
    rows = np.loadtxt(folder / "diabetes_data_raw.csv.gz")
    return rows, np.loadtxt(folder / "diabetes_target.csv.gz")


def diabetes(path: Path, *, classes: bool = False) -> Any:
    """A linear model, as ONNX, and scikit-learn's; of two classes it gives logits."""
    rows, target = table()
    trained_on = np.arange(len(rows)) % 3 > 0
    linear = LogisticRegression() if classes else LinearRegression()
    right = (target > 140).astype(int) if classes else target
    model = make_pipeline(StandardScaler(), linear).fit(rows[trained_on], right[trained_on])
    scaler, last = model
    weights = np.atleast_2d(last.coef_) / scaler.scale_
    bias = np.atleast_1d(last.intercept_) - weights @ scaler.mean_
    if classes:
        weights, bias = np.vstack([-weights, weights]) / 2, np.concatenate([-bias, bias]) / 2
    samples.write(
        path,
        [helper.make_node("Gemm", ["x", "w", "b"], ["y"], transB=1)],
        (TensorProto.FLOAT, ["N", 10]),
        (TensorProto.FLOAT, ["N", len(bias)]),
        w=weights.astype(np.float32),
        b=bias.astype(np.float32),
    )
    return model
