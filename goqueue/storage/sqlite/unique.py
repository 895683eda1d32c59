"""Unique keys in a file: looking who has the key, and keeping the new job, in one transaction.

The index `holders` has those jobs that have their keys now, and lets no second one in, whatever else goes wrong.
"""

import sqlite3
import time

from ...job import Record
from . import statements as sql
from .rows import row_of


class UniqueInsertion:
    """An op: insert a job with a key, unless another has it. `replace`: that one is cancelled, and loses its key.

    Returns whether the job is kept, and the key of the row that had its name, or None.
    """

    __slots__ = ("due", "full", "record", "replace")

    def __init__(self, record: Record, due: float | None, full: bool, replace: bool) -> None:
        self.record, self.due, self.full, self.replace = record, due, full, replace

    def __call__(self, on: sqlite3.Connection) -> tuple[bool, int | None]:
        """Look, and insert."""
        record, holder = self.record, holder_of(on, self.record)
        if (self.full and holder is None) or (holder is not None and not self.replace):
            return False, holder
        if holder is not None:
            on.execute(sql.CANCEL, (time.time(), holder))
            on.execute(sql.LET_GO, (holder,))
        record.key = sql.next_key(on)
        on.execute(sql.INSERT, row_of(record, self.due))
        return True, holder


def holder_of(on: sqlite3.Connection, record: Record) -> int | None:
    """Return the key of the row that has the unique key of a job, or None."""
    if record.options is None or record.options.key is None:
        return None
    found = on.execute(sql.HOLDER, (record.type, record.options.key)).fetchone()
    return None if found is None else int(found[0])


def renew(on: sqlite3.Connection, key: int, record: Record) -> bool:
    """Delete a job that has ended, and insert a new one, unless another has its unique key. Return whether it did."""
    if on.execute(sql.HAS_ENDED, (key,)).fetchone() is None:
        return False
    if holder_of(on, record) not in (None, key):
        return False
    record.key = sql.next_key(on)
    on.execute(sql.REMEMBER_LAST)
    on.execute(sql.DELETE, (key,))
    on.execute(sql.INSERT, row_of(record, None))
    return True
