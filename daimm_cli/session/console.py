"""Whoever a session works for, at the other end of a console."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from daimm_cli.base.files import Progress

if TYPE_CHECKING:
    from contextlib import AbstractContextManager


class Console:
    """Nobody is there: all is agreed to, nothing is shown. An heir asks and tells.

    yes: they said beforehand that nothing need be asked.
    """

    yes = True

    def say(self, text: str) -> None:
        """Tell them a line."""

    def confirm(self, question: str) -> None:
        """Return if they agree; an heir raises Stopped where they do not."""

    def progress(self, label: str) -> AbstractContextManager[Progress]:  # noqa: ARG002
        """What shows how far a long piece of work is; `label` names it."""
        return contextlib.nullcontext(lambda _done, _total: None)
