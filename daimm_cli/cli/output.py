"""What a command prints: data to stdout, talk to stderr.

>>> print(fields({"price": "10 AIM", "seller": "0x5FbD"}))
price   10 AIM
seller  0x5FbD
"""

# ruff: noqa: T201 - the one module that prints
import contextlib
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TextIO

from daimm_cli.base import disk
from daimm_cli.base.errors import DaimmError, Stopped
from daimm_cli.base.text import sanitise, to_json
from daimm_cli.cli import layout

PROGRESS_AFTER_SECONDS = 2.0
INTERRUPTED = 130


def say(text: str) -> None:
    """One line of talk, on stderr."""
    _print(sanitise(text, 2_000, lines=True), sys.stderr)


def _print(text: str, stream: TextIO) -> None:
    if stream.isatty():
        text = layout.wrapped(text, shutil.get_terminal_size()[0])
    print(text, file=stream, flush=True)


def hint(next_step: str, *, own: bool = False) -> None:
    """What to do next, on stderr; a command stays on one line, to be copied.

    own: the ids in it are the account's own or an offer's, so a terminal shows them shortened.
    """
    text = sanitise(f"Next: {next_step}", 2_000)
    print(
        layout.shortened(text) if own and sys.stderr.isatty() else text, file=sys.stderr, flush=True
    )


def emit(data: Any, text: str | None = None, *, as_json: bool) -> None:
    """Print a command's result on stdout: `data` as one JSON line, or `text` for people.

    Amounts in base units go into `data` as strings: they exceed what JSON readers hold exactly.
    """
    if as_json:
        print(to_json(data), flush=True)
    elif text is not None:
        _print(sanitise(text, 1_000_000, lines=True), sys.stdout)


def table(
    columns: Sequence[str], rows: Sequence[Sequence[object]], *, title: str = "", empty: str = ""
) -> None:
    """Print rows on stdout: a drawn table on a terminal, tab-separated values elsewhere.

    title: only on a terminal. empty: said on stderr where there is no row.
    """
    cells = [[sanitise(cell) for cell in row] for row in rows]
    if not sys.stdout.isatty():
        print("\n".join("\t".join(line) for line in [list(columns), *cells]), flush=True)
    elif rows:
        width = shutil.get_terminal_size()[0]
        head = f"{sanitise(title)}\n\n" if title else ""
        print(head + layout.drawn(columns, cells, width), flush=True)
    if empty and not rows:
        say(empty)


def fields(pairs: Mapping[str, object]) -> str:
    """Aligned `name  value` lines, values sanitised."""
    width = max((len(name) for name in pairs), default=0)
    return "\n".join(f"{name:<{width}}  {sanitise(value, 1_000)}" for name, value in pairs.items())


@contextlib.contextmanager
def progress(label: str) -> Iterator[Callable[[int, int], None]]:
    """Yield `report(done, total)`, in bytes; a bar appears on a terminal's stderr after 2 s."""
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    started = time.monotonic()
    bar: Any = None
    task: Any = None

    def report(done: int, total: int) -> None:
        nonlocal bar, task
        if bar is None and time.monotonic() - started > PROGRESS_AFTER_SECONDS:
            from rich import progress as shown
            from rich.console import Console

            bar = shown.Progress(
                shown.TextColumn("{task.description}", markup=False),
                shown.BarColumn(),
                shown.DownloadColumn(binary_units=True),
                shown.TransferSpeedColumn(),
                shown.TimeRemainingColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            task = bar.add_task(sanitise(label, 40), total=total)
            bar.start()
        if bar is not None:
            bar.update(task, completed=done, total=total)

    try:
        yield report
    finally:
        if bar is not None:
            bar.stop()


@contextlib.contextmanager
def status() -> Iterator[Callable[[str, str], None]]:
    """Yield `show(state, detail)`: one line on a terminal's stderr, rewritten in place.

    Elsewhere each new state becomes a line of its own, and the details are left out.
    """
    said = ""
    drawn = sys.stderr.isatty()

    def show(state: str, detail: str = "") -> None:
        nonlocal said
        if drawn:
            line = sanitise(f"{state} {detail}".strip(), max(20, shutil.get_terminal_size()[0] - 1))
            print(f"\r\x1b[K{line}", end="", file=sys.stderr, flush=True)
        elif state != said:
            say(state)
        said = state

    try:
        yield show
    finally:
        if drawn and said:
            print(file=sys.stderr, flush=True)


def confirm(question: str, *, yes: bool) -> None:
    """Return if `yes` or if the person at the terminal agrees; raise otherwise.

    Raises Stopped (exit 1) on no, and DaimmError where nobody can be asked.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise DaimmError(
            f"{question} Nobody is at the terminal to answer: add --yes to go on without asking."
        )
    text = sanitise(f"{question} [y/N]", 2_000, lines=True)
    if sys.stderr.isatty():
        text = layout.wrapped(text, shutil.get_terminal_size()[0] - 5)
    print(text, end=" ", file=sys.stderr, flush=True)
    answer = sys.stdin.readline(100)
    if not answer:
        print(file=sys.stderr)  # the line that the question is on
    if answer.strip().lower() not in ("y", "yes"):
        raise Stopped("Nothing was done.")


def fail(error: BaseException, *, as_json: bool = False) -> int:
    """Say on stderr what went wrong and return the exit status for it.

    DaimmError gives its own status, an interruption 130, a file system error 2; anything else is a
    fault of ours and 70.
    """
    title, next_step, status, more = "Error", None, 2, {}
    match error:
        case DaimmError():
            message, next_step, status = error.message, error.hint, error.exit_code
            title, more = error.title, error.data
        case KeyboardInterrupt():
            if sys.stderr.isatty() and not as_json:
                print(file=sys.stderr)  # the line that was being asked or typed on
            message, status = "Interrupted.", INTERRUPTED
        case OSError():
            message = disk.sentence(error)
        case UnicodeEncodeError() | UnicodeDecodeError() if (
            isinstance(error, UnicodeEncodeError) or error.encoding != "utf-8"
        ):
            message = (
                f"This system's encoding ({error.encoding}) has no form of what was typed or "
                "named: set LC_ALL=C.UTF-8, then run the command again."
            )
        case _:
            message = f"This is a fault in daimm, please report it: {type(error).__name__}"
            next_step, status = "set DAIMM_DEBUG=1 to see where it happened", 70
    if as_json:
        told = {"error": message, "hint": next_step, "exit": status, **more}
        print(to_json(told), file=sys.stderr)
        return status
    say(f"{title}: {message}")
    if next_step:
        hint(next_step)
    return status
