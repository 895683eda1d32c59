"""Jobs that were claimed several at a time, so that short ones share the cost of a claim.

    turn: claims 64 ──> the worker that claimed runs one ── the others ──> whichever worker comes first

No long job may hold back those claimed with it, which another process could run: a worker claims as many as it has got
through in the last AHEAD seconds, and what nobody has taken for STALE seconds is handed back.
"""

import time
from collections import deque
from collections.abc import Iterable

from .job import Record

AHEAD = 0.05  # seconds of work that a worker claims at a time
STALE = 1.0  # seconds after which what was claimed ahead is handed back


class Ahead:
    """The jobs claimed and not begun. Any thread may call it: a deque's append and pop are each one step."""

    def __init__(self) -> None:
        self.records: deque[Record] = deque()
        self._since = 0.0

    def put(self, records: Iterable[Record]) -> None:
        """Keep jobs for whichever worker comes first."""
        self._since = time.monotonic()
        self.records.extend(records)

    def take(self) -> list[Record]:
        """Take the oldest: a list of one, or of none."""
        try:
            return [self.records.popleft()] if self.records else []
        except IndexError:  # another was faster
            return []

    def drain(self) -> list[Record]:
        """Take all."""
        taken: list[Record] = []
        while one := self.take():
            taken += one
        return taken

    def stale(self) -> bool:
        """Whether some have waited for too long."""
        return bool(self.records) and time.monotonic() > self._since + STALE


def next_limit(limit: int, seconds: float, most: int) -> int:
    """Return how many jobs to claim next, where the last `limit` took `seconds`: at most four times as many.

    >>> next_limit(4, 0.001, most=64), next_limit(64, 6.4, most=64)
    (16, 1)
    """
    return max(1, min(most, int(limit * min(AHEAD / max(seconds, 1e-6), 4.0))))
