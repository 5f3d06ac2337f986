"""How checks are run: each by itself, in bounded time, whatever another one does.

DaimmError is a problem in its own words. Anything else is a problem whose words are not shown: they
may hold a secret.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

from daimm_cli.base.errors import DaimmError
from daimm_cli.base.text import sanitise
from daimm_cli.doctor import chain, machine, storage
from daimm_cli.doctor.patient import Check, Finding, Level, Patient, Said, problem


def examine(patient: Patient, checks: Sequence[Check] | None = None) -> Iterator[Finding]:
    """Run the checks in turn; never raises for what a check does."""
    failed: set[str] = set()
    for check in _all(patient) if checks is None else checks:
        missing = [name for name in check.needs if name in failed]
        finding = (
            Finding(check.name, Level.SKIPPED, f"not checked: see {missing[0]}")
            if missing
            else _bounded(check, patient)
        )
        if finding.level in (Level.PROBLEM, Level.SKIPPED):
            failed.add(check.name)
        yield finding


def _all(patient: Patient) -> Iterator[Check]:
    """Every check; those of services when the settings that name them were read."""
    yield from machine.CHECKS
    yield from chain.CHECKS
    yield from storage.CHECKS
    yield from storage.services(patient)
    if patient.deep:
        yield from chain.DEEP


def _bounded(check: Check, patient: Patient) -> Finding:
    """Run a check in a thread of its own, which is left behind where it does not end."""
    found: list[Said] = []

    def run() -> None:
        found.append(_said(check, patient))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(check.seconds)
    late = problem(f"did not end in {check.seconds:.0f} seconds", "try again, or use another one")
    level, says, hint = found[0] if found else late
    return Finding(check.name, level, sanitise(says, 500), hint and sanitise(hint, 500))


def _said(check: Check, patient: Patient) -> Said:
    try:
        return check.run(patient)
    except DaimmError as error:
        return problem(error.message, error.hint)
    except OSError as error:
        about = f": {error.filename}" if error.filename else ""
        return problem(f"{error.strerror or type(error).__name__}{about}")
    except Exception as error:  # noqa: BLE001 - one check that fails does not stop the others
        return problem(f"the check itself failed ({type(error).__name__}): please report it")
