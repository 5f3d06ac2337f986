"""How many decimals each token has, kept from when it was first met.

>>> known = Decimals(home / "decimals" / "1.json")
>>> known.of("0xdAC17F958D2ee523a2206206994597C13D831ec7", 6)
6

What a price means depends on it, and a node's word is all that there is: so its first one stands.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from daimm_cli.base import records
from daimm_cli.base.errors import DaimmError, OutsideFailed

_MAX_BYTES = 4 << 20


class Decimals:
    """file: where they are kept; None keeps them for this process alone."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._known = {} if file is None else _read(file)
        self._changed: dict[str, int] = {}

    def of(self, token: str, told: int) -> int:
        """Those of the token; what the node tells now counts only where nothing was known."""
        if token not in self._known and self._file is not None:
            self._known |= _read(self._file)  # another process may have met it meanwhile
        known = self._known.get(token)
        if known is None:
            self._known[token] = told
            if self._file is not None:
                records.keep(self._file, self._known, indent=1)
        elif known != told:
            self._changed[token] = told
        return self._known[token]

    def known(self, token: str) -> int | None:
        return self._known.get(token)

    def require_unchanged(self, token: str) -> None:
        """Raise OutsideFailed where the node has told others than before."""
        if (told := self._changed.get(token)) is not None:
            where = f" Only if that is right, remove it from {self._file}." if self._file else ""
            raise OutsideFailed(
                f"The node says that token {token} has {told} decimals, and it had "
                f"{self._known[token]}: prices would mean something else, so use another node."
                f"{where}"
            )


def _read(file: Path) -> dict[str, int]:
    try:
        return records.read(file, _checked, limit=_MAX_BYTES) or {}
    except records.Damaged:
        raise DaimmError(
            f"{file} is damaged, it holds the decimals of tokens: restore it, or remove it if you "
            "trust your node."
        ) from None


def _checked(known: dict[str, Any]) -> dict[str, int]:
    if not all(type(n) is int and 0 <= n <= 255 for n in known.values()):
        raise ValueError
    return known
