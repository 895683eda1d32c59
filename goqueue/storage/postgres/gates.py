"""Which types of job may be claimed now, for all processes of a queue.

Paused types are left out by the claim itself. For a type with a limit, the row of its bucket is locked first, so that
two processes do not both see the last free place; then what runs is counted, and the claim takes no more than is left.
If each limit key of a type has a limit, those that have room are looked for under that lock too, and how many jobs of
each (keyed.py).
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ...limits import Limit
from ..sqlite.gates import DAY, bucket_of
from .keyed import KEYS, SEPARATED
from .session import Session
from .statements import MOMENT, Statements

MAKE = "INSERT INTO {s}.buckets SELECT each, -1, 0 FROM unnest(%s::text[]) AS each ORDER BY each ON CONFLICT DO NOTHING"
LOCK = f"""
    SELECT type, tokens, greatest(0, {MOMENT} - since) FROM {{s}}.buckets WHERE type = ANY(%s) ORDER BY type FOR UPDATE
"""
RUNNING = "SELECT type, count(*) FROM {s}.jobs WHERE status = 'running' AND type = ANY(%s) GROUP BY type"
TAKE = f"""
    INSERT INTO {{s}}.buckets SELECT each, left_over, {MOMENT}
    FROM unnest(%s::text[], %s::double precision[]) AS new (each, left_over) ORDER BY each
    ON CONFLICT (type) DO UPDATE SET tokens = excluded.tokens, since = excluded.since
"""
PRUNE = f"""
    DELETE FROM {{s}}.buckets WHERE type = ANY(ARRAY(SELECT type FROM {{s}}.buckets
        WHERE strpos(type, {SEPARATED}) > 0 AND since < {MOMENT} - %s::double precision FOR UPDATE SKIP LOCKED))
"""

KeyRoom = tuple[str, str, int]  # a type, a limit key, and how many of its jobs may be claimed


class Admitted(NamedTuple):
    """What may be claimed: how many jobs of each type, and of each limit key in the types that are `keyed`."""

    rooms: list[int]
    keyed: list[bool]
    keys: list[KeyRoom]
    tokens: dict[str, float]  # what each bucket that has some holds now


class Gates:
    """The limits that this process keeps to. What was claimed is in the database."""

    def __init__(self, sql: Statements) -> None:
        self._sql = sql
        self.limits: Mapping[str, Limit] = {}  # replaced by another, and never changed

    def admit(self, on: Session, types: Sequence[str], limit: int) -> Admitted:
        """Return what may be claimed now. Inside a transaction, whose end lets others look."""
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
        kept = {each: left for each, left in tokens.items() if limits[each].per_second is not None}
        keyed = [each in limits and limits[each].keyed for each in types]
        open_types = [each for each, room, has in zip(types, rooms, keyed, strict=True) if has and room]
        keys = self._keys(on, open_types, limit, kept) if open_types else []
        return Admitted(rooms, keyed, keys, kept)

    def _keys(self, on: Session, types: list[str], most: int, tokens: dict[str, float]) -> list[KeyRoom]:
        """Return the limit keys that have room and a job, those with the oldest first. Adds their tokens."""
        found: list[KeyRoom] = []
        for job_type, key, running, left, seconds in on.execute(self._sql(KEYS), (types,)).fetchall():
            bound = self.limits[job_type].each
            there = bound.most if left is None else bound.tokens(left, seconds)
            room = bound.room(running, there)
            if room and len(found) < most:
                found.append((job_type, key, min(room, most)))
                if bound.per_second is not None:
                    tokens[bucket_of(job_type, key)] = there
        return found

    def take(self, on: Session, claimed: Sequence[tuple[str, str | None]], tokens: Mapping[str, float]) -> None:
        """Take a token for each job that was claimed, given their types and limit keys."""
        counts = Counter(job_type for job_type, _ in claimed)
        counts.update(bucket_of(job_type, key) for job_type, key in claimed if key is not None)
        left = {each: max(0.0, tokens[each] - count) for each, count in counts.items() if each in tokens}
        if left:
            on.execute(self._sql(TAKE), (list(left), list(left.values())))

    def prune(self, on: Session) -> None:
        """Forget the buckets of limit keys that are full for long: one that is missing is full, too."""
        rates = [each.each_per_second for each in self.limits.values() if each.each_per_second is not None]
        on.execute(self._sql(PRUNE), (max(DAY, 2.0 / min(rates, default=math.inf)),))


def room_values(keys: Sequence[KeyRoom]) -> dict[str, Any]:
    """Return how many jobs of each limit key may be claimed, a list for each value of the claim."""
    return {
        "key_types": [job_type for job_type, _, _ in keys],
        "limit_keys": [key for _, key, _ in keys],
        "key_rooms": [room for _, _, room in keys],
    }
