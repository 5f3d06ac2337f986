"""The labels of a home's key lines: what a seed needs to have their secrets.

>>> labels = Labels(home)
>>> labels.add(labels.draw(seed, taken=()))
>>> labels.of(seed, offer.line)          # 32 bytes, or None: of another seed's line

Labels follow from the seed (`daimm_cli.protocol.keys.line_label`), so that trying all of them finds
the one of any line on the chain. The file `labels` has those that were met, one in each line, in
hexadecimal; the order says nothing. It saves time, and has the random ones that older lines got.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Collection
from pathlib import Path

from daimm_cli.base.errors import DaimmError
from daimm_cli.base.files import sync_folder
from daimm_cli.protocol import keys
from daimm_cli.protocol.curve import Point

FILE_NAME = "labels"
MOST = 10_000
"""Lines that a home or a backup keeps the labels of, the newest ones."""

_LABEL = re.compile(rb"[0-9a-f]{64}")


class Labels:
    """The labels of one home."""

    def __init__(self, home: Path) -> None:
        self._file = home / FILE_NAME
        self._tried: dict[bytes, dict[Point, bytes]] = {}

    def all(self) -> list[bytes]:
        """Every label once, the oldest first; what a crash left half-written is passed over."""
        try:
            with self._file.open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(0, size - MOST * 66))
                lines = file.read(MOST * 66).split()
        except FileNotFoundError:
            return []
        except OSError as error:
            raise DaimmError(
                f"Cannot read {self._file} ({error.strerror}): make it readable."
            ) from None
        found = (bytes.fromhex(line.decode()) for line in lines if _LABEL.fullmatch(line))
        return list(dict.fromkeys(found))

    def add(self, *labels: bytes) -> None:
        """Keep labels; those that are there are not written again."""
        known = set(self.all())
        new = [label for label in labels if label not in known]
        if not new:
            return
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(b"".join(b"\n%s\n" % label.hex().encode() for label in new))
            file.flush()
            os.fsync(file.fileno())
        sync_folder(self._file.parent)

    def of(self, seed: bytes, line: Point) -> bytes | None:
        """The label whose secret under this seed belongs to the line; None where none does."""
        for label in reversed(self.all()):
            if keys.line_secret(seed, label).point == line:
                return label
        found = self._search(seed, line)
        if found is not None:
            self.add(found)
        return found

    def draw(self, seed: bytes, taken: Collection[Point]) -> bytes:
        """The label of a new line. taken: lines on the chain that must not get a second use.

        By chance, and not the next one: another machine may draw from the same seed meanwhile.
        """
        known = set(self.all())
        first = secrets.randbelow(keys.LABELS)
        for number in range(first, first + keys.LABELS):
            label = keys.line_label(seed, number % keys.LABELS)
            if label not in known and keys.line_secret(seed, label).point not in taken:
                return label
        raise DaimmError("This seed has no key lines left: publish from a new home.")

    def _search(self, seed: bytes, line: Point) -> bytes | None:
        """Try the seed's labels, once each: takes seconds where none is right."""
        tried = self._tried.setdefault(seed, {})
        for number in range(len(tried), keys.LABELS):
            if line in tried:
                break
            label = keys.line_label(seed, number)
            tried[keys.line_secret(seed, label).point] = label
        return tried.get(line)
