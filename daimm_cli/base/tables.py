"""A table of a TOML file that people write: what is wrong with a key is told with file and place.

>>> table = Table.read(home / "config.toml")
>>> table.text("profile")
'local'
"""

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from daimm_cli.base.errors import DaimmError
from daimm_cli.base.text import sanitise

MAX_BYTES = 1 << 20
MAX_ITEMS = 64


@dataclass(frozen=True)
class Table:
    """where: what stands before a key's name in errors, like `storage.`; "" for the whole file."""

    file: Path
    values: Mapping[str, Any]
    where: str = ""

    @classmethod
    def read(cls, file: Path) -> Self:
        """The whole file; empty where there is none."""
        try:
            with file.open("rb") as opened:
                data = opened.read(MAX_BYTES + 1)
        except FileNotFoundError:
            return cls(file, {})
        except OSError as error:
            raise DaimmError(
                f"Cannot read {file} ({error.strerror}): make it readable, or set DAIMM_HOME to "
                "another folder."
            ) from None
        if len(data) > MAX_BYTES:
            raise DaimmError(
                f"{file} is over 1 MiB, so it is no configuration of daimm: restore or remove it."
            )
        try:
            return cls(file, tomllib.loads(data.decode()))
        except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
            raise DaimmError(f"{file} is not valid TOML, {sanitise(error)}: correct it.") from None

    def table(self, key: str) -> Self:
        """A table within; empty where there is none."""
        values = self.values.get(key, {})
        if not isinstance(values, dict):
            raise DaimmError(f"{self.place(key)} must be a table: write [{key}].")
        return type(self)(self.file, values, f"{key}.")

    def only(self, known: Collection[str], elsewhere: Mapping[str, str] | None = None) -> None:
        """Refuse other keys; `elsewhere` says where some of those belong."""
        for key in self.values:
            if elsewhere and key in elsewhere:
                raise DaimmError(f"{self.place(key)} {elsewhere[key]}")
            if key not in known:
                raise DaimmError(
                    f"{self.file}: unknown key '{self.where}{sanitise(key, 40)}': "
                    f"the keys are {', '.join(sorted(known))}."
                )

    def text(self, key: str) -> str | None:
        """A text that is not empty, or None."""
        value = self.values.get(key)
        if value is not None and (not isinstance(value, str) or not value):
            raise DaimmError(f"{self.place(key)} must be text in quotes.")
        return value

    def texts(self, key: str, what: str) -> tuple[str, ...]:
        """A list of texts; `what` completes "is a list of"."""
        listed = self.values.get(key, [])
        texts = isinstance(listed, list) and all(isinstance(text, str) and text for text in listed)
        if not texts or len(listed) > MAX_ITEMS:
            raise DaimmError(f"{self.place(key)} is a list of {what}.")
        return tuple(listed)

    def place(self, key: str) -> str:
        """The file and the key, as errors name them."""
        return f"{self.file}: '{self.where}{key}'"
