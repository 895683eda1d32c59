"""Which types of job may be claimed now, in a storage in memory: those that are not paused, and have room.

A type that is paused or has a limit waits in a lane of its own (lines.py), so a closed lane holds nobody else back.
The storage's lock guards it.
"""

from collections.abc import Mapping

from ..limits import Limit

NONE = Limit()


class Gates:
    """The types that are paused, and what is left of the limits of others. `now` is time.monotonic."""

    def __init__(self) -> None:
        self.paused: set[str] = set()
        self.limits: Mapping[str, Limit] = {}
        self._running: dict[str, int] = {}  # of the types that have a gate
        self._buckets: dict[str, tuple[float, float]] = {}  # the tokens that were left, and when

    def has(self, job_type: str) -> bool:
        """Whether a type has a gate, which may be open."""
        return job_type in self.paused or job_type in self.limits

    def watch(self, job_type: str, running: int) -> None:
        """Count the jobs of a type from now on; so many run already."""
        self._running[job_type] = running

    def is_open(self, job_type: str, now: float) -> bool:
        """Whether a job of a type may be claimed."""
        if job_type in self.paused:
            return False
        limit = self.limits.get(job_type, NONE)
        room = limit.room(self._running.get(job_type, 0), self._tokens(job_type, limit, now))
        return room is None or room > 0

    def claimed(self, job_type: str, now: float) -> None:
        """Note that a job of a type was claimed."""
        self._running[job_type] = self._running.get(job_type, 0) + 1
        limit = self.limits.get(job_type, NONE)
        if limit.per_second is not None:
            self._buckets[job_type] = (self._tokens(job_type, limit, now) - 1.0, now)

    def ended(self, job_type: str) -> None:
        """Note that a job of a type runs no more."""
        if job_type in self._running:
            self._running[job_type] = max(0, self._running[job_type] - 1)

    def opens_in(self, job_type: str, now: float) -> float | None:
        """Return the seconds until the next token of a type, if it lacks nothing else, or None."""
        limit = self.limits.get(job_type, NONE)
        tokens = self._tokens(job_type, limit, now)
        full = limit.at_once is not None and self._running.get(job_type, 0) >= limit.at_once
        if job_type in self.paused or full or limit.per_second is None or tokens >= 1.0:
            return None
        return (1.0 - tokens) / limit.per_second

    def _tokens(self, job_type: str, limit: Limit, now: float) -> float:
        left, since = self._buckets.get(job_type, (limit.most, now))
        return limit.tokens(left, now - since)
