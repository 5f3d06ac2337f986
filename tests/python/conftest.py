"""Tests see the interpreter as users do. py_ecc, a test oracle, lifts its recursion limit to where
the stack overflows: hostile nesting would crash the tests instead of raising RecursionError.
"""

from __future__ import annotations

import sys

LIMIT = sys.getrecursionlimit()


def pytest_runtest_setup() -> None:
    sys.setrecursionlimit(LIMIT)


def pytest_make_parametrize_id(config: object, val: object, argname: str) -> str | None:
    """Long or binary values make no names: they hide the test's, and an archive's has its time."""
    if isinstance(val, bytes) or (isinstance(val, str) and len(val) > 60):
        return f"{argname}-{len(val)}"
    return None
