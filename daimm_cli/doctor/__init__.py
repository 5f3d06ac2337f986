"""Everything that daimm needs, tried: one finding for each thing, and what to do about it.

>>> for finding in examine(Patient(Context())):
...     print(finding.level.value, finding.name, finding.says)
ok python 3.11.9, daimm 0.1.0
"""

from daimm_cli.doctor.examination import Finding, Level, Patient, examine

__all__ = ["Finding", "Level", "Patient", "examine"]
