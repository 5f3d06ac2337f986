"""Text and numbers as people read them, and nothing that a stranger's text can steer.

>>> format_amount(10_500_000_000_000_000_000, symbol="AIM")
'10.5 AIM'
>>> parse_amount("10.5")
10500000000000000000
>>> parse_duration("36h"), duration_shown(129600)
(129600, '36 hours')
>>> time_shown(1_800_000_000)
'2027-01-15 09:00:00+01:00'
>>> sanitise("a\\x1b[31mred\\u202eb")
'aredb'
"""

import dataclasses
import datetime
import decimal
import enum
import json
import re
import unicodedata
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from daimm_cli.base.errors import DaimmError

_ESCAPE = re.compile(
    # Strings, up to the next that begins: each character is looked at once, whatever is sent.
    "(?:\x1b[PX^_\\]]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x90\x98\x9c-\x9f]*(?:\x07|\x1b\\\\|\x9c)"
    "|(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor
    "|\x1b[ -/]+[0-~]"  # character sets
    "|\x1b[0-~]"
)
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}  # Cf holds bidi overrides, tags, zero width
_MAX_COMBINING = 4
_DURATION = re.compile(r"([0-9]{1,9})([smhd]?)", re.ASCII)
MINUTE, HOUR, DAY = 60, 3600, 86400
MAX_DURATION = 100 * 365 * DAY
_NAMES = {DAY: "day", HOUR: "hour", MINUTE: "minute", 1: "second"}
_UNITS = {"": 1, "s": 1, "m": MINUTE, "h": HOUR, "d": DAY}
_SIZE = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,3})?) ?(?:([kmgt])?(ib|b)?)", re.ASCII)
_DECIMAL = re.compile(r"([0-9]{1,78})(?:\.([0-9]{1,78}))?", re.ASCII)


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


def origin(url: str) -> str:
    """Scheme, host and port of an address, to print. Raises ValueError for a malformed one."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return sanitise(f"{parts.scheme}://{parts.hostname}{port}")


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


def as_decimal(value: float) -> str:
    """Nine digits after the point, as results on the chain have them."""
    return f"{value:.9f}"


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
        raise DaimmError(f"'{sanitise(text, 40)}' is more than any token can have: give less.")
    return amount


def parse_duration(text: str, *, bare: bool = False) -> int:
    """'90s', '15m', '36h' or '7d' in seconds; '0' is none. bare: a plain number is seconds."""
    match = _DURATION.fullmatch(text.strip().lower())
    if match is None or not (match[2] or bare or not int(match[1])):
        raise DaimmError(f"'{sanitise(text, 40)}' is not a time: write it like 30m, 36h or 7d.")
    seconds = int(match[1]) * _UNITS[match[2]]
    if seconds > MAX_DURATION:
        raise DaimmError(f"'{sanitise(text, 40)}' is longer than 100 years: choose a shorter time.")
    return seconds


def duration_shown(seconds: int) -> str:
    """Seconds in the largest unit that counts them exactly: 129600 -> '36 hours'."""
    size = next(size for size in _NAMES if seconds % size == 0 and (seconds >= size or size == 1))
    count = seconds // size
    return f"{count} {_NAMES[size]}{'' if count == 1 else 's'}"


def roughly(seconds: int) -> str:
    """Seconds in their two largest units, the rest cut: 93784 -> '1 day 2 hours'."""
    parts = []
    for size, name in _NAMES.items():
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(counted(count, name))
        elif parts:
            break
    return " ".join(parts[:2]) or "0 seconds"


def counted(count: int, what: str) -> str:
    """'1 order', '2 orders'."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def sized(size: float) -> str:
    """Bytes with a binary unit: 4 << 30 -> '4.0 GiB'."""
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if size < 1024:
            return f"{size:.0f} bytes" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:,.1f} TiB"


def parse_size(text: str) -> int:
    """'4GiB', '500 MB' or '1.5g' in bytes; without a unit it is bytes."""
    match = _SIZE.fullmatch(text.strip().lower())
    if match is None:
        raise DaimmError(f"'{sanitise(text, 40)}' is not a size: write it like 500MB or 4GiB.")
    unit = 1000 if match[2] and match[3] == "b" else 1024
    return int(decimal.Decimal(match[1]) * unit ** " kmgt".index(match[2] or " "))


def to_json(data: Any) -> str:
    """`data` as JSON on one line, ASCII only, so that no string in it reaches a terminal raw."""
    return json.dumps(data, default=as_json, allow_nan=False)


def as_json(value: object) -> object:
    """What `json.dumps` makes of dataclasses, bytes (0x...), paths and other values of ours."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: getattr(value, f.name) for f in dataclasses.fields(value) if f.repr}
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, Path | decimal.Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
