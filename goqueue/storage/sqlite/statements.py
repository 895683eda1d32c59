"""The SQL of the storage, and the keys that it assigns."""

import functools
import sqlite3
import time
from collections.abc import Sequence
from typing import Any

from ...job import Record
from ..protocol import Query, Retention
from .rows import COLUMNS, row_of

NODE = "SELECT node FROM file"
LAST = "SELECT max(last, coalesce((SELECT max(key) FROM jobs), 0)) FROM file"
# Run before jobs are deleted, so that no key is used twice even if the newest job is gone and the clock is set back.
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
        status = CASE WHEN cancelling THEN ? ELSE ? END,
        attempts = attempts - CASE WHEN cancelling THEN 0 ELSE ? END,
        error = ?, result = ?, due = ?, updated = ?, worker = NULL
    WHERE key = ? AND worker = ? AND status = 'running'
"""
# One index lookup for each type that waits: within a type, the index is ordered by due.
NEXT_DUE = """
    WITH RECURSIVE types (type) AS (
        SELECT min(type) FROM jobs WHERE status = 'pending'
        UNION ALL
        SELECT (SELECT min(type) FROM jobs WHERE status = 'pending' AND jobs.type > types.type)
        FROM types WHERE type IS NOT NULL
    )
    SELECT min((SELECT min(due) FROM jobs WHERE status = 'pending' AND jobs.type = types.type AND due > ?)) FROM types
"""
BACKLOG = "SELECT count(*) FROM jobs WHERE status = 'pending' AND due <= ?"
COUNT = "SELECT status, count(*) FROM jobs GROUP BY status"
GET = f"SELECT {COLUMNS} FROM jobs WHERE key = ?"
DELETE = "DELETE FROM jobs WHERE key = ?"
CANCEL = """
    UPDATE jobs SET
        cancelling = (status = 'running'),
        updated = CASE status WHEN 'pending' THEN ? ELSE updated END,
        status = CASE status WHEN 'pending' THEN 'cancelled' ELSE status END
    WHERE key = ? AND status IN ('pending', 'running')
"""
ENDED = "status IN ('completed', 'failed', 'cancelled')"  # exactly as in the index, or SQLite does not use it
PAGE = 1000  # jobs to forget in one commit, so that other writers do not wait for long
FORGET_OLD = f"""
    DELETE FROM jobs WHERE key IN (SELECT key FROM jobs WHERE {ENDED} AND status = ? AND updated < ? LIMIT {PAGE})
"""
FORGET_MANY = f"""
    DELETE FROM jobs WHERE key IN (
        SELECT key FROM jobs WHERE {ENDED} AND status = ? ORDER BY updated
        LIMIT max(0, min({PAGE}, (SELECT count(*) FROM jobs WHERE {ENDED} AND status = ?) - ?))
    )
"""


@functools.cache
def any_due(types: int) -> str:
    """Return the statement that looks for a due job of one of `types` types. Its values: now, the types."""
    return f"""
        SELECT 1 FROM jobs WHERE status = 'pending' AND due <= ? AND type IN ({", ".join("?" * types)}) LIMIT 1
    """


def cancelling(keys: int) -> str:
    """Return the statement that finds which of `keys` jobs are to be cancelled. Its values: the keys."""
    return f"SELECT key FROM jobs WHERE key IN ({', '.join('?' * keys)}) AND status = 'running' AND cancelling"


@functools.cache
def claim(types: int) -> str:
    """Return the statement that claims jobs of `types` types. Its values: worker, now, now, the types, the limit."""
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
    """Reserve `count` keys for this process, greater than all before, and return the first."""
    (last,) = on.execute(RESERVE, (next_key(on) + count - 1,)).fetchall()[0]
    return int(last) - count + 1


def next_key(on: sqlite3.Connection) -> int:
    """Return the key of a job that is added now, greater than all before."""
    last: int = on.execute(LAST).fetchone()[0]
    return max(last + 1, time.time_ns() >> 10)


def insert(on: sqlite3.Connection, records: Sequence[Record], due: float) -> None:
    """Insert new jobs, and assign their keys. One job takes a single statement."""
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
    """Insert jobs that have keys already."""
    on.executemany(INSERT, rows)


def forget(on: sqlite3.Connection, keep: Retention) -> bool:
    """Forget a page of the jobs that are no longer kept. Return whether there may be more."""
    count = 0
    on.execute(REMEMBER_LAST)
    for status, seconds in (("completed", keep.completed), ("cancelled", keep.completed), ("failed", keep.failed)):
        if seconds is not None:
            count += on.execute(FORGET_OLD, (status, time.time() - seconds)).rowcount
        if keep.most is not None:
            count += on.execute(FORGET_MANY, (status, status, keep.most)).rowcount
    return count >= PAGE
