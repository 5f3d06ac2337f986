"""Proposes the calls of a file: `ape run propose fee.yaml --network <network>`."""

from __future__ import annotations

from scripts.dao import propose

cli = propose
