"""Reports as `bench run` and `ethics report` write them, to be changed."""

from __future__ import annotations

from typing import Any

from daimm_cli.ethics import items

EACH = {"rows": 3, "precision": "0.5", "recall": "0.25", "f1": "0.333333333"}
FAIR = items.item("fairness", "accuracy_difference", "sex", "how", {}, value=0.03)


def written(**more: Any) -> dict[str, Any]:
    """more: of its result."""
    result = {
        "suite": {"name": "mine", "sha256": "11" * 32, "held_out": False},
        "model": {"sha256": "22" * 32, "size": 7},
        "recipe": "33" * 32,
        "metric": "accuracy",
        "score": "0.970000000",
        "tolerance": "0.010000000",
        "rows": 6,
        "interval": ["0.950000000", "0.990000000"],
        "classes": {"good": {**EACH, "f1": "0.9"}, "bad": EACH},
        "outputs": "44" * 32,
    }
    measured = {"latency_us": {"median": 20, "p95": 30}, "joules": "3.000000000"}
    return {"format": "daimm-report/1", "result": result | more, "measured": measured}


def rated(**more: Any) -> dict[str, Any]:
    """One of ethics, with one item."""
    rating = items.rate([FAIR])
    result = written(metric="ethics", score=rating.value)["result"]
    result |= {"items": [FAIR.told()], "rating": rating.told()} | more
    return written() | {"format": "daimm-ethics-report/1", "result": result}
