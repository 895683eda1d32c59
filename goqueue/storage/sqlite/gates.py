"""Which types of job may be claimed now, for all processes of a file: those that are not paused, and have room.

Of a type that has a limit, no more jobs are claimed at once than it has room for. As one statement claims jobs of all
types by their places, it claims no more than that in all; the next claim takes the others.

If each limit key of a type has a limit, its jobs are chosen beforehand: of each key that has room, as many as it has
room for. The index `limited` leads from key to key, so a claim takes time for each key that waits, and not for each
job.
"""

import math
import sqlite3
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ...job import Record
from ...limits import Limit
from .statements import ANY_WITHOUT_LIMIT_KEY, any_due

PAUSED = "SELECT type FROM paused"
PAUSE = "INSERT OR IGNORE INTO paused VALUES (?)"
RESUME = "DELETE FROM paused WHERE type = ?"
RUNNING = "SELECT count(*) FROM jobs INDEXED BY running WHERE status = 'running' AND type = ?"
BUCKET = "SELECT tokens, since FROM buckets WHERE type = ?"
TAKE = """
    INSERT INTO buckets VALUES (?, ?, ?)
    ON CONFLICT (type) DO UPDATE SET tokens = excluded.tokens, since = excluded.since
"""
OF_KEYS = "instr(type, char(31))"  # the buckets of limit keys, which are named TYPE, SEPARATOR, KEY
SEPARATOR = "\x1f"
DAY = 86_400.0
PRUNE = f"DELETE FROM buckets WHERE {OF_KEYS} AND since < ?"
# For each limit key of a type with pending jobs: the place of its first due job, or None, and how many jobs run.
KEYS = """
    WITH RECURSIVE keys (each) AS (
        SELECT min(limit_key) FROM jobs WHERE status = 'pending' AND type = ?1 AND limit_key IS NOT NULL
        UNION ALL
        SELECT (SELECT min(limit_key) FROM jobs
            WHERE status = 'pending' AND type = ?1 AND limit_key IS NOT NULL AND limit_key > each)
        FROM keys WHERE each IS NOT NULL
    )
    SELECT each,
        (SELECT min(due) FROM jobs WHERE status = 'pending' AND type = ?1 AND limit_key = each
            AND limit_key IS NOT NULL AND delayed = 0),
        (SELECT min(due) FROM jobs WHERE status = 'pending' AND type = ?1 AND limit_key = each
            AND limit_key IS NOT NULL AND delayed = 1 AND due <= ?2),
        (SELECT count(*) FROM jobs INDEXED BY busy WHERE status = 'running' AND type = ?1 AND limit_key = each
            AND limit_key IS NOT NULL)
    FROM keys WHERE each IS NOT NULL
"""
FIRST = """
    SELECT due, key FROM (SELECT due, key FROM jobs INDEXED BY limited WHERE status = 'pending' AND type = ?1
            AND limit_key = ?2 AND limit_key IS NOT NULL AND delayed = 0 ORDER BY due, key LIMIT ?4)
    UNION ALL
    SELECT due, key FROM (SELECT due, key FROM jobs INDEXED BY limited WHERE status = 'pending' AND type = ?1
            AND limit_key = ?2 AND limit_key IS NOT NULL AND delayed = 1 AND due <= ?3 ORDER BY due, key LIMIT ?4)
    ORDER BY due, key LIMIT ?4
"""


def paused(on: sqlite3.Connection) -> list[str]:
    """Return the types that are paused."""
    return [job_type for (job_type,) in on.execute(PAUSED)]


class Admitted(NamedTuple):
    """What may be claimed: jobs of these types, jobs without a limit key of others, and some that were chosen."""

    types: Sequence[str]
    keyed: Sequence[str]
    chosen: Sequence[int]
    limit: int

    def any_due(self, on: sqlite3.Connection, now: float) -> bool:
        """Whether there is such a job."""
        if self.chosen:
            return True
        if self.types and on.execute(any_due(len(self.types)), (now, *self.types)).fetchone() is not None:
            return True
        return any(on.execute(ANY_WITHOUT_LIMIT_KEY, (now, each)).fetchone() is not None for each in self.keyed)


class Gates:
    """The limits that this process keeps to. What was claimed is in the file."""

    def __init__(self) -> None:
        self.limits: Mapping[str, Limit] = {}  # replaced by another, and never changed

    def admit(self, on: sqlite3.Connection, types: Sequence[str], limit: int, now: float) -> Admitted:
        """Return what may be claimed, and how many jobs at most. It only reads."""
        if closed := paused(on):
            types = [job_type for job_type in types if job_type not in closed]
        limits, keyed = self.limits, []
        for job_type in [each for each in types if each in limits] if limits else ():
            room = self._room(on, job_type, limits[job_type], now)
            if room == 0 or on.execute(any_due(1), (now, job_type)).fetchone() is None:
                types = [each for each in types if each != job_type]
            else:
                limit = limit if room is None else min(limit, room)
                keyed += [job_type] if limits[job_type].keyed else []
        if not keyed:
            return Admitted(types, (), (), limit)
        chosen = [key for each in keyed for key in self._choose(on, each, limits[each].each, limit, now)]
        return Admitted([each for each in types if each not in keyed], keyed, chosen, limit)

    def take(self, on: sqlite3.Connection, claimed: Sequence[Record], now: float) -> None:
        """Take a token for each job that was claimed, of its type and of its limit key."""
        for job_type, limit in self.limits.items() if claimed else ():
            here = [record for record in claimed if record.type == job_type]
            self._take(on, job_type, limit, len(here), now)
            keys = [each.options.limit_key for each in here if each.options is not None]
            for key in dict.fromkeys(key for key in keys if key is not None):
                self._take(on, bucket_of(job_type, key), limit.each, keys.count(key), now)

    def prune(self, on: sqlite3.Connection, now: float) -> None:
        """Forget the buckets of limit keys that are full for long: one that is missing is full, too."""
        rates = [limit.each_per_second for limit in self.limits.values() if limit.each_per_second is not None]
        if rates:
            on.execute(PRUNE, (now - max(DAY, 2.0 / min(rates)),))

    def _take(self, on: sqlite3.Connection, bucket: str, limit: Limit, count: int, now: float) -> None:
        if count and limit.per_second is not None:
            on.execute(TAKE, (bucket, self._tokens(on, bucket, limit, now) - count, now))

    def _choose(self, on: sqlite3.Connection, job_type: str, limit: Limit, most: int, now: float) -> list[int]:
        """Return the keys of jobs of a type that its limit by key admits: at most so many, by their places."""
        rooms: list[tuple[float, str, int]] = []
        for each, at_once, delayed, running in on.execute(KEYS, (job_type, now)).fetchall():
            first = min(math.inf if due is None else due for due in (at_once, delayed))
            if first < math.inf and (room := self._room_of_key(on, job_type, each, limit, running, now)):
                rooms.append((first, each, min(room, most)))
        found: list[tuple[float, int]] = []
        for _, each, room in sorted(rooms)[:most]:
            found += on.execute(FIRST, (job_type, each, now, room)).fetchall()
        return [key for _, key in sorted(found)[:most]]

    def _room_of_key(
        self, on: sqlite3.Connection, job_type: str, key: str, limit: Limit, running: int, now: float
    ) -> int:
        tokens = self._tokens(on, bucket_of(job_type, key), limit, now) if limit.per_second is not None else 0.0
        return limit.room(running, tokens) or 0

    def _room(self, on: sqlite3.Connection, job_type: str, limit: Limit, now: float) -> int | None:
        running = on.execute(RUNNING, (job_type,)).fetchone()[0] if limit.at_once is not None else 0
        tokens = self._tokens(on, job_type, limit, now) if limit.per_second is not None else 0.0
        return limit.room(running, tokens)

    def _tokens(self, on: sqlite3.Connection, bucket: str, limit: Limit, now: float) -> float:
        left, since = on.execute(BUCKET, (bucket,)).fetchone() or (limit.most, now)
        return limit.tokens(left, now - since)


def bucket_of(job_type: str, key: str) -> str:
    """Return the name of the bucket of a limit key."""
    return f"{job_type}{SEPARATOR}{key}"
