"""What answers cost in energy, as reports of `daimm bench run` measured it.

>>> items([reports.load(Path("report.json"))], "5a0c...")[0].shown
'met: joules per answer of digits 0.21'

Processors alone, the whole of them, as the kernel counts (RAPL): what others did meanwhile is in
it. Where the kernel does not tell, it is unknown.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from daimm_cli.base.errors import VerificationFailed
from daimm_cli.benchmark.reports import Report
from daimm_cli.ethics.items import Item, item

METHOD = (
    "Joules that all processors used while the model answered a suite in the sandbox, as the "
    "kernel counts them (RAPL), divided by the rows that it was asked; from a report of `daimm "
    "bench run`."
)
_KIND = "joules_per_answer"


def items(reports: Sequence[Report], model: str) -> list[Item]:
    """One item a report; an unknown one where there is none. model: the SHA-256 of its file, in
    hex. Raises VerificationFailed for a report of another model."""
    if not reports:
        return [item("energy", _KIND, "none", METHOD, {}, caveat="Nobody measured it.")]
    return [_item(report, model) for report in reports]


def _item(report: Report, model: str) -> Item:
    told, joules = report.result, report.measured.joules
    if told.model.sha256 != model:
        raise VerificationFailed("The report is of another model: measure this one.")
    data = {"model": model, "report": sha256(report.content).hexdigest()}
    if joules is None:
        why = "The kernel of the machine that measured it does not tell."
        return item("energy", _KIND, told.suite.name, METHOD, data, caveat=why)
    value = float(joules) / told.rows
    return item("energy", _KIND, told.suite.name, METHOD, data, value=value)
