"""Sizes and times, as the report shows them.

>>> roughly(93784), sized(4 << 30)
('1 day 2 hours', '4.0 GiB')
"""

from __future__ import annotations

_UNITS = (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))


def roughly(seconds: int) -> str:
    """A duration in its two largest units; what is smaller is cut."""
    parts = []
    for name, size in _UNITS:
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
    """Bytes with a binary unit."""
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if size < 1024:
            return f"{size:.0f} bytes" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:,.1f} TiB"
