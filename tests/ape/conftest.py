"""Ape looks at the first 500 files below contracts/ and no further.

In a checkout below the system's temporary folder it unpacks its dependencies there, and on the next
run finds nothing but them.
"""

from __future__ import annotations

import shutil
from pathlib import Path

shutil.rmtree(Path(__file__).resolve().parents[2] / "contracts" / ".cache", ignore_errors=True)
