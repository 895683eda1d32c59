"""Prefetch: jobs that were claimed several at a time, so that short jobs share the cost of a claim.

    a claim of 64   ──> the worker that claimed runs one ── the others ──> the next free workers

A long job must not hold back the jobs claimed with it, because another process could run them. So a worker claims as
many jobs as take WORK seconds, if each takes as long as the last of its type, and jobs that no worker has taken for
STALE seconds are handed back.
"""

import time
from collections import deque
from collections.abc import Iterable

from ..job import Record

WORK = 0.05  # seconds of work that a worker claims at a time
STALE = 1.0  # seconds after which prefetched jobs are handed back


class Prefetched:
    """The jobs claimed and not begun. Any thread may call it, because a deque's append and pop are atomic."""

    def __init__(self) -> None:
        self.records: deque[Record] = deque()
        self._since = 0.0

    def put(self, records: Iterable[Record]) -> None:
        """Keep jobs for the next free workers."""
        self._since = time.monotonic()
        self.records.extend(records)

    def take(self) -> list[Record]:
        """Take the oldest job: a list with one record or none."""
        try:
            return [self.records.popleft()] if self.records else []
        except IndexError:  # another thread was faster
            return []

    def drain(self) -> list[Record]:
        """Take all jobs."""
        taken: list[Record] = []
        while one := self.take():
            taken += one
        return taken

    def stale(self) -> bool:
        """Whether jobs have waited here for too long."""
        return bool(self.records) and time.monotonic() > self._since + STALE


def next_limit(jobs: int, seconds: float, most: int) -> int:
    """Return how many jobs to claim next, given that the last `jobs` are thought to take `seconds`.

    >>> next_limit(4, 0.01, most=64), next_limit(64, 6.4, most=64)
    (20, 1)
    """
    return max(1, min(most, int(jobs * WORK / max(seconds, 1e-6))))
