"""Who is examined, what a check is, and how checks are run.

A check is a function of the patient that returns what it found or raises. Each runs by itself, in
bounded time, whatever another one does. DaimmError is a problem in its own words. Anything else is
a problem whose words are not shown: they may hold a secret.
"""

from __future__ import annotations

import contextlib
import enum
import functools
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from daimm_cli.base.errors import DaimmError
from daimm_cli.base.text import sanitise
from daimm_cli.chain.answers import Header
from daimm_cli.chain.book import load
from daimm_cli.chain.client import Chain
from daimm_cli.chain.node import Node
from daimm_cli.session.session import Session

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
        with contextlib.suppress(DaimmError, OSError):  # may ask for a password: not in a check
            _ = context.owner
        if deep:
            try:
                _ = context.seed
            except DaimmError as error:
                self.refusal = error

    @functools.cached_property
    def node(self) -> Node:
        """The settings' node, whatever chain it is on."""
        return Node.connect(self.context.config.profile.rpc, timeout=PATIENCE)

    @functools.cached_property
    def head(self) -> Header:
        """Its newest block."""
        return self.node.latest()

    @functools.cached_property
    def chain(self) -> Chain:
        """The contracts that its chain's book names, whether they are there or not."""
        book = load(self.node.chain_id, self.context.environment)
        return Chain(self.node, book.of(self.context.config.profile.market))


@dataclass(frozen=True)
class Check:
    """needs: names of checks that must not have failed. seconds: what it may take."""

    name: str
    run: Callable[[Patient], Said]
    needs: tuple[str, ...] = ()
    seconds: float = 20.0


def examine(patient: Patient, checks: Iterable[Check]) -> Iterator[Finding]:
    """Run the checks in turn; never raises for what a check does."""
    failed: set[str] = set()
    for check in checks:
        missing = [name for name in check.needs if name in failed]
        finding = (
            Finding(check.name, Level.SKIPPED, f"not checked: see {missing[0]}")
            if missing
            else _bounded(check, patient)
        )
        if finding.level in (Level.PROBLEM, Level.SKIPPED):
            failed.add(check.name)
        yield finding


def _bounded(check: Check, patient: Patient) -> Finding:
    """Run a check in a thread of its own, which is left behind where it does not end."""
    found: list[Said] = []
    thread = threading.Thread(target=lambda: found.append(_said(check, patient)), daemon=True)
    thread.start()
    thread.join(check.seconds)
    late = problem(f"did not end in {check.seconds:.0f} seconds", "try again, or use another one")
    level, says, hint = found[0] if found else late
    return Finding(check.name, level, sanitise(says, 500), hint and sanitise(hint, 500))


def _said(check: Check, patient: Patient) -> Said:
    try:
        return check.run(patient)
    except DaimmError as error:
        return problem(error.message, error.hint)
    except OSError as error:
        about = f": {error.filename}" if error.filename else ""
        return problem(f"{error.strerror or type(error).__name__}{about}")
    except Exception as error:  # noqa: BLE001 - one check that fails does not stop the others
        return problem(f"the check itself failed ({type(error).__name__}): please report it")
