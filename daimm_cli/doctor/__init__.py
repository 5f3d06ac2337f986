"""Everything that daimm needs, tried: one finding for each thing, and what to do about it.

>>> patient = Patient(Session())
>>> for finding in examine(patient, every(patient)):
...     print(finding.level.value, finding.name, finding.says)
ok python 3.11.9, daimm 0.1.0
"""

from collections.abc import Iterator

from daimm_cli.doctor import chain, machine
from daimm_cli.doctor.examination import Check, Finding, Level, Patient, examine

__all__ = ["Finding", "Level", "Patient", "every", "examine"]


def every(patient: Patient) -> Iterator[Check]:
    """Every check; those of services when the settings that name them were read."""
    yield from (*machine.CHECKS, *chain.CHECKS, *machine.STORE)
    yield from machine.services(patient)
    if patient.deep:
        yield from chain.DEEP
