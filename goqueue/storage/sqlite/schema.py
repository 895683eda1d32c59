"""The tables of the file: what a job's row holds, and how an older file becomes a newer one.

    Row            what is read of a job: each column is named here, and nowhere else that reads
    New            what is written of a new job
    MIGRATIONS     MIGRATIONS[n] takes a file from schema n to n + 1 in one step; user_version says where it stands

`due` orders the jobs that wait. Only if `delayed` is it a moment to wait for: what is due at once waits for no clock.
A priority moves the place of a job that is due: its `due` is STEP seconds less for each step. So a claim without
priorities is one with them. A job with a priority that was delayed gets its place when it is due (RELEASE).
If `delayed` is 2 or 3, the job belongs to a submission in parts, and may not be claimed yet (bulk.py).
"""

from typing import Any, NamedTuple


class Row(NamedTuple):
    """A job, as it is read."""

    key: Any
    type: Any
    payload: Any
    options: Any
    status: Any
    updated: Any
    attempts: Any
    max_retry: Any
    error: Any
    result: Any
    lost: Any


class New(NamedTuple):
    """A new job, as it is written."""

    key: int
    type: str
    payload: str | None
    options: str | None
    due: float  # seconds since 1970
    delayed: int  # 0 or 1; 2 or 3 if it may not be claimed yet
    max_retry: int
    priority: int
    name: str | None  # its unique key
    kept: int  # whether it has that as long as it is kept
    limit_key: str | None


COLUMNS = ", ".join(Row._fields)  # each of them is in a file of the first schema, too

_COUNT = "INSERT INTO counts VALUES ({}, 1) ON CONFLICT (status) DO UPDATE SET number = number + 1"
_UNCOUNT = "UPDATE counts SET number = number - 1 WHERE status = {}"
_PLACE = "key * 1024 / 1e9"  # the moment of submission

# Each entry takes one schema to the next. Never edit a released entry; add another.
MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE file (node INTEGER NOT NULL, last INTEGER NOT NULL);
    INSERT INTO file VALUES ((random() & 0xFFFFFFFFFFFF), 0);
    CREATE TABLE jobs (
        key INTEGER PRIMARY KEY, type TEXT NOT NULL, payload TEXT, options TEXT,
        status TEXT NOT NULL, due REAL NOT NULL, updated REAL NOT NULL,
        attempts INTEGER NOT NULL, max_retry INTEGER NOT NULL, error TEXT NOT NULL, result TEXT,
        worker INTEGER, cancelling INTEGER NOT NULL DEFAULT 0, lost INTEGER NOT NULL DEFAULT 0
    );
    CREATE INDEX pending ON jobs (type, due, key) WHERE status = 'pending';
    CREATE INDEX ended ON jobs (status, updated) WHERE status IN ('completed', 'failed', 'cancelled');
    CREATE TABLE workers (id INTEGER PRIMARY KEY, beat INTEGER NOT NULL);
    """,
    f"""
    ALTER TABLE jobs ADD COLUMN delayed INTEGER NOT NULL DEFAULT 0;
    UPDATE jobs SET delayed = 1 WHERE status = 'pending' AND due > {_PLACE} + 1.0;
    UPDATE jobs SET due = {_PLACE} WHERE status = 'pending' AND NOT delayed;
    DROP INDEX pending;
    CREATE INDEX pending ON jobs (type, delayed, due, key) WHERE status = 'pending';
    CREATE INDEX running ON jobs (worker) WHERE status = 'running';
    CREATE INDEX suspects ON jobs (status, worker) WHERE lost > 0;
    CREATE INDEX by_status ON jobs (status);
    CREATE INDEX by_type ON jobs (type);
    CREATE TABLE counts (status TEXT PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID;
    INSERT INTO counts SELECT status, count(*) FROM jobs GROUP BY status;
    CREATE TRIGGER count_new AFTER INSERT ON jobs BEGIN {_COUNT.format("new.status")}; END;
    CREATE TRIGGER count_gone AFTER DELETE ON jobs BEGIN {_UNCOUNT.format("old.status")}; END;
    CREATE TRIGGER count_moved AFTER UPDATE OF status ON jobs WHEN old.status IS NOT new.status
        BEGIN {_UNCOUNT.format("old.status")}; {_COUNT.format("new.status")}; END;
    """,
    """
    CREATE TABLE bulks (
        first INTEGER PRIMARY KEY, last INTEGER NOT NULL, next INTEGER NOT NULL, hidden INTEGER NOT NULL
    );
    """,
    """
    ALTER TABLE jobs ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX urgent ON jobs (due) WHERE status = 'pending' AND delayed = 1 AND priority <> 0;
    """,
    """
    ALTER TABLE jobs ADD COLUMN name TEXT;
    ALTER TABLE jobs ADD COLUMN kept INTEGER NOT NULL DEFAULT 0;
    CREATE UNIQUE INDEX holders ON jobs (type, name)
        WHERE name IS NOT NULL AND (kept OR status IN ('pending', 'running'));
    """,
    """
    CREATE TABLE notes (name TEXT PRIMARY KEY, value REAL NOT NULL) WITHOUT ROWID;
    """,
    """
    CREATE TABLE paused (type TEXT PRIMARY KEY) WITHOUT ROWID;
    CREATE TABLE buckets (type TEXT PRIMARY KEY, tokens REAL NOT NULL, since REAL NOT NULL) WITHOUT ROWID;
    """,
    """
    ALTER TABLE jobs ADD COLUMN progress TEXT;
    ALTER TABLE jobs ADD COLUMN limit_key TEXT;
    CREATE INDEX limited ON jobs (type, limit_key, delayed, due, key)
        WHERE status = 'pending' AND limit_key IS NOT NULL;
    CREATE INDEX busy ON jobs (type, limit_key) WHERE status = 'running' AND limit_key IS NOT NULL;
    """,
)
