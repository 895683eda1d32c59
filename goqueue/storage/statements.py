"""The SQL of the storage, and the keys it gives."""

import functools
import sqlite3
import time
from collections.abc import Sequence
from typing import Any

from ..job import Record
from .protocol import Query
from .rows import COLUMNS, row_of

NODE = "SELECT node FROM file"
LAST = "SELECT max(last, coalesce((SELECT max(key) FROM jobs), 0)) FROM file"
# Before jobs are deleted: no key is given twice, though the newest job be gone and the clock be set back.
REMEMBER_LAST = "UPDATE file SET last = (SELECT max(key) FROM jobs) WHERE last < (SELECT max(key) FROM jobs)"
RESERVE = "UPDATE file SET last = ? RETURNING last"
INSERT = """
    INSERT INTO jobs (key, type, payload, options, status, due, updated, attempts, max_retry, error)
    VALUES (?, ?, ?, ?, 'pending', ?, 0.0, 0, ?, '')
"""
INSERT_NEW = f"""
    INSERT INTO jobs (key, type, payload, options, status, due, updated, attempts, max_retry, error)
    SELECT max(? + 0, 1 + ({LAST})), ?, ?, ?, 'pending', ?, 0.0, 0, ?, '' RETURNING key
"""
SETTLE = """
    UPDATE jobs SET
        status = CASE WHEN cancelling AND ? <> 'completed' THEN 'cancelled' ELSE ? END,
        attempts = attempts - CASE WHEN cancelling THEN 0 ELSE ? END,
        error = ?, result = ?, due = ?, updated = ?, worker = NULL
    WHERE key = ? AND worker = ? AND status = 'running'
"""
ANY_DUE = "SELECT 1 FROM jobs WHERE status = 'pending' AND due <= ? LIMIT 1"
NEXT_DUE = "SELECT min(due) FROM jobs WHERE status = 'pending' AND due > ?"
BACKLOG = "SELECT count(*) FROM jobs WHERE status = 'pending' AND due <= ?"
COUNT = "SELECT status, count(*) FROM jobs GROUP BY status"
GET = f"SELECT {COLUMNS} FROM jobs WHERE key = ?"
DELETE = "DELETE FROM jobs WHERE key = ?"
CANCELLING = "SELECT key FROM jobs WHERE status = 'running' AND cancelling"
CANCEL = """
    UPDATE jobs SET
        cancelling = (status = 'running'),
        updated = CASE status WHEN 'pending' THEN ? ELSE updated END,
        status = CASE status WHEN 'pending' THEN 'cancelled' ELSE status END
    WHERE key = ? AND status IN ('pending', 'running')
"""
# At most a thousand at a time, so that others need not wait for long.
FORGET_OLD = """
    DELETE FROM jobs WHERE key IN (SELECT key FROM jobs WHERE status = ? AND updated < ? LIMIT 1000)
"""
FORGET_MANY = """
    DELETE FROM jobs WHERE key IN (
        SELECT key FROM jobs WHERE status = ? ORDER BY updated
        LIMIT max(0, min(1000, (SELECT count(*) FROM jobs WHERE status = ?) - ?))
    )
"""


@functools.cache
def claim(types: int) -> str:
    """Return the statement that claims jobs of so many types. Its values: worker, now, now, the types, the limit."""
    return f"""
        UPDATE jobs SET status = 'running', attempts = attempts + 1, worker = ?, updated = ?
        WHERE key IN (
            SELECT key FROM jobs WHERE status = 'pending' AND due <= ? AND type IN ({", ".join("?" * types)})
            ORDER BY due, key LIMIT ?
        )
        RETURNING {COLUMNS}
    """


def listing(query: Query) -> tuple[str, list[Any]]:
    """Return the statement of a query, and its values."""
    wanted: dict[str, Any] = {"key > ?": query.after}
    if query.status is not None:
        wanted["status = ?"] = query.status
    if query.type is not None:
        wanted["type = ?"] = query.type
    if query.created_before is not None:
        wanted["key < ?"] = int(max(query.created_before, 0.0) * 1e9 / 1024)
    text = f"SELECT {COLUMNS} FROM jobs WHERE {' AND '.join(wanted)} ORDER BY key LIMIT ?"
    return text, [*wanted.values(), query.limit]


def reserve(on: sqlite3.Connection, count: int) -> int:
    """Take `count` keys for this process alone; return the first. They are of now, and later than all before."""
    (last,) = on.execute(RESERVE, (next_key(on) + count - 1,)).fetchall()[0]
    return int(last) - count + 1


def next_key(on: sqlite3.Connection) -> int:
    """Return the key of a job that is added now: later than all that were given."""
    last: int = on.execute(LAST).fetchone()[0]
    return max(last + 1, time.time_ns() >> 10)


def insert(on: sqlite3.Connection, records: Sequence[Record], due: float) -> None:
    """Insert new jobs, and give each its key. For one job that is a single statement."""
    if len(records) == 1:
        records[0].key = time.time_ns() >> 10
        records[0].key = on.execute(INSERT_NEW, row_of(records[0], due)).fetchall()[0][0]
        return
    key = next_key(on)
    for record in records:
        record.key = key
        key += 1
    insert_rows(on, [row_of(record, due) for record in records])


def insert_rows(on: sqlite3.Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert jobs that have their keys."""
    on.executemany(INSERT, rows)
