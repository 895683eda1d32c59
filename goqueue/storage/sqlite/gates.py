"""Which types of job may be claimed now, for all processes of a file: those that are not paused, and have room.

Of a type that has a limit, no more jobs are claimed at once than it has room for. As one statement claims jobs of all
types by their places, it claims no more than that in all; the next claim takes the others.
"""

import sqlite3
from collections.abc import Mapping, Sequence

from ...job import Record
from ...limits import Limit
from .statements import any_due

PAUSED = "SELECT type FROM paused"
PAUSE = "INSERT OR IGNORE INTO paused VALUES (?)"
RESUME = "DELETE FROM paused WHERE type = ?"
RUNNING = "SELECT count(*) FROM jobs INDEXED BY running WHERE status = 'running' AND type = ?"
BUCKET = "SELECT tokens, since FROM buckets WHERE type = ?"
TAKE = """
    INSERT INTO buckets VALUES (?, ?, ?)
    ON CONFLICT (type) DO UPDATE SET tokens = excluded.tokens, since = excluded.since
"""


def paused(on: sqlite3.Connection) -> list[str]:
    """Return the types that are paused."""
    return [job_type for (job_type,) in on.execute(PAUSED)]


class Gates:
    """The limits that this process keeps to. What was claimed is in the file."""

    def __init__(self) -> None:
        self.limits: Mapping[str, Limit] = {}  # replaced by another, and never changed

    def admit(self, on: sqlite3.Connection, types: Sequence[str], limit: int, now: float) -> tuple[Sequence[str], int]:
        """Return which of `types` may be claimed, and how many jobs at most. It only reads."""
        if closed := paused(on):
            types = [job_type for job_type in types if job_type not in closed]
        limits = self.limits
        for job_type in [each for each in types if each in limits] if limits else ():
            room = self._room(on, job_type, limits[job_type], now)
            if room is None:
                continue
            if room == 0 or on.execute(any_due(1), (now, job_type)).fetchone() is None:
                types = [each for each in types if each != job_type]
            else:
                limit = min(limit, room)
        return types, limit

    def take(self, on: sqlite3.Connection, claimed: Sequence[Record], now: float) -> None:
        """Take a token for each job that was claimed."""
        for job_type, limit in self.limits.items() if claimed else ():
            count = sum(record.type == job_type for record in claimed)
            if count and limit.per_second is not None:
                on.execute(TAKE, (job_type, self._tokens(on, job_type, limit, now) - count, now))

    def _room(self, on: sqlite3.Connection, job_type: str, limit: Limit, now: float) -> int | None:
        running = on.execute(RUNNING, (job_type,)).fetchone()[0] if limit.at_once is not None else 0
        tokens = self._tokens(on, job_type, limit, now) if limit.per_second is not None else 0.0
        return limit.room(running, tokens)

    def _tokens(self, on: sqlite3.Connection, job_type: str, limit: Limit, now: float) -> float:
        left, since = on.execute(BUCKET, (job_type,)).fetchone() or (limit.most, now)
        return limit.tokens(left, now - since)
