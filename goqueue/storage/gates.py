"""Which types of job may be claimed now, in a storage in memory: those that are not paused, and have room.

A type that is paused or has a limit waits in a lane of its own (lines.py), so a closed lane holds nobody else back. If
it has a limit by key, each limit key has a lane too, and is counted for itself. The storage's lock guards it.
"""

from collections.abc import Iterable, Mapping

from ..limits import Limit
from .lines import Lane, type_of

NONE = Limit()
FEW = 64  # with fewer buckets, none is dropped


class Gates:
    """The types that are paused, and what is left of the limits of others. `now` is time.monotonic."""

    def __init__(self) -> None:
        self.paused: set[str] = set()
        self.limits: Mapping[str, Limit] = {}
        self._running: dict[Lane, int] = {}  # of the types that have a gate, and of the limit keys in them
        self._buckets: dict[Lane, tuple[float, float]] = {}  # the tokens that were left, and when
        self._most = FEW

    def has(self, job_type: str) -> bool:
        """Whether a type has a gate, which may be open."""
        return job_type in self.paused or job_type in self.limits

    def keyed(self, job_type: str) -> bool:
        """Whether each limit key of a type has a gate."""
        return self.limits.get(job_type, NONE).keyed

    def watch(self, job_type: str, running: Iterable[Lane]) -> None:
        """Count the jobs of a type from now on; those in these lanes run already."""
        self._running = {lane: count for lane, count in self._running.items() if type_of(lane) != job_type}
        self._running[job_type] = 0
        for lane in running:
            self._count(lane, 1)

    def is_open(self, lane: Lane, now: float) -> bool:
        """Whether a job of a lane may be claimed."""
        if type_of(lane) in self.paused:
            return False
        return all(
            limit.room(self._running.get(each, 0), tokens) != 0 for each, limit, tokens in self._parts(lane, now)
        )

    def claimed(self, lane: Lane, now: float) -> None:
        """Note that a job of a lane was claimed."""
        self._count(lane, 1)
        for each, limit, tokens in self._parts(lane, now):
            if limit.per_second is not None:
                self._buckets[each] = (tokens - 1.0, now)
        if len(self._buckets) > self._most:
            self._drop_full(now)

    def ended(self, lane: Lane) -> None:
        """Note that a job of a lane runs no more."""
        if type_of(lane) in self._running:
            self._count(lane, -1)

    def opens_in(self, lane: Lane, now: float) -> float | None:
        """Return the seconds until a lane may be claimed from for which only tokens are missing, or None."""
        if type_of(lane) in self.paused:
            return None
        waits = [0.0]
        for each, limit, tokens in self._parts(lane, now):
            if limit.at_once is not None and self._running.get(each, 0) >= limit.at_once:
                return None
            if limit.per_second is not None and tokens < 1.0:
                waits.append((1.0 - tokens) / limit.per_second)
        return max(waits) or None

    def _parts(self, lane: Lane, now: float) -> list[tuple[Lane, Limit, float]]:
        """Return the limits of a lane: that of its type and that of its key, each with its name and its tokens."""
        job_type = type_of(lane)
        found: list[tuple[Lane, Limit]] = [(job_type, self.limits.get(job_type, NONE))]
        if not isinstance(lane, str):
            found.append((lane, found[0][1].each))
        return [(each, limit, self._tokens(each, limit, now)) for each, limit in found]

    def _count(self, lane: Lane, more: int) -> None:
        """Count a job of a lane, for its type and for its key."""
        job_type = type_of(lane)
        self._running[job_type] = max(0, self._running.get(job_type, 0) + more)
        if not isinstance(lane, str):
            self._running[lane] = self._running.get(lane, 0) + more
            if self._running[lane] <= 0:
                del self._running[lane]

    def _drop_full(self, now: float) -> None:
        """Forget the buckets that are full by now: one that is missing is full, too."""
        self._buckets = {lane: found for lane, found in self._buckets.items() if not self._is_full(lane, now)}
        self._most = max(FEW, 2 * len(self._buckets))

    def _is_full(self, lane: Lane, now: float) -> bool:
        _, limit, tokens = self._parts(lane, now)[-1]
        return tokens >= limit.most

    def _tokens(self, lane: Lane, limit: Limit, now: float) -> float:
        left, since = self._buckets.get(lane, (limit.most, now))
        return limit.tokens(left, now - since)
