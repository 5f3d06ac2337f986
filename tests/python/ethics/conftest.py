"""Who rates models is who runs them."""

from tests.python.inference.conftest import types

__all__ = ["types"]
