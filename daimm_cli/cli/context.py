"""What a command works with: a session at the terminal.

>>> context = Context(home="~/.daimm-test", yes=True)
>>> context.emit({"block": context.chain.node.latest().number})
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from typing import Any

from daimm_cli.base.errors import DaimmError
from daimm_cli.base.text import counted
from daimm_cli.cli import output
from daimm_cli.session.console import Console
from daimm_cli.session.session import Session

_COMMAND = re.compile(r"\bdaimm ([a-z][^,(]*)(\(as a buyer\))?")
_WHO = ("--max-gas", "--account", "--home")
_PLAIN = re.compile(r"[a-z]+://[A-Za-z0-9.:-]+/?", re.ASCII)


class Terminal(Console):
    """Whoever sits at the terminal."""

    yes = False

    say = staticmethod(output.say)
    progress = staticmethod(output.progress)

    def confirm(self, question: str) -> None:
        """Ask, unless --yes; raises Stopped on no, and DaimmError where nobody can be asked."""
        output.confirm(question, yes=self.yes)


class Context(Session):
    """A session, and how its command prints.

    as_json: print data as JSON. yes: don't ask. The other options override the environment's
    variables, which override config.toml.
    """

    def __init__(self, *, as_json: bool = False, yes: bool = False, **options: str | None) -> None:
        super().__init__(console=Terminal())
        self.as_json = False
        self.choose(as_json=as_json, yes=yes, **options)

    def choose(self, *, as_json: bool = False, yes: bool = False, **options: str | None) -> None:
        """Take options of the command line, each named as its variable; None changes nothing.

        Raises DaimmError for an empty one: a script's variable that was never set would choose
        another account.
        """
        self.as_json = self.as_json or as_json
        self.console.yes = self.console.yes or yes
        for name, value in options.items():
            option, variable = f"--{name.replace('_', '-')}", f"DAIMM_{name.upper()}"
            if value == "":
                raise DaimmError(f"{option} is empty: say which, or leave it out.")
            if value is not None:
                self.environment[variable] = value
                self.typed[variable] = option

    def emit(self, data: Any, text: str | None = None) -> None:
        """Print the result: `data` for --json, else `text`."""
        output.emit(data, text, as_json=self.as_json)

    def told_of_former(self, count: Callable[[Session], int], what: str, command: str) -> None:
        """Say how many of something are on the markets before this one, and what shows them."""
        for other in self.former:
            if found := count(other):
                market = other.chain.market
                output.say(f"{counted(found, what)} on the former market {market}.")
                self.next(f"{command} --market {market}")

    def next(self, step: str, *, own: bool = True) -> None:
        """Say what to do next, to people. own: as for `output.hint`."""
        if not self.as_json:
            output.hint(self.copyable(step), own=own)

    def copyable(self, step: str) -> str:
        """The step with the options that were typed; somebody else's without who that was."""

        def told(command: re.Match[str]) -> str:
            words = ["daimm"]
            for variable, option in self.typed.items():
                if option not in (_WHO if command[2] else ("--max-gas",)):
                    value = self.environment[variable]
                    secret = option == "--rpc" and not _PLAIN.fullmatch(value)
                    words += [option, "URL" if secret else value]
            return f"{shlex.join(words)} {command[1]}{command[2] or ''}"

        return _COMMAND.sub(told, step)
