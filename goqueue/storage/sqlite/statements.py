"""The SQL of the storage, and the keys that it assigns."""

import functools
import sqlite3
import time
from collections.abc import Container, Iterable, Sequence
from typing import Any

from ...job import COMPLETED, STEP, Record
from ...states import FINAL, MOVES, Move, sources
from ..protocol import Query, Retention
from ..steady import Steady
from .rows import row_of
from .schema import COLUMNS, New

ATTENDED = "SELECT 1 FROM workers LIMIT 1"
NODE = "SELECT node FROM file"
LAST = "SELECT max(last, coalesce((SELECT max(key) FROM jobs), 0)) FROM file"
# Run before jobs are deleted, so that no key is used twice even if the newest job is gone and the clock is set back.
REMEMBER_LAST = "UPDATE file SET last = (SELECT max(key) FROM jobs) WHERE last < (SELECT max(key) FROM jobs)"
RESERVE = "UPDATE file SET last = ? RETURNING last"
_VALUE = {name: f"?{place}" for place, name in enumerate(New._fields, 1)}
_NEW = f"INSERT INTO jobs ({', '.join(New._fields)}, status, updated, attempts, error)"
INSERT = f"{_NEW} VALUES ({', '.join(_VALUE.values())}, 'pending', 0.0, 0, '')"
TOGETHER = 16  # rows
_ROW = f"({', '.join('?' * len(New._fields))}, 'pending', 0.0, 0, '')"
INSERT_TOGETHER = f"{_NEW} VALUES {', '.join([_ROW] * TOGETHER)}"
# A job that waits for no moment has its place by its key and its priority.
PLACE = f"key * 1024 / 1e9 - {STEP} * "
INSERT_NEW = f"""
    {_NEW}
    SELECT key, {_VALUE["type"]}, {_VALUE["payload"]}, {_VALUE["options"]},
        CASE WHEN {_VALUE["delayed"]} THEN {_VALUE["due"]} ELSE {PLACE}{_VALUE["priority"]} END,
        {_VALUE["delayed"]}, {_VALUE["max_retry"]}, {_VALUE["priority"]}, {_VALUE["name"]}, {_VALUE["kept"]},
        {_VALUE["limit_key"]},
        'pending', 0.0, 0, ''
    FROM (SELECT max({_VALUE["key"]} + 0, 1 + ({LAST})) AS key)
    RETURNING key
"""

# The same with the key that the caller says. It changes nothing if that is not greater than all before.
INSERT_AT = f"""
    {_NEW} SELECT {", ".join(_VALUE.values())}, 'pending', 0.0, 0, ''
    WHERE {_VALUE["key"]} > ({LAST})
"""


def quoted(statuses: Iterable[str]) -> str:
    """Return statuses as SQL has them.

    >>> quoted(["pending", "running"])
    "'pending', 'running'"
    """
    return ", ".join(f"'{status}'" for status in statuses)


def may(move: Move) -> str:
    """Return the condition under which a move is allowed.

    >>> may(Move.CANCEL)
    "status IN ('pending', 'running')"
    """
    return f"status IN ({quoted(sources(move))})"


def becomes(move: Move) -> str:
    """Return the expression for the status after a move.

    >>> becomes(Move.CLAIM)
    "CASE WHEN status = 'pending' THEN 'running' END"
    """
    pending, running, ending = MOVES[move]
    cases = {"status = 'pending'": pending, "cancelling": ending, "status = 'running'": running}
    return " ".join(["CASE", *(f"WHEN {when} THEN '{then}'" for when, then in cases.items() if then), "END"])


# Its values: the status if it is to end, the status otherwise, …
SETTLE = f"""
    UPDATE jobs SET
        status = CASE WHEN cancelling THEN ? ELSE ? END,
        attempts = attempts - CASE WHEN cancelling THEN 0 ELSE ? END,
        error = ?, result = ?, due = ?, delayed = ?, updated = ?, worker = NULL
    WHERE key = ? AND worker = ? AND {may(Move.COMPLETE)}
"""
COMPLETED_AT = "SELECT 1 FROM jobs WHERE key = ? AND status = 'completed' AND updated = ?"
FAIL = f"""
    UPDATE jobs SET status = {becomes(Move.FAIL)}, error = ?, updated = ?, worker = NULL
    WHERE key = ? AND {may(Move.FAIL)}
"""
# What has become due gets the place that its priority gives it. Without priorities, the index is empty.
RELEASE = f"""
    UPDATE jobs INDEXED BY urgent SET delayed = 0, due = due - {STEP} * priority
    WHERE status = 'pending' AND delayed = 1 AND priority <> 0 AND due <= ?
"""
# One index lookup for each type that waits: within a type, the index is ordered by due.
NEXT_DUE = """
    WITH RECURSIVE types (type) AS (
        SELECT min(type) FROM jobs WHERE status = 'pending'
        UNION ALL
        SELECT (SELECT min(type) FROM jobs WHERE status = 'pending' AND jobs.type > types.type)
        FROM types WHERE type IS NOT NULL
    )
    SELECT min((SELECT min(due) FROM jobs WHERE status = 'pending' AND jobs.type = types.type
        AND delayed = 1 AND due > ?)) FROM types
"""
BACKLOG = "SELECT count(*) FROM jobs WHERE status = 'pending' AND (delayed = 0 OR (delayed = 1 AND due <= ?))"
# Of the job whose place is the first; what its priority has moved that place by is no waiting.
OLDEST_DUE = f"""
    SELECT (SELECT due + {STEP} * priority * (delayed = 0) FROM jobs
        WHERE key = (SELECT key FROM ({BACKLOG.replace("count(*)", "key, min(due)")})))
"""
TALLY = """
    SELECT type, status, count(*) FROM jobs WHERE NOT (status = 'pending' AND delayed >= 2) GROUP BY type, status
"""
# The counts are kept by triggers. What is hidden is pending.
COUNT = """
    SELECT status, number - (status = 'pending') * (SELECT coalesce(sum(next - first), 0) FROM bulks WHERE hidden)
    FROM counts
"""
SEEN = "NOT EXISTS (SELECT 1 FROM bulks WHERE first <= jobs.key AND last >= jobs.key AND hidden)"
LOOK = f"{COLUMNS}, progress"  # of a job that somebody looks at
GET = f"SELECT {LOOK} FROM jobs WHERE key = ? AND {SEEN}"
REPORT = "UPDATE jobs SET progress = ? WHERE key = ? AND worker = ? AND status = 'running'"
DELETE = "DELETE FROM jobs WHERE key = ?"
CANCEL = f"""
    UPDATE jobs SET
        cancelling = (status = 'running'),
        updated = CASE status WHEN 'pending' THEN ? ELSE updated END,
        status = {becomes(Move.CANCEL)}
    WHERE key = ? AND {may(Move.CANCEL)}
"""
# Exactly as in the index.
HOLDER = """
    SELECT key FROM jobs INDEXED BY holders
    WHERE type = ? AND name = ? AND name IS NOT NULL AND (kept OR status IN ('pending', 'running'))
"""
LET_GO = "UPDATE jobs SET name = NULL WHERE key = ?"
ENDED = f"status IN ({quoted(FINAL)})"  # exactly as in the index, or SQLite does not use it
HAS_ENDED = f"SELECT 1 FROM jobs WHERE key = ? AND {ENDED}"
PAGE = 1000  # jobs to forget in one commit, so that other writers do not wait for long
OLD = f"SELECT key FROM jobs WHERE {ENDED} AND status = ? AND updated < ? ORDER BY updated LIMIT {PAGE}"
MANY = f"""
    SELECT key FROM jobs WHERE {ENDED} AND status = ? ORDER BY updated
    LIMIT max(0, min({PAGE}, coalesce((SELECT number FROM counts WHERE status = ?), 0) - ?))
"""


@functools.cache
def complete(keys: int) -> str:
    """Return the statement that completes `keys` jobs that returned nothing. Its values: now, worker, the keys."""
    return f"""
        UPDATE jobs SET
            status = {becomes(Move.COMPLETE)}, error = '', result = NULL, delayed = 0, updated = ?1, worker = NULL
        WHERE key IN ({numbered(3, keys)}) AND worker = ?2 AND {may(Move.COMPLETE)}
    """


DUE = ("delayed = 0", "delayed = 1 AND due <= ?1")
NEAR = 1000  # jobs, at most, among which those without a limit key are looked for, if their type has a limit by key


def without_limit_key(place: int, condition: str = "1") -> str:
    """Return the query for due jobs of a type, whose place among the values is given, that have no limit key."""
    of_type = f"SELECT key, due, limit_key, lost FROM jobs WHERE status = 'pending' AND type = ?{place}"
    near = " UNION ALL ".join(f"SELECT * FROM ({of_type} AND {due} ORDER BY due, key LIMIT {NEAR})" for due in DUE)
    return f"SELECT key, due FROM ({near}) WHERE limit_key IS NULL AND {condition}"


ANY_WITHOUT_LIMIT_KEY = f"{without_limit_key(2)} LIMIT 1"


@functools.cache
def any_due(types: int) -> str:
    """Return the statement that looks for a due job of one of `types` types. Its values: now, the types."""
    of_type = f"SELECT 1 FROM jobs WHERE status = 'pending' AND type IN ({numbered(2, types)})"
    return f"SELECT 1 WHERE EXISTS ({of_type} AND delayed = 0) OR EXISTS ({of_type} AND delayed = 1 AND due <= ?1)"


def numbered(first: int, count: int) -> str:
    """Return so many parameters.

    >>> numbered(4, 2)
    '?4, ?5'
    """
    return ", ".join(f"?{number}" for number in range(first, first + count))


def cancelling(keys: int) -> str:
    """Return the statement that finds which of `keys` jobs are to be cancelled. Its values: the keys."""
    return f"SELECT key FROM jobs WHERE key IN ({', '.join('?' * keys)}) AND status = 'running' AND cancelling"


MOST_PARTS = 100  # types; SQLite joins 500 queries at most


@functools.cache
def claim(types: int, keyed: int = 0, chosen: int = 0) -> str:
    """Return the statement that claims jobs of `types` types. Its values: now, worker, the limit, the types, those of
    which each limit key has a limit, and the keys of jobs of these that were chosen before (gates.py).

    A job whose worker died is a suspect: it may have killed it. One at a time is claimed by each worker, so that who
    dies with it is innocent, and not blamed with it again and again.
    """
    of_type = f"status = 'pending' AND type IN ({numbered(4, types + keyed)})"
    suspect = f"""
        SELECT min(key) FROM jobs INDEXED BY suspects
        WHERE {of_type} AND lost > 0 AND (delayed = 0 OR due <= ?1)
        AND NOT EXISTS (SELECT 1 FROM jobs WHERE status = 'running' AND worker = ?2 AND lost > 0)
    """
    first = "ORDER BY due, key LIMIT ?3"
    # A part for each type, because the index has the jobs of each in their order; those of several would be sorted.
    each = [f"= ?{4 + number}" for number in range(types)] if types <= MOST_PARTS else [f"IN ({numbered(4, types)})"]
    parts = [
        f"SELECT * FROM (SELECT key, due FROM jobs WHERE status = 'pending' AND type {one} "
        f"AND (lost = 0 OR key = ({suspect})) AND {due} {first})"
        for one in each
        for due in DUE
        if types
    ]
    innocent = f"(lost = 0 OR key = ({suspect}))"
    parts += [f"SELECT * FROM ({without_limit_key(4 + types + number, innocent)} {first})" for number in range(keyed)]
    if chosen:
        those = numbered(4 + types + keyed, chosen)
        parts.append(f"SELECT key, due FROM jobs WHERE key IN ({those}) AND status = 'pending' AND {innocent}")
    return f"""
        UPDATE jobs SET status = {becomes(Move.CLAIM)}, attempts = attempts + 1, worker = ?2, updated = ?1,
            progress = NULL
        WHERE key IN (SELECT key FROM ({" UNION ALL ".join(parts)}) {first})
        RETURNING {COLUMNS}, due
    """


def listing(query: Query) -> tuple[str, list[Any]]:
    """Return the statement of a query, and its values."""
    wanted: dict[str, Any] = {"key > ?": query.after}
    # With both, SQLite cannot know which index leads to fewer jobs: most are completed. A plus turns an index off.
    both = query.status is not None and query.type is not None
    if query.status is not None:
        wanted["+status = ?" if both and query.status is COMPLETED else "status = ?"] = query.status
    if query.type is not None:
        wanted["+type = ?" if both and query.status is not COMPLETED else "type = ?"] = query.type
    if query.created_before is not None:
        wanted["key < ?"] = int(max(query.created_before, 0.0) * 1e9 / 1024)
    text = f"SELECT {LOOK} FROM jobs WHERE {' AND '.join(wanted)} AND {SEEN} ORDER BY key LIMIT ?"
    return text, [*wanted.values(), query.limit]


def reserve(on: sqlite3.Connection, count: int) -> int:
    """Reserve `count` keys for this process, greater than all before, and return the first."""
    (last,) = on.execute(RESERVE, (next_key(on) + count - 1,)).fetchall()[0]
    return int(last) - count + 1


def next_key(on: sqlite3.Connection) -> int:
    """Return the key of a job that is added now, greater than all before."""
    last: int = on.execute(LAST).fetchone()[0]
    return max(last + 1, time.time_ns() >> 10)


class Insertion:
    """An op: insert new jobs, and assign their keys."""

    __slots__ = ("due", "records")

    def __init__(self, records: Sequence[Record], due: float | None) -> None:
        self.records = records
        self.due = due

    def __call__(self, on: sqlite3.Connection) -> None:
        """Insert them. One job takes a single statement."""
        if len(self.records) > 1:
            insert_all(on, [self])
            return
        record = self.records[0]
        record.key = time.time_ns() >> 10
        record.key = on.execute(INSERT_NEW, row_of(record, self.due)).fetchall()[0][0]


def merge(on: sqlite3.Connection, ops: list[Any]) -> frozenset[Any]:
    """Insert the jobs of all ops that insert some, and return these ops."""
    insertions = [op for op in ops if isinstance(op, Insertion)]
    if len(insertions) > 1:
        insert_all(on, insertions)
        return frozenset(insertions)
    return frozenset()


def insert_all(on: sqlite3.Connection, insertions: Sequence[Insertion]) -> None:
    """Insert the jobs of several ops, in their order."""
    key, rows = next_key(on), []
    for insertion in insertions:
        for record in insertion.records:
            record.key = key
            key += 1
            rows.append(row_of(record, insertion.due))
    insert_rows(on, rows)


def insert_rows(on: sqlite3.Connection, rows: Sequence[New]) -> None:
    """Insert jobs that have keys already. Many rows in a statement take half the time."""
    whole = len(rows) - len(rows) % TOGETHER
    for start in range(0, whole, TOGETHER):
        on.execute(INSERT_TOGETHER, [value for row in rows[start : start + TOGETHER] for value in row])
    on.executemany(INSERT, rows[whole:])


def forget(on: sqlite3.Connection, keep: Retention, clock: Steady, awaited: Container[int]) -> bool:
    """Forget a page of the jobs that are no longer kept and not awaited. Return whether there may be more."""
    count = 0
    on.execute(REMEMBER_LAST)
    for status, seconds in (("completed", keep.completed), ("cancelled", keep.completed), ("failed", keep.failed)):
        if seconds is not None:
            count += _forget(on, on.execute(OLD, (status, clock.before(seconds))).fetchall(), awaited)
        if keep.most is not None:
            count += _forget(on, on.execute(MANY, (status, status, keep.most)).fetchall(), awaited)
    return count >= PAGE


def _forget(on: sqlite3.Connection, keys: list[tuple[int]], awaited: Container[int]) -> int:
    gone = [(key,) for (key,) in keys if key not in awaited]
    on.executemany(DELETE, gone)
    return len(gone)


def write_rows(on: sqlite3.Connection, submissions: list[list[New]]) -> None:
    """Insert the rows of submissions that were accepted before."""
    insert_rows(on, [row for rows in submissions for row in rows])
