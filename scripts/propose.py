"""`ape run propose FILE --network <network>`."""

from __future__ import annotations

from scripts._dao import propose as cli

__all__ = ["cli"]
