"""The people of the command line, whose homes the library works with."""

from tests.python.cli.conftest import buyer, model_file, person, seller

__all__ = ["buyer", "model_file", "person", "seller"]
