"""What tests of the SQLite storage do to its file: hold it, fill it, and look at it as another process would."""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from goqueue.errors import StorageError
from goqueue.job import Record
from goqueue.storage import SQLiteStorage

DURABILITIES = ("each commit", "group commit", "write-behind")


def records(count: int = 1, payload: Any = None) -> list[Record]:
    return [Record("webhook", payload) for _ in range(count)]


def ask(path: Path, text: str) -> Any:
    """Return the first value that a statement gives, on a connection of its own."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        (value,) = connection.execute(text).fetchone()
    return value


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the file in the `with` block, as another process would that writes."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def refused(call: Callable[[], object], kind: type[StorageError], match: str | None = None) -> None:
    with pytest.raises(kind, match=match):
        call()


def write(storage: SQLiteStorage, text: str) -> list[Any]:
    """Run a statement on the connection that writes, and return its rows."""
    return storage._writer.do(lambda on: on.execute(text).fetchall(), single=True)


def pages(storage: SQLiteStorage, more: int | None) -> None:
    """Leave room for so many pages more; None for as many as there can be."""
    ((now,),) = write(storage, "PRAGMA page_count")
    write(storage, f"PRAGMA max_page_count = {2**30 if more is None else now + more}")
