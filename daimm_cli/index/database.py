"""The index's file: opening it, and starting it over.

>>> database = Database(home / "index-31337.sqlite", treasury, aim, [market])
>>> with database.open() as connection:
...     connection.execute("SELECT count(*) FROM model_list")

`schema.sql` is made from the ABIs, `views.sql` is written by hand; the file's version is the hash
of both and of whose events it has. It holds nothing that the chain does not have or name: one of
another version, or with a damaged page, is deleted and built again.
"""

from __future__ import annotations

import contextlib
import functools
import sqlite3
from collections.abc import Iterable, Iterator
from hashlib import sha256
from importlib import resources
from pathlib import Path

from daimm_cli.base.errors import DaimmError

BUSY_SECONDS = 30
_IN_USE = ("locked", "unable to open", "readonly")
_DISK = ("disk is full", "disk I/O error")


class Damaged(Exception):
    """The file cannot be read, or is of another version: it has to be started over."""


class Database:
    """One file.

    treasury: who is credited the protocol's fees. aim: always allowed as a token. sources: the
    addresses whose events it holds; with others, it is to be built anew.
    """

    def __init__(self, file: Path, treasury: str, aim: str, sources: Iterable[str]) -> None:
        self.file = file
        self._head = (treasury, aim)
        self._script = schema()
        told = "".join((self._script, *sources)).encode()
        self._version = int.from_bytes(sha256(told).digest()[:4]) >> 1

    @contextlib.contextmanager
    def open(self, *, write: bool = False) -> Iterator[sqlite3.Connection]:
        """A connection with one transaction; raises Damaged, and DaimmError where it is in use.

        write: nobody else writes meanwhile, so ask no node in it.
        """
        with self._explained(), contextlib.closing(self._connected()) as connection:
            connection.execute("BEGIN IMMEDIATE" if write else "BEGIN")
            yield connection
            connection.execute("COMMIT")

    def remove(self) -> None:
        for suffix in ("", "-wal", "-shm", "-journal"):
            self.file.with_name(self.file.name + suffix).unlink(missing_ok=True)

    def _connected(self) -> sqlite3.Connection:
        self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        connection = sqlite3.connect(self.file, BUSY_SECONDS, isolation_level=None)
        try:
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")  # it can be rebuilt
            if _version(connection) != self._version:
                self._make(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _make(self, connection: sqlite3.Connection) -> None:
        """Make the tables, unless another process just did."""
        connection.execute("BEGIN IMMEDIATE")
        if _version(connection) == self._version:
            connection.execute("COMMIT")
            return
        if connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
            raise Damaged
        for statement in _statements(self._script):
            connection.execute(statement)
        connection.execute("INSERT INTO reading VALUES (-1, ?, ?)", self._head)
        connection.execute(f"PRAGMA user_version = {self._version}")
        connection.execute("COMMIT")

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn what SQLite says of the file into Damaged, or the sentence that says what to do."""
        try:
            yield
        except (sqlite3.IntegrityError, sqlite3.ProgrammingError):
            raise
        except sqlite3.DatabaseError as error:
            if any(text in str(error) for text in _DISK):
                raise DaimmError(
                    f"The index {self.file} cannot be written: the disk is full, or fails. Make "
                    "room, then run the command again."
                ) from None
            if any(text in str(error) for text in _IN_USE):
                raise DaimmError(
                    f"Cannot use the index {self.file}: see that its folder can be written and "
                    "that no other program holds it."
                ) from None
            raise Damaged from None
        except OSError as error:
            raise DaimmError(
                f"Cannot make the index {self.file}: {error.strerror}. See that its folder can be "
                "written."
            ) from None


@functools.cache
def schema() -> str:
    """The statements that make the file."""
    folder = resources.files("daimm_cli.index")
    return "".join((folder / name).read_text("utf-8") for name in ("schema.sql", "views.sql"))


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _statements(script: str) -> Iterator[str]:
    """Each ends with a semicolon at the end of a line."""
    current = ""
    for line in script.splitlines(keepends=True):
        current += line
        if sqlite3.complete_statement(current):
            yield current
            current = ""
