"""`ape run dao vote|queue|execute PROPOSAL ... --network <network>`."""

from __future__ import annotations

from scripts._dao import dao as cli

__all__ = ["cli"]
