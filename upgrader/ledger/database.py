"""The file behind the ledger: how it is opened, and SQLite's complaints turned into errors with advice."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from upgrader.errors import Busy, LedgerError
from upgrader.ledger import schema

_DAMAGED = (
    "Keep a copy, save what can be read with `upgrade ledger export`, then move the file away:"
    " the branches and their commit trailers still tell what was done."
)
_PRIMARY = 0xFF
"""The low byte of an extended result code is the primary one (SQLite, Result and Error Codes)."""


class Database(Struct, frozen=True, kw_only=True):
    """An open connection, and what may be done with it."""

    connection: sqlite3.Connection
    refusal: str = ""
    """Why it may not be written; "" when it may."""
    newer: bool = False
    """True when its tables are of a schema that this version does not know."""


def open_database(path: Path, *, read_only: bool, busy_ms: int) -> Database:
    """Open the ledger's file, making it when it is missing, or an empty one in memory when it is only read.

    A file of a newer schema is opened for reading. Raises LedgerError: damaged, not a ledger, no permission,
    disk full; Busy: other processes kept it locked for `busy_ms`.
    """
    if read_only and not path.exists():
        return Database(connection=schema.in_memory(), refusal=f"{path}: there is no ledger yet.")
    with explained(path):
        return _open_read_only(path, busy_ms) if read_only else _open(path, busy_ms)


@contextlib.contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn every sqlite3 and file error of the block into LedgerError, or Busy, with advice."""
    try:
        yield
    except (sqlite3.ProgrammingError, sqlite3.InterfaceError, OverflowError) as fault:
        raise LedgerError(f"{path}: {fault}") from fault
    except sqlite3.Error as fault:
        raise _explain(path, fault) from fault
    except OSError as fault:
        raise LedgerError(f"{path}: {fault.strerror or fault}.", "Check the folder's permissions.") from fault


def _explain(path: Path, fault: sqlite3.Error) -> LedgerError | Busy:
    code = getattr(fault, "sqlite_errorcode", 0) & _PRIMARY
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return Busy(f"{path}: other processes kept the ledger locked.", "Try again when they are done.")
    if code == sqlite3.SQLITE_FULL:
        return LedgerError(
            f"{path}: the disk is full; nothing was recorded.", "Free some space, then run again."
        )
    if code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY):
        return LedgerError(f"{path}: cannot be opened: {fault}.", "Check the permissions of file and folder.")
    if code == sqlite3.SQLITE_IOERR:
        return LedgerError(
            f"{path}: {fault}; what was being recorded is lost.", "Check the disk, then run again."
        )
    if code == sqlite3.SQLITE_CONSTRAINT:
        return LedgerError(f"{path}: refused by the ledger's own guards: {fault}.")
    return LedgerError(f"{path}: the ledger is damaged: {fault}.", _DAMAGED)


def _open(path: Path, busy_ms: int) -> Database:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    connection = _connect(f"{path.absolute().as_uri()}?mode=rwc", busy_ms)
    try:
        version = _version(connection, path)
        if version > schema.SCHEMA_VERSION:
            connection.execute("PRAGMA query_only=ON")
            return Database(connection=connection, refusal=_newer(path, version), newer=True)
        _patiently(connection, "PRAGMA journal_mode=WAL", busy_ms)
        for setting in ("synchronous=FULL", "foreign_keys=ON", "recursive_triggers=ON"):
            connection.execute(f"PRAGMA {setting}")
        if version == 0:
            _create(connection)
        _check_pages(connection, path)
    except BaseException:
        connection.close()
        raise
    return Database(connection=connection)


def _open_read_only(path: Path, busy_ms: int) -> Database:
    refusal = f"{path}: was opened for reading only."
    connection = _connect(f"{path.absolute().as_uri()}?mode=ro", busy_ms)
    try:
        try:
            version = _version(connection, path)
        except sqlite3.OperationalError as fault:
            # WAL needs its side files; in a folder that cannot be written they cannot be made. Without a log
            # left behind the file alone is the whole truth.
            if fault.sqlite_errorcode & _PRIMARY != sqlite3.SQLITE_CANTOPEN or _has_log(path):
                raise
            connection.close()
            connection = _connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", busy_ms)
            version = _version(connection, path)
        if version == 0:
            connection.close()
            return Database(connection=schema.in_memory(), refusal=refusal)
    except BaseException:
        connection.close()
        raise
    if version > schema.SCHEMA_VERSION:
        return Database(connection=connection, refusal=_newer(path, version), newer=True)
    return Database(connection=connection, refusal=refusal)


def _connect(uri: str, busy_ms: int) -> sqlite3.Connection:
    connection = sqlite3.connect(
        uri, uri=True, isolation_level=None, check_same_thread=False, timeout=busy_ms / 1000
    )
    connection.execute(f"PRAGMA busy_timeout={busy_ms}")
    return connection


def _version(connection: sqlite3.Connection, path: Path) -> int:
    """Return the schema's version, 0 for a file without tables. Raises LedgerError for somebody else's file."""
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    owner = int(connection.execute("PRAGMA application_id").fetchone()[0])
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if owner == schema.APPLICATION_ID and version > 0:
        return version
    if tables or owner or version:
        raise LedgerError(f"{path}: is an SQLite file, but not a ledger of `upgrade`.", "Move it away.")
    return 0


def _create(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Another process may have made the tables while this one waited for the lock.
        if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0:
            schema.create(connection)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _patiently(connection: sqlite3.Connection, statement: str, busy_ms: int) -> None:
    """Run a statement that SQLite refuses at once, without its busy handler, while others open the file."""
    deadline = time.monotonic() + busy_ms / 1000
    while True:
        try:
            connection.execute(statement)
        except sqlite3.OperationalError as fault:
            if fault.sqlite_errorcode & _PRIMARY != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def _check_pages(connection: sqlite3.Connection, path: Path) -> None:
    answer = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if answer != "ok":
        raise LedgerError(f"{path}: the ledger is damaged: {answer}.", _DAMAGED)


def _has_log(path: Path) -> bool:
    log = path.with_name(path.name + "-wal")
    return log.exists() and log.stat().st_size > 0


def _newer(path: Path, version: int) -> str:
    return (
        f"{path}: was made by a newer `upgrade` (schema {version}, this one writes {schema.SCHEMA_VERSION});"
        " it is read, never written."
    )
