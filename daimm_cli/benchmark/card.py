"""A report's score as Hugging Face's model cards have it.

>>> print(entry(report, "mine"))
model-index:
- name: mine
...

https://huggingface.co/docs/hub/model-cards#evaluation-results
"""

from __future__ import annotations

from typing import Any

from daimm_cli.base.errors import VerificationFailed
from daimm_cli.benchmark.measure import digest
from daimm_cli.ethics import items


def index(report: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """What `model-index` of a card's front matter holds. name: of the model.

    Raises VerificationFailed for a report without a score of a suite.
    """
    told = report["result"]
    if told.get("metric") == items.METRIC:
        raise VerificationFailed(
            "A rating of ethics is no score, and says nothing without its items: "
            "`daimm bench draw` shows them."
        )
    try:
        suite, metric = told["suite"], told["metric"]
        task = "regression" if metric in ("mae", "r2") else "classification"
        dataset = {"name": suite["name"], "type": suite["name"], "revision": suite["sha256"]}
        found = {"type": metric, "value": float(told["score"]), "name": f"daimm {digest(report)}"}
    except (KeyError, TypeError, ValueError):
        raise VerificationFailed("The report has no score of a suite: measure anew.") from None
    result = {"task": {"type": task}, "dataset": dataset, "metrics": [found]}
    return [{"name": name, "results": [result]}]


def entry(report: dict[str, Any], name: str) -> str:
    """The entry as YAML, to be put into the front matter."""
    import yaml

    return str(
        yaml.safe_dump({"model-index": index(report, name)}, sort_keys=False, allow_unicode=True)
    )
