"""Everything that daimm needs, tried: one finding for each thing, and what to do about it.

>>> for finding in examine(Patient(Context())):
...     print(finding.level.value, finding.name, finding.says)
ok python 3.11.9, daimm 0.1.0
"""

from daimm_cli.doctor.examination import examine
from daimm_cli.doctor.patient import Finding, Level, Patient

__all__ = ["Finding", "Level", "Patient", "examine"]
