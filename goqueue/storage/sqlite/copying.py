"""A file as the source or the target of a copy: see storage/copying.py. Both are ops."""

import sqlite3
from collections.abc import Callable, Iterable
from typing import TypeVar

from ..copying import Contents, Kept, limit_key_of
from .bulk import UNRELEASED
from .statements import LAST, NODE, SEEN

T = TypeVar("T")
COLUMNS = ", ".join(Kept._fields)
EXPORT = f"SELECT {COLUMNS} FROM jobs WHERE {SEEN} ORDER BY key".replace("delayed", f"delayed % {UNRELEASED}")
INSERT = f"INSERT INTO jobs ({COLUMNS}, limit_key) VALUES ({', '.join('?' * (len(Kept._fields) + 1))})"


def export(on: sqlite3.Connection, take: Callable[[Contents, Iterable[Kept]], T]) -> T:
    """Call `take` with all there is at one moment."""
    on.execute("BEGIN")
    try:
        contents = Contents(
            on.execute(NODE).fetchone()[0],
            on.execute(LAST).fetchone()[0],
            on.execute("SELECT name, value FROM notes").fetchall(),
            [job_type for (job_type,) in on.execute("SELECT type FROM paused")],
        )
        return take(contents, map(Kept._make, on.execute(EXPORT)))
    finally:
        on.execute("ROLLBACK")


def receive(on: sqlite3.Connection, contents: Contents, jobs: Iterable[Kept]) -> int:
    """Insert all of it. Raises ValueError unless the file is empty."""
    if on.execute("SELECT 1 FROM jobs LIMIT 1").fetchone() or on.execute("SELECT 1 FROM bulks").fetchone():
        raise ValueError("the target holds jobs already: copy to an empty storage")
    on.execute("UPDATE file SET node = ?, last = ?", (contents.node, contents.last))
    on.execute("DELETE FROM notes")
    on.executemany("INSERT INTO notes VALUES (?, ?)", contents.notes)
    on.execute("DELETE FROM paused")
    on.executemany("INSERT INTO paused VALUES (?)", [(job_type,) for job_type in contents.paused])
    return max(0, on.executemany(INSERT, ((*job, limit_key_of(job)) for job in jobs)).rowcount)
