"""Write-behind: submissions that were accepted and are not in the file yet.

    add ──> rows ── with the next change, or after `seconds` ──> the writer's thread, in one commit

If the rows cannot be written, they stay here, and add raises until they can: nothing that was accepted is thrown away,
and nothing more is accepted. A row leaves only after its commit, so whoever finds none here finds all in the file.
"""

import logging
import sqlite3
import threading
import time
from collections import deque

from . import database
from .schema import New
from .statements import insert_rows
from .writer import Ticket

log = logging.getLogger(__name__)

Rows = list[New]


class Behind:
    """The buffer. Any thread may append to `rows` and read `failure`; the writer's thread does the rest."""

    def __init__(self, path: str, seconds: float) -> None:
        self.rows: deque[Rows] = deque()  # an entry for each submission
        self.called = False  # the writer's thread knows that there are rows
        self.hurries = False  # Python exits: who adds waits until it is written
        self.failure: BaseException | None = None  # why they could not be written
        self._path = path
        self._seconds = seconds
        self._due: float | None = None  # when to write them (time.monotonic)
        self._gate = threading.Lock()  # guards `_refuses`; nothing else is done while it is held
        self._refuses = False

    def accept(self, rows: Rows) -> bool:
        """Keep rows until they are written. Return False if nothing is accepted any more."""
        with self._gate:
            if not self._refuses:
                self.rows.append(rows)
            return not self._refuses

    def refuse(self) -> None:
        """Accept nothing from here on, because it would not be written."""
        with self._gate:
            self._refuses = True

    def check(self) -> None:
        """Raise why the rows could not be written, if they could not."""
        if self.failure is not None:
            raise self.failure

    def wait_time(self) -> float | None:
        """Return the seconds after which the rows want a commit of their own, or None if there are none."""
        if not self.rows:
            return None
        if self._due is None:
            self._due = time.monotonic() + self._seconds / 2
        return max(0.0, self._due - time.monotonic())

    def ticket(self, in_company: bool) -> "Ticket[None] | None":
        """Return an op that writes the rows, if they are due or go along with others."""
        if not in_company and self.wait_time() != 0.0:
            return None
        self.called = False  # before looking, so that a row that comes later calls again
        count = len(self.rows)
        return Crowd(self, count) if count else None

    def written(self, count: int) -> None:
        """Note that the oldest rows are committed."""
        for _ in range(count):
            self.rows.popleft()
        self._due = self.failure = None

    def not_written(self, err: BaseException) -> None:
        """Note that the rows could not be written."""
        if self.failure is None:
            log.error("%s: submissions cannot be written, and none is accepted until they are: %s", self._path, err)
        self.failure = err
        self._due = time.monotonic() + self._seconds / 2


class Crowd(Ticket[None]):
    """The op that writes rows for which nobody waits."""

    __slots__ = ("_behind", "_count")

    awaited = False

    def __init__(self, behind: Behind, count: int) -> None:
        super().__init__(self._insert, False, database.BUSY)
        self._behind = behind
        self._count = count

    def _insert(self, on: sqlite3.Connection) -> None:
        oldest = [self._behind.rows[place] for place in range(self._count)]
        insert_rows(on, [row for rows in oldest for row in rows])

    def settle(self, error: BaseException | None = None) -> None:
        """Note how it went."""
        self.done = True
        if error is None:
            self._behind.written(self._count)
        else:
            self._behind.not_written(error)
