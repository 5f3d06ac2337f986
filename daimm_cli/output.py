"""What a command prints: data to stdout, talk to stderr, nothing that a stranger's text can steer.

>>> format_amount(10_500_000_000_000_000_000, symbol="AIM")
'10.5 AIM'
>>> parse_amount("10.5")
10500000000000000000
>>> time_shown(1_800_000_000)
'2027-01-15 09:00:00+01:00'
>>> sanitise("a\\x1b[31mred\\u202eb")
'aredb'
"""

# ruff: noqa: T201 - the one module that prints
import contextlib
import dataclasses
import datetime
import decimal
import enum
import json
import re
import shutil
import sys
import time
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from daimm_cli import disk, layout
from daimm_cli.errors import DaimmError

PROGRESS_AFTER_SECONDS = 2.0
INTERRUPTED = 130

_ESCAPE = re.compile(
    "(?:\x1b[PX^_\\]]|[\x90\x98\x9d\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\\\|\x9c)"  # strings
    "|(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor
    "|\x1b[ -/]+[0-~]"  # character sets
    "|\x1b[0-~]"
)
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}  # Cf holds bidi overrides, tags, zero width
_MAX_COMBINING = 4
_DECIMAL = re.compile(r"([0-9]{1,78})(?:\.([0-9]{1,78}))?", re.ASCII)


class Stopped(DaimmError):
    """The user said no; nothing was done."""

    exit_code = 1
    title = "Stopped"


def sanitise(text: object, limit: int = 200, *, lines: bool = False) -> str:
    """Make `text` safe to print: no terminal escapes, control, bidi or invisible characters.

    limit: longest result in characters; what is cut is shown by an ellipsis.
    lines: keep line breaks (tabs become spaces either way).
    """
    raw = str(text)
    window = raw[: limit * 8 + 64]  # hostile megabytes cost nothing
    cut = len(raw) > len(window)
    window = _ESCAPE.sub("", window.replace("\r\n", "\n"))
    kept: list[str] = []
    combining = 0
    for character in window:
        if character == "\n" and lines:
            kept.append("\n")
            continue
        if character in "\t\n":
            kept.append(" ")
            continue
        category = unicodedata.category(character)
        if category in _INVISIBLE:
            continue
        combining = combining + 1 if category in ("Mn", "Me") else 0
        if combining <= _MAX_COMBINING:
            kept.append(character)
    if cut or len(kept) > limit:
        return "".join(kept[: limit - 1]) + "…"
    return "".join(kept)


def say(message: str) -> None:
    """One line of talk, on stderr."""
    _print(sanitise(message, 2_000, lines=True), sys.stderr)


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


def to_json(data: Any) -> str:
    """`data` as JSON on one line, ASCII only, so that no string in it reaches a terminal raw."""
    return json.dumps(data, default=_plain, allow_nan=False)


def _plain(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: getattr(value, f.name) for f in dataclasses.fields(value) if f.repr}
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, Path | decimal.Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


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
            bar = _bar()
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


def _bar() -> Any:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(binary_units=True),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )


def time_shown(seconds: float) -> str:
    """Seconds since 1970 as this machine's zone has it, and how far that is from UTC.

    This is RFC 3339 with a space, as `date --rfc-3339=seconds` prints it: `2026-11-22
    17:30:05+01:00`. All commands and logs show times so; JSON has the seconds.
    """
    try:
        moment = datetime.datetime.fromtimestamp(seconds, datetime.UTC).astimezone()
    except (OverflowError, ValueError, OSError):
        return f"second {seconds}"
    return moment.isoformat(" ", "seconds")


def format_amount(amount: int, decimals: int = 18, symbol: str = "") -> str:
    """Base units as an exact decimal: 10500000000000000000 -> '10.5'. Never rounds."""
    whole, rest = divmod(abs(amount), 10**decimals)
    digits = str(rest).rjust(decimals, "0").rstrip("0") if decimals else ""
    shown = f"{'-' if amount < 0 else ''}{whole}{'.' + digits if digits else ''}"
    return f"{shown} {sanitise(symbol, 16)}" if symbol else shown


def ether(wei: int, *, up: bool = False) -> str:
    """Ether for gas as people read it: 6 decimals, or 3 digits of less; down, or `up`.

    >>> ether(329_757_559_112_760, up=True)
    '0.00033 ether'
    """
    unit = 10 ** max(0, min(12, len(str(wei)) - 3))
    return format_amount(-(-wei // unit) * unit if up else wei // unit * unit, symbol="ether")


def parse_amount(text: str, decimals: int = 18, symbol: str = "") -> int:
    """'10.5' or '10.5 AIM' in base units, exactly.

    Raises DaimmError for signs, exponents, separators, more digits than the token has, another
    symbol or more than a uint256 holds.
    """
    number, _, unit = text.strip().partition(" ")
    if unit and unit.strip().lower() != symbol.lower():
        known = f" in {symbol}" if symbol else " without a unit"
        raise DaimmError(f"'{sanitise(text, 40)}' names another token: give the amount{known}.")
    match = _DECIMAL.fullmatch(number)
    if match is None:
        raise DaimmError(f"'{sanitise(text, 40)}' is not an amount: write it like 10 or 10.5.")
    digits = (match[2] or "").rstrip("0")
    if len(digits) > decimals:
        raise DaimmError(
            f"'{sanitise(text, 40)}' has more decimal places than the token: it has {decimals}."
        )
    amount: int = int(match[1]) * 10**decimals + int(digits.ljust(decimals, "0") or "0")
    if amount >= 1 << 256:
        raise DaimmError(f"'{sanitise(text, 40)}' is more than any token can have.")
    return amount


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
    if isinstance(error, DaimmError) and as_json:
        told = {"error": error.message, "hint": error.hint, "exit": error.exit_code, **error.data}
        print(to_json(told), file=sys.stderr)
        return error.exit_code
    if isinstance(error, DaimmError):
        return _tell(error.message, error.hint, error.exit_code, False, error.title)
    if isinstance(error, KeyboardInterrupt):
        if sys.stderr.isatty() and not as_json:
            print(file=sys.stderr)  # the line that was being asked or typed on
        return _tell("Interrupted.", None, INTERRUPTED, as_json)
    if isinstance(error, OSError):
        return _tell(disk.sentence(error), None, 2, as_json)
    message = f"This is a fault in daimm, please report it: {type(error).__name__}"
    return _tell(message, "set DAIMM_DEBUG=1 to see where it happened", 70, as_json)


def _tell(
    message: str, next_step: str | None, status: int, as_json: bool, title: str = "Error"
) -> int:
    if as_json:
        print(to_json({"error": message, "hint": next_step, "exit": status}), file=sys.stderr)
    else:
        say(f"{title}: {message}")
        if next_step:
            hint(next_step)
    return status
