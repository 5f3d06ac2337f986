"""Who draws reports is who runs models."""

from tests.python.inference.conftest import types

__all__ = ["types"]
