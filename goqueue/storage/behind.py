"""Submissions that were accepted and are not in the file yet.

    add ──> records ── with the next change, or after `seconds` by a thread ──> the file, in one commit

Each has its key already: this process reserves some beforehand. If they cannot be written, they stay here, and add
raises until they can: what was accepted is not thrown away, and no more is accepted.
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

RESERVED = 50_000  # keys, of a microsecond each: so far may the order of two processes' ids be off


class Behind:
    """Any thread may call it. `write(op)` runs an op in a transaction, with begin(), write() and written() here."""

    def __init__(self, path: str, seconds: float, write: Callable[[Callable[[sqlite3.Connection], Any]], Any]) -> None:
        self._path = path
        self._seconds = seconds
        self._write = write
        # Guards all below, from before a transaction until its commit is known; so it is taken before the connection's
        # lock. Reentrant: add reserves keys under it.
        self.lock = threading.RLock()
        self.records: list[tuple[Any, ...]] = []  # rows
        self._next = self._end = 0  # the keys that are reserved
        self._failed = False
        self._wanted = threading.Event()  # the thread sleeps until there is something, or it is to end
        self._closed = False
        self._thread: threading.Thread | None = None

    def add(self, records: Sequence[Record], due: float) -> None:
        """Accept jobs, and give each its key."""
        with self.lock:
            if self._closed:
                raise StorageError(f"{self._path}: this storage was closed: open another")
            if self._failed:
                self.flush()  # raises what it raised before, or mends it
            key = max(self._next, time.time_ns() >> 10)
            if key + len(records) > self._end:
                count = len(records) + RESERVED
                key = self._write(lambda on: reserve(on, count))
                self._end = key + count
            for record in records:
                record.key = key
                key += 1
            rows = [row_of(record, due) for record in records]  # all of them, before the first is kept
            self._next = key
            self.records += rows
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="write-behind", daemon=True)
                self._thread.start()
        self._wanted.set()

    def begin(self) -> None:
        """Hear that a transaction is tried; the caller holds the lock until it calls written(), or has failed."""
        self._failed = bool(self.records)  # until it is known to have worked: it may be locked before it begins

    def write(self, on: sqlite3.Connection) -> None:
        """Put what is here into the transaction on `on`."""
        if self.records:
            insert_rows(on, self.records)

    def written(self) -> None:
        """Hear that the transaction is committed."""
        self.records = []
        self._failed = False

    def flush(self) -> None:
        """Write what is here, now."""
        if self.records:
            self._write(lambda on: None)

    def close(self) -> None:
        """Write what is here, and end the thread."""
        with self.lock:
            self._closed = True  # from here on none is accepted: it would not be written
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
