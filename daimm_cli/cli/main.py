"""The `daimm` command: one line in, what is printed and an exit status out.

>>> run(["--version"])
daimm 0.1.0
0

`run` is the one place where errors become a sentence and an exit status (`daimm_cli.base.errors`
lists them). DAIMM_DEBUG=1 shows where a fault happened instead.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence

from daimm_cli import __version__
from daimm_cli.cli import sections

COMPLETION = "_DAIMM_COMPLETE"
"""Set by the shell's completion script."""

INTERRUPTED = 130
BROKEN_PIPE = 1


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command line; returns the exit status. Prints errors as one sentence on stderr."""
    argv = list(sys.argv[1:] if arguments is None else arguments)
    _open_closed_streams()
    _take_any_encoding()
    try:
        if argv in ([], ["--help"], ["-h"]) and COMPLETION not in os.environ:
            status = _print(sections.root_help())
        elif argv == ["--version"]:
            status = _print(f"daimm {__version__}\n")
        else:
            from daimm_cli.cli.frame import call

            status = call(argv)
        if status == INTERRUPTED:
            raise KeyboardInterrupt
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        _give_up_stdout()
        return BROKEN_PIPE
    except BaseException as error:
        if isinstance(error, SystemExit) or os.environ.get("DAIMM_DEBUG") == "1":
            raise
        if isinstance(error, OSError):
            _give_up_stdout()
        from daimm_cli.cli import output

        return output.fail(error, as_json="--json" in argv)


def _print(text: str) -> int:
    sys.stdout.write(text)
    return 0


def _open_closed_streams() -> None:
    """Put nothing where a caller closed stdin, stdout or stderr: a file would get its number."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            opened = os.open(os.devnull, os.O_RDWR)
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
            setattr(sys, name, os.fdopen(number, "w" if number else "r"))


def _take_any_encoding() -> None:
    """What a stream's encoding lacks is escaped there, and what it cannot read is shown as such."""
    for stream, errors in (
        (sys.stdin, "replace"),
        (sys.stdout, "backslashreplace"),
        (sys.stderr, "backslashreplace"),
    ):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=errors)


def _give_up_stdout() -> None:
    """What cannot be written there any more must not fail once more at the end."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
