"""Tests see the interpreter as users do. py_ecc, a test oracle, lifts its recursion limit to where
the stack overflows: hostile nesting would crash the tests instead of raising RecursionError.
"""

from __future__ import annotations

import sys

LIMIT = sys.getrecursionlimit()


def pytest_runtest_setup() -> None:
    sys.setrecursionlimit(LIMIT)
