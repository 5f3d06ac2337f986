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
from daimm_cli.benchmark.reports import Report


def index(report: Report, name: str) -> list[dict[str, Any]]:
    """What `model-index` of a card's front matter holds. name: of the model.

    Raises VerificationFailed for a rating.
    """
    if report.rating:
        raise VerificationFailed(
            "A rating of ethics is no score, and says nothing without its items: "
            "`daimm bench draw` shows them."
        )
    told = report.result
    task = "regression" if told.metric in ("mae", "r2") else "classification"
    suite = {"name": told.suite.name, "type": told.suite.name, "revision": told.suite.sha256}
    found = {"type": told.metric, "value": float(told.score), "name": f"daimm {report.digest}"}
    result = {"task": {"type": task}, "dataset": suite, "metrics": [found]}
    return [{"name": name, "results": [result]}]


def entry(report: Report, name: str) -> str:
    """The entry as YAML, to be put into the front matter."""
    import yaml

    return str(
        yaml.safe_dump({"model-index": index(report, name)}, sort_keys=False, allow_unicode=True)
    )
