"""Stories are told by the same people as the commands' own tests."""

from tests.python.cli.conftest import buyer, card_file, model_file, person, seller

__all__ = ["buyer", "card_file", "model_file", "person", "seller"]
