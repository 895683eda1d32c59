"""Which types of job may be claimed now, for all processes of a queue.

Paused types are left out by the claim itself. For a type with a limit, the row of its bucket is locked first, so that
two processes do not both see the last free place; then what runs is counted, and the claim takes no more than is left.
"""

from collections.abc import Mapping, Sequence

from ...limits import Limit
from .session import Session
from .statements import MOMENT, Statements

MAKE = "INSERT INTO {s}.buckets SELECT each, -1, 0 FROM unnest(%s::text[]) AS each ORDER BY each ON CONFLICT DO NOTHING"
LOCK = f"""
    SELECT type, tokens, greatest(0, {MOMENT} - since) FROM {{s}}.buckets WHERE type = ANY(%s) ORDER BY type FOR UPDATE
"""
RUNNING = "SELECT type, count(*) FROM {s}.jobs WHERE status = 'running' AND type = ANY(%s) GROUP BY type"
TAKE = f"UPDATE {{s}}.buckets SET tokens = %s, since = {MOMENT} WHERE type = %s"


class Gates:
    """The limits that this process keeps to. What was claimed is in the database."""

    def __init__(self, sql: Statements) -> None:
        self._sql = sql
        self.limits: Mapping[str, Limit] = {}  # replaced by another, and never changed

    def rooms(self, on: Session, types: Sequence[str], limit: int) -> tuple[list[int], dict[str, float]]:
        """Return how many jobs of each type may be claimed, and the tokens of those that have some.

        Inside a transaction, whose end lets others look.
        """
        limits = {each: self.limits[each] for each in types if each in self.limits}
        names = list(limits)
        on.execute(self._sql(MAKE), (names,))
        buckets = {each: (left, seconds) for each, left, seconds in on.execute(self._sql(LOCK), (names,)).fetchall()}
        running = dict(on.execute(self._sql(RUNNING), (names,)).fetchall())
        tokens = {
            each: bound.tokens(*buckets[each]) if buckets[each][0] >= 0.0 else bound.most
            for each, bound in limits.items()
        }
        rooms = []
        for each in types:
            room = limits[each].room(running.get(each, 0), tokens[each]) if each in limits else None
            rooms.append(limit if room is None else min(limit, room))
        return rooms, {each: left for each, left in tokens.items() if limits[each].per_second is not None}

    def take(self, on: Session, claimed: Sequence[str], tokens: Mapping[str, float]) -> None:
        """Take a token for each job that was claimed, given their types."""
        for each, left in tokens.items():
            if count := sum(job_type == each for job_type in claimed):
                on.execute(self._sql(TAKE), (max(0.0, left - count), each))
