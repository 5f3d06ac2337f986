"""The index's file: opening it, bringing it to the newest migration, starting it over.

>>> engine = open_database(home / "index-31337.sqlite")

`migrations/NNNN_name.sql` run in order, each once, each in a transaction with its number
(`PRAGMA user_version`). The file holds nothing that the chain does not: one that is damaged, or
that a newer daimm made, is deleted and built again.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from daimm_cli.base.errors import DaimmError

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

BUSY_SECONDS = 30
_IN_USE = ("locked", "unable to open", "readonly")
_DISK = ("disk is full", "disk I/O error")


def open_database(file: Path) -> Engine:
    """An engine on the file, which is made, migrated or started over as needed."""
    from sqlalchemy.exc import DatabaseError, OperationalError

    with explained(file):
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            return _migrated(file)
        except OperationalError as error:
            if any(text in str(error.orig) for text in (*_IN_USE, *_DISK)):
                raise
            remove_database(file)
        except (DatabaseError, _FromTheFuture):
            remove_database(file)
        return _migrated(file)


@contextlib.contextmanager
def explained(file: Path | str) -> Iterator[None]:
    """Turn what SQLite says of the file into the sentence that says what to do."""
    from sqlalchemy.exc import DatabaseError, OperationalError

    try:
        yield
    except DatabaseError as error:
        said = str(error.orig)
        if any(text in said for text in _DISK):
            raise DaimmError(
                f"The index {file} cannot be written: the disk is full, or fails. Make room, then "
                "run the command again."
            ) from None
        if isinstance(error, OperationalError) and any(text in said for text in _IN_USE):
            raise DaimmError(
                f"Cannot use the index {file}: see that its folder can be written and that no "
                "other program holds it."
            ) from None
        raise DaimmError(f"The index {file} is damaged: delete it and try again.") from None


def remove_database(file: Path) -> None:
    """Delete the file and SQLite's companions."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        file.with_name(file.name + suffix).unlink(missing_ok=True)


def migrations() -> list[tuple[int, str]]:
    """Number and SQL of every migration, in order."""
    folder = resources.files("daimm_cli.index") / "migrations"
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".sql")), key=lambda f: f.name)
    return [(int(file.name[:4]), file.read_text()) for file in files]


class _FromTheFuture(Exception):
    pass


def _migrated(file: Path) -> Engine:
    engine = _engine(file)
    try:
        with engine.begin() as connection:
            _migrate(connection)
    except BaseException:
        engine.dispose()
        raise
    return engine


def _migrate(connection: Connection) -> None:
    known = migrations()
    version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
    if version > known[-1][0]:
        raise _FromTheFuture
    for number, script in known:
        if number > version:
            for statement in _statements(script):
                connection.exec_driver_sql(statement)
            connection.exec_driver_sql(f"PRAGMA user_version = {number}")


def _statements(script: str) -> list[str]:
    """The statements of a migration: each ends with a semicolon at the end of a line."""
    import sqlite3

    found, current = [], ""
    for line in script.splitlines(keepends=True):
        current += line
        if sqlite3.complete_statement(current):
            found.append(current)
            current = ""
    return found


def _engine(file: Path) -> Engine:
    from sqlalchemy import NullPool, create_engine, event

    engine = create_engine(
        f"sqlite:///{file}", connect_args={"timeout": BUSY_SECONDS}, poolclass=NullPool
    )

    @event.listens_for(engine, "connect")
    def connected(raw: Any, _record: Any) -> None:
        raw.isolation_level = None  # BEGIN is ours: the driver's own comes too late for reads
        raw.execute("PRAGMA foreign_keys = ON")
        raw.execute("PRAGMA journal_mode = WAL")
        raw.execute("PRAGMA synchronous = NORMAL")  # it can be rebuilt

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine
