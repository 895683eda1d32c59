"""Write-behind: submissions that were accepted and are not in the file yet.

    add ──> records ── with the next change, or after `seconds` by a thread ──> the file, in one commit

Each record has its key already, because this process reserves keys in advance. If the records cannot be written, they
stay here, and add raises until they can: nothing that was accepted is thrown away, and nothing more is accepted.
"""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from ..errors import StorageError
from ..job import Record
from .rows import row_of
from .statements import insert_rows, reserve

log = logging.getLogger(__name__)

RESERVED = 50_000  # keys of about a microsecond each; the ids of two processes may be out of order by this much


class Behind:
    """The buffer. Any thread may call it. `write(op)` runs an op in a transaction, between begin() and written()."""

    def __init__(self, path: str, seconds: float, write: Callable[[Callable[[sqlite3.Connection], Any]], Any]) -> None:
        self._path = path
        self._seconds = seconds
        self._write = write
        # Guards everything below, from before a transaction until its commit is known, so it is taken before the
        # connection's lock. Reentrant, because add reserves keys while it holds this lock.
        self.lock = threading.RLock()
        self.records: list[tuple[Any, ...]] = []  # rows
        self._next = self._end = 0  # the keys that are reserved
        self._failed = False
        self._wanted = threading.Event()  # the thread sleeps here until there are records, or it must end
        self._closed = False
        self._thread: threading.Thread | None = None

    def add(self, records: Sequence[Record], due: float) -> None:
        """Accept jobs, and assign their keys."""
        with self.lock:
            if self._closed:
                raise StorageError(f"{self._path}: this storage was closed: open another")
            if self._failed:
                self.flush()  # raises again, or succeeds
            key = max(self._next, time.time_ns() >> 10)
            if key + len(records) > self._end:
                count = len(records) + RESERVED
                key = self._write(lambda on: reserve(on, count))
                self._end = key + count
            for record in records:
                record.key = key
                key += 1
            rows = [
                row_of(record, due) for record in records
            ]  # all of them before the first is kept, because this may raise
            self._next = key
            self.records += rows
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="write-behind", daemon=True)
                self._thread.start()
        self._wanted.set()

    def begin(self) -> None:
        """Note that a transaction starts. The caller holds the lock until it calls written(), or has failed."""
        self._failed = bool(self.records)  # until written() says otherwise

    def write(self, on: sqlite3.Connection) -> None:
        """Insert the records in the transaction on `on`."""
        if self.records:
            insert_rows(on, self.records)

    def written(self) -> None:
        """Note that the transaction is committed."""
        self.records = []
        self._failed = False

    def flush(self) -> None:
        """Write the records now."""
        if self.records:
            self._write(lambda on: None)

    def close(self) -> None:
        """Write the records, and end the thread."""
        with self.lock:
            self._closed = True  # from here on nothing is accepted, because it would not be written
        self._wanted.set()
        self.flush()

    def _run(self) -> None:
        while not self._closed:
            self._wanted.wait()
            self._wanted.clear()
            time.sleep(self._seconds / 2)
            try:
                self.flush()
            except Exception:
                log.exception(
                    "Submissions could not be written; it is tried again, and none is accepted until it works"
                )
                self._wanted.set()
