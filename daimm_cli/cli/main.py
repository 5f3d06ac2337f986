"""The `daimm` command: what there is, imported when it is used.

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
from dataclasses import dataclass
from typing import Any

from daimm_cli import __version__

COMPLETION = "_DAIMM_COMPLETE"
"""Set by the shell's completion script."""

INTERRUPTED = 130
BROKEN_PIPE = 1


@dataclass(frozen=True)
class Entry:
    """A line of `daimm --help`.

    modules: of `daimm_cli.commands`, each with a typer `app`. A group has all their commands, a
    command is the one of its name.
    """

    name: str
    help: str
    modules: tuple[str, ...]
    group: bool = True


SECTIONS: dict[str, tuple[Entry, ...]] = {
    "Accounts and money": (
        Entry("account", "Create, import and list accounts", ("account",)),
        Entry("secrets", "Back up and restore what keys follow from", ("secrets",)),
        Entry("safe", "Act as a Safe together with its other owners", ("safe",)),
        Entry("balance", "Show what an account has and is owed", ("money",), group=False),
        Entry("withdraw", "Collect what the market owes you", ("money",), group=False),
        Entry("faucet", "Get test tokens on a test network", ("money",), group=False),
    ),
    "Selling": (
        Entry(
            "model",
            "Publish models, add versions, look at them",
            ("model", "model_owner", "model_drafts"),
        ),
        Entry("offer", "Open, close and replace offers", ("offer",)),
        Entry("keeper", "Deliver keys while you sleep", ("keeper",)),
    ),
    "Buying and delivering": (
        Entry("quote", "Find out about an offer before paying", ("quote",), group=False),
        Entry("buy", "Check an offer and pay for it", ("buy",), group=False),
        Entry(
            "order",
            "Follow, deliver, end what was ordered",
            ("order", "order_wait", "order_seller"),
        ),
        Entry("license", "Open what you bought; list your licences", ("license",)),
    ),
    "Files": (Entry("store", "Look into the local store; CIDs of files", ("store",)),),
    "Help": (Entry("doctor", "Check everything and say what to do", ("doctor",), group=False),),
}

GLOBAL_OPTIONS = (
    ("--json", "Print the result as JSON on stdout."),
    ("-y, --yes", "Don't ask before spending."),
    ("--account NAME", "Alias or address of the keystore to act with."),
    ("--profile NAME", "Profile of config.toml to use."),
    ("--rpc URL", "Address of the node to talk to."),
    ("--home FOLDER", "Where daimm keeps its things (default ~/.daimm)."),
)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command line; returns the exit status. Prints errors as one sentence on stderr."""
    argv = list(sys.argv[1:] if arguments is None else arguments)
    _open_closed_streams()
    _take_any_encoding()
    if argv in ([], ["--help"], ["-h"]) and COMPLETION not in os.environ:
        return _print(root_help())
    if argv == ["--version"]:
        return _print(f"daimm {__version__}\n")

    from daimm_cli.cli import output

    try:
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
        return output.fail(error, as_json="--json" in argv)


def entries() -> dict[str, Entry]:
    """Every group and command by name, in the order of the help."""
    return {entry.name: entry for section in SECTIONS.values() for entry in section}


def root_help() -> str:
    """What `daimm --help` prints; needs no import of typer, so it comes at once."""
    lines = [
        "Usage: daimm COMMAND [OPTIONS]",
        "",
        "  Sell and buy AI models. The key is paid for if and only if it is right.",
    ]
    for title, section in SECTIONS.items():
        lines += ["", f"{title}:", *_columns((entry.name, entry.help) for entry in section)]
    lines += ["", "Options that every command takes:", *_columns(GLOBAL_OPTIONS)]
    lines += [
        "",
        "`daimm COMMAND --help` shows a command's options and an example;",
        "`daimm --install-completion` lets your shell complete what you type.",
        "",
    ]
    return "\n".join(lines)


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


def _columns(rows: Any) -> list[str]:
    return [f"  {name:<16}  {text}" for name, text in rows]


def _print(text: str) -> int:
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        from daimm_cli.cli import output

        _give_up_stdout()
        return BROKEN_PIPE if isinstance(error, BrokenPipeError) else output.fail(error)
    return 0


def __getattr__(name: str) -> Any:
    """`app`: the whole command line as a typer app, for whoever documents or completes it."""
    if name != "app":
        raise AttributeError(name)
    from daimm_cli.cli.frame import application

    return application()
