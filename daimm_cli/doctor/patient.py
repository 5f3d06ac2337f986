"""Who is examined, and what a check and a finding are.

A check is a function of the patient; it returns what it found or raises.
"""

from __future__ import annotations

import contextlib
import enum
import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daimm_cli.base.errors import DaimmError

if TYPE_CHECKING:
    from daimm_cli.chain.client import Chain
    from daimm_cli.chain.node import Node
    from daimm_cli.chain.reader import Header
    from daimm_cli.session.session import Session

SECONDS = 20.0
"""What a check may take."""

PATIENCE = 5.0
"""Seconds that a node, daemon or gateway has for an answer."""


class Level(enum.Enum):
    """How bad it is. SKIPPED: what it needs failed before."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Finding:
    """What one check found. hint: what to do."""

    name: str
    level: Level
    says: str
    hint: str | None = None


Said = tuple[Level, str, str | None]
"""Level, sentence, hint."""


def ok(says: str) -> Said:
    return Level.OK, says, None


def warning(says: str, hint: str | None = None) -> Said:
    return Level.WARNING, says, hint


def problem(says: str, hint: str | None = None) -> Said:
    return Level.PROBLEM, says, hint


class Patient:
    """Whoever is examined. deep: open the seed too, whose password is asked for at once."""

    def __init__(self, context: Session, *, deep: bool = False) -> None:
        self.context = context
        self.deep = deep
        self.refusal: DaimmError | None = None
        with contextlib.suppress(
            DaimmError, OSError
        ):  # may ask for a password: not while a check runs
            _ = context.owner
        if deep:
            try:
                _ = context.seed
            except DaimmError as error:
                self.refusal = error

    @functools.cached_property
    def node(self) -> Node:
        """The settings' node, whatever chain it is on."""
        from daimm_cli.chain.node import Node

        return Node.connect(self.context.config.profile.rpc, timeout=PATIENCE)

    @functools.cached_property
    def head(self) -> Header:
        """Its newest block."""
        return self.node.latest()

    @functools.cached_property
    def chain(self) -> Chain:
        """The contracts that its chain's book names, whether they are there or not."""
        from daimm_cli.chain.book import load
        from daimm_cli.chain.client import Chain

        return Chain(self.node, load(self.node.chain_id, self.context.environment))


@dataclass(frozen=True)
class Check:
    """needs: names of checks that must not have failed. seconds: what it may take."""

    name: str
    run: Callable[[Patient], Said]
    needs: tuple[str, ...] = ()
    seconds: float = SECONDS
