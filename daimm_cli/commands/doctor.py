"""`daimm doctor`: is everything as it should be, and if not, what is to be done."""

from __future__ import annotations

import typer

from daimm_cli.base.text import sanitise
from daimm_cli.cli import output
from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import App, flag

app = App()

UNWELL = 5


@app.command("doctor", "daimm doctor", "daimm doctor --deep --account seller")
def doctor(
    context: Context,
    deep: bool = flag("Ask for the seed's password, and derive every key line.", "--deep"),
) -> None:
    """Check everything that daimm needs and say what to do.

    One line for each thing: ok, warning, problem, or skipped where something that it needs failed.
    No setting is changed and no secret shown. Ends with status 5 where there is a problem.
    """
    from daimm_cli.doctor import Finding, Level, Patient, every, examine

    findings: list[Finding] = []
    patient = Patient(context, deep=deep)
    for finding in examine(patient, every(patient)):
        findings.append(finding)
        hint = f" ({finding.hint})" if finding.hint else ""
        if not context.as_json:
            line = f"{finding.level.value:<8} {finding.name:<16} {finding.says}{hint}"
            context.emit(None, sanitise(line, 1_000))
    problems = sum(finding.level is Level.PROBLEM for finding in findings)
    if context.as_json:
        context.emit({"well": not problems, "findings": findings})
    if problems:
        output.say(f"{problems} problem{'s' if problems > 1 else ''} found.")
        raise typer.Exit(UNWELL)
