"""A submission of more jobs than one commit should hold: it is written in parts, and is still there as a whole or not.

    begin     its keys are reserved, and it is noted in the table `bulks` that they are hidden
    parts     their rows are written, PART in a commit: nobody sees them, nobody claims them (`delayed` is 2 or 3)
    accept    they are hidden no longer: one row of `bulks` changes, so all jobs are there in one step
    release   PART in a commit may be claimed (`delayed` becomes 0 or 1), and then the note is deleted

Between two commits the file is free, so other processes get their turn. What raises before `accept`, Ctrl-C too, has
the rows deleted again. If the process is killed, maintenance of another one does that, or goes on with the release:
while it lives, the process holds a lock on a byte that is named like the first key (presence.py).
"""

import contextlib
import sqlite3
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from ...errors import StorageError
from ...job import Record
from .presence import Presence
from .rows import row_of
from .schema import New
from .statements import insert_rows, reserve

PART = 5_000  # jobs in a commit: about a tenth of a second
GAP = 0.01  # seconds between two commits: whoever waits for the file tries again as often as that
UNRELEASED = 2  # added to `delayed`

BEGIN = "INSERT INTO bulks (first, last, next, hidden) VALUES (?, ?, ?, 1)"
GROW = "UPDATE bulks SET next = next + ? WHERE first = ? AND hidden"
ACCEPT = "UPDATE bulks SET hidden = 0, next = first WHERE first = ? AND hidden"
STATE = "SELECT last, next, hidden FROM bulks WHERE first = ?"
STATES = "SELECT first, next, hidden FROM bulks"
FORGET = "DELETE FROM jobs WHERE key >= ? AND key < ?"
RELEASE = f"UPDATE jobs SET delayed = delayed - {UNRELEASED} WHERE key >= ? AND key < ? AND delayed >= {UNRELEASED}"
GO_ON = "UPDATE bulks SET next = ? WHERE first = ?"
END = "DELETE FROM bulks WHERE first = ?"

Write = Callable[[Callable[[sqlite3.Connection], Any]], Any]


def pause() -> None:
    """Leave the file to others for a moment."""
    time.sleep(GAP)


class Bulk:
    """One submission. Its methods are called by one thread; what they hand to `write` runs in the writer's."""

    def __init__(self, write: Write, presence: Presence, path: str) -> None:
        self._write = write
        self._presence = presence
        self._path = path
        self._first = 0

    def submit(self, records: Sequence[Record], due: float | None) -> None:
        """Write all of `records` and assign their keys. If this raises, either none of them is kept, or all are."""
        try:
            self._write(lambda on: self._begin(on, len(records)))
            for key, record in enumerate(records, self._first):
                record.key = key
            for start in range(0, len(records), PART):
                rows = [row_of(record, due) for record in records[start : start + PART]]
                rows = [row._replace(delayed=row.delayed + UNRELEASED) for row in rows]
                self._write(partial(self._add, rows=rows))
                pause()
            self._write(lambda on: on.execute(ACCEPT, (self._first,)))
        finally:
            try:  # after an interrupt too: what is in line already comes before this
                with contextlib.suppress(StorageError):
                    while self._write(lambda on: go_on(on, self._first)):
                        pause()
            finally:
                self._presence.leave(self._first)  # from here on, maintenance does the rest if there is some

    def _begin(self, on: sqlite3.Connection, count: int) -> None:
        self._presence.leave(self._first)  # of the first try, if there is a second
        self._first = reserve(on, count)
        self._presence.enter(self._first)  # first: nobody may see the row without the lock
        on.execute(BEGIN, (self._first, self._first + count - 1, self._first))

    def _add(self, on: sqlite3.Connection, rows: Sequence[New]) -> None:
        if on.execute(GROW, (len(rows), self._first)).rowcount == 0:
            raise StorageError(
                f"{self._path}: this submission stood still for so long that another process has undone it: try again"
            )
        insert_rows(on, rows)


def go_on(on: sqlite3.Connection, first: int) -> bool:
    """Do the next part of what is left of a submission, as far as it came. Return whether there is more."""
    found = on.execute(STATE, (first,)).fetchone()
    if found is None:
        return False
    last, near, hidden = found
    if hidden:
        far = max(first, near - PART)
        on.execute(FORGET, (far, near))
        over = far == first
    else:
        far = min(near + PART, last + 1)
        on.execute(RELEASE, (near, far))
        over = far > last
    on.execute(*((END, (first,)) if over else (GO_ON, (far, first))))
    return not over


class Abandoned:
    """Finds submissions whose process is dead: they have not moved for `seconds`, and their lock is free."""

    def __init__(self, presence: Presence, seconds: float) -> None:
        self._presence = presence
        self._seconds = seconds
        self._seen: dict[int, tuple[object, float]] = {}  # by first key: how far it was, and since when (monotonic)

    def find(self, states: Sequence[tuple[int, int, int]]) -> list[int]:
        """Return the first keys of those that are abandoned, given the rows of STATES as they are now."""
        now = time.monotonic()
        seen = self._seen
        self._seen = {
            first: seen[first] if first in seen and seen[first][0] == how else (how, now) for first, *how in states
        }
        return [
            first
            for first, (_, since) in self._seen.items()
            if now - since >= self._seconds and not self._presence.holds(first)
        ]
