"""The SQLite file: opening it, and its errors under goqueue's names.

    user_version     the schema of the file; see schema.py
    application_id   marks the file as a queue's

A file that a newer goqueue wrote is refused and left unchanged.
"""

import os
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from ...errors import StorageCorrupt, StorageError, StorageFull, StorageLocked, StorageTooNew
from .schema import MIGRATIONS

APPLICATION = 0x676F7175  # "goqu"
BUSY = 5.0  # seconds to wait for another process that writes
LOG = 8_000_000  # bytes: a longer write-ahead log is cut once its pages are in the file
SLICE = 0.1  # seconds of it at a time, because callers may be less patient

# One statement, so that it sees a single moment: another process may be creating the file.
WHOSE = """
    SELECT user_version, application_id, (SELECT count(*) FROM sqlite_master)
    FROM pragma_user_version, pragma_application_id
"""

_ERRORS = {
    sqlite3.SQLITE_BUSY: (StorageLocked, "another process has held it for {busy:g} s: try again, or see who does"),
    sqlite3.SQLITE_LOCKED: (StorageLocked, "it is locked: try again"),
    sqlite3.SQLITE_FULL: (StorageFull, "there is no room left: make some, and try again"),
    sqlite3.SQLITE_CORRUPT: (StorageCorrupt, "it is damaged: move it away, with its -wal and -shm, and restore a copy"),
    sqlite3.SQLITE_NOTADB: (StorageCorrupt, "it is no SQLite file: give the queue a file of its own"),
    sqlite3.SQLITE_CANTOPEN: (StorageError, "it cannot be opened: its folder must exist, and be writable"),
    sqlite3.SQLITE_READONLY: (StorageError, "it cannot be written: check who may"),
}


class named:  # noqa: N801 - a context manager reads as a verb; a generator would take three times as long
    """Turn an SQLite error into one of goqueue's, which names the file and the remedy."""

    __slots__ = ("_path",)

    def __init__(self, path: object) -> None:
        self._path = path

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, err: BaseException | None, tb: TracebackType | None) -> None:
        if isinstance(err, sqlite3.Error):
            code = getattr(err, "sqlite_errorcode", 0) & 0xFF
            named_kind, what = _ERRORS.get(code, (StorageError, "its database failed"))
            raise named_kind(f"{self._path}: {what.format(busy=BUSY)} ({err})") from err


def absolute(path: Any) -> str:
    """Return where a file is, whatever folder the process goes to later. Raises TypeError or ValueError if it is none.

    >>> absolute("/var/jobs.db")
    '/var/jobs.db'
    """
    if not isinstance(path, (str, os.PathLike)) or not isinstance(found := os.fspath(path), str):
        raise TypeError(f"path is {path!r:.80}: it must be the path of a file, such as 'jobs.db'")
    if found in ("", ":memory:") or "\0" in found:
        raise ValueError(f"path is {found!r:.80}: it must name a file, such as 'jobs.db'; for memory, MemoryStorage()")
    return os.path.abspath(found)


def connect(
    path: str | os.PathLike[str], synchronous: str, migrations: Sequence[str] = MIGRATIONS
) -> sqlite3.Connection:
    """Open the file; create or migrate it if necessary. Raises StorageError or a subclass."""
    with named(path):
        connection = sqlite3.connect(Path(path), timeout=BUSY, isolation_level=None, check_same_thread=False)
    try:
        with named(path):
            connection.text_factory = text
            connection.execute("PRAGMA page_size = 1024")  # a commit writes whole pages, and changes few bytes
            # Before anything is written, so that a foreign file stays unchanged.
            if version_of(connection, path, migrations) == 0:
                connection.execute("PRAGMA auto_vacuum = INCREMENTAL")  # only a new file takes it: see upkeep.py
            _write_ahead(connection)
            connection.execute(f"PRAGMA synchronous = {synchronous}")
            connection.execute("PRAGMA wal_autocheckpoint = 4000")  # pages: a longer log, and fewer checkpoints
            connection.execute(f"PRAGMA journal_size_limit = {LOG}")
            _migrate(connection, path, migrations)
            connection.execute(f"PRAGMA busy_timeout = {int(1000 * min(BUSY, SLICE))}")
    except BaseException:
        connection.close()
        raise
    return connection


def connect_to_read(path: str | os.PathLike[str]) -> sqlite3.Connection:
    """Open a file that is open to write already, only to read it."""
    address = f"{Path(path).absolute().as_uri()}?mode=ro"
    connection = sqlite3.connect(address, uri=True, timeout=BUSY, isolation_level=None, check_same_thread=False)
    connection.text_factory = text
    return connection


def text(raw: bytes) -> str | bytes:
    r"""Return a text of the file. One that is damaged comes back as bytes, so that it harms only the job it belongs to.

    >>> text(b"webhook"), text(b"web\xffhook")
    ('webhook', b'web\xffhook')
    """
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Turn on the write-ahead log. SQLite refuses while another process does the same, so this tries again."""
    until = time.monotonic() + BUSY
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as err:
            if err.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() >= until:
                raise
        time.sleep(0.005)


def _migrate(connection: sqlite3.Connection, path: object, migrations: Sequence[str]) -> None:
    if version_of(connection, path, migrations) == len(migrations):
        return
    connection.execute("BEGIN IMMEDIATE")  # other processes wait here, and then find the work done
    try:
        for step in migrations[version_of(connection, path, migrations) :]:
            for statement in step.split(";\n"):
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute(f"PRAGMA user_version = {len(migrations)}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # a full disk may have ended it already
            connection.execute("ROLLBACK")
        raise


def version_of(connection: sqlite3.Connection, path: object, migrations: Sequence[str] = MIGRATIONS) -> int:
    """Return the schema of a file; 0 if it has no tables. Raises StorageError if it is not for this goqueue."""
    version, application, tables = connection.execute(WHOSE).fetchone()
    if application != APPLICATION and (tables or version or application):
        raise StorageCorrupt(f"{path}: it is another program's database: give the queue a file of its own")
    if version > len(migrations):
        raise StorageTooNew(
            f"{path}: it has schema {version}, and this goqueue knows up to {len(migrations)}: install a newer goqueue"
        )
    return int(version)
