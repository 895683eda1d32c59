"""Periodic tasks: submits a job whenever a schedule comes, once, however many processes run the queue.

    maintenance ── look() ──> has it come since what the storage has noted? ──> storage.advance(name, noted, now, jobs)
                                                                                 │  one step: the note and the jobs
    another process ── the same note ── it is not what it was any more <─────────┘  so nothing is submitted twice

The storage remembers until when each schedule was looked after, so what came while no process ran is known as missed.
"""

import itertools
import math
import time
from collections.abc import Callable
from typing import Literal, NamedTuple, cast

from ..cron import Cron
from ..job import Record
from ..log import WARNING, tell
from ..storage import Storage
from ..storage.protocol import Extended

Missed = Literal["skip", "once", "all"]
LATE = 60.0  # seconds: what came longer ago, and was not submitted, is missed
LOOK = 60.0  # seconds, at most, between two looks at the clock, because it may be set
FAR = 86_400.0  # seconds: a note further in the future is of a clock that went wrong
MOST = 1000  # jobs to submit in one step


class Schedule(NamedTuple):
    """When jobs are to be submitted, and which."""

    name: str
    cron: Cron
    missed: Missed
    record: Callable[[str], Record]  # a new record, for the moment at which it came, as text
    of: object = None  # the function or the task that it is of

    def due(self, since: float, now: float) -> list[float]:
        """Return for which moments to submit jobs, in order; at most MOST."""
        if self.missed == "all":
            return list(itertools.islice(self.cron.between(since, now), MOST))
        on_time = list(itertools.islice(self.cron.between(max(since, now - LATE), now), MOST))
        if on_time or self.missed == "skip":
            return on_time
        last = self.cron.last(since, now)
        return [] if last is None else [last]


class Periodic:
    """The schedules of a queue. Any thread may call `add`; the maintenance thread does the rest."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self.schedules: dict[str, Schedule] = {}  # replaced by another, and never changed
        self._next: dict[str, float] = {}  # when each comes next (time.time), as far as is known

    def add(self, schedule: Schedule) -> None:
        """Look after a schedule; one of the same name is replaced. Raises TypeError if the storage is not able to."""
        if not hasattr(self._storage, "advance"):
            raise TypeError(f"storage is {self._storage!r}: it has no advance(), so it has no periodic tasks")
        self.schedules = {**self.schedules, schedule.name: schedule}
        self._next.pop(schedule.name, None)

    def look(self) -> int:
        """Submit what has come. Return how many jobs. Raises what the storage raises."""
        count = 0
        for schedule in self.schedules.values():
            now = time.time()
            if now >= self._next.get(schedule.name, -math.inf):
                count += self._look_at(schedule, now)
        return count

    def wait_time(self) -> float | None:
        """Return the seconds until the next look, or None if there is nothing to look for."""
        if not self.schedules:
            return None
        now = time.time()
        return max(0.0, min(LOOK, *(self._next.get(name, now) - now for name in self.schedules)))

    def _look_at(self, schedule: Schedule, now: float) -> int:
        storage, name = cast("Extended", self._storage), f"periodic {schedule.name}"
        noted = storage.noted(name)
        if noted is None or noted > now + FAR:  # from now on
            storage.advance(name, noted, now, ())
            moments: list[float] = []
        else:
            moments = schedule.due(noted, now)
            until = moments[-1] if len(moments) == MOST else now
            records = [schedule.record(schedule.cron.text_of(moment)) for moment in moments]
            if until > noted and not storage.advance(name, noted, until, records):
                moments = []  # another process was faster
            elif moments and now - moments[0] > LATE:
                tell(WARNING, "%s was missed: %d jobs of it are submitted late", schedule.name, len(moments))
        if len(moments) < MOST:  # otherwise there is more: look again soon
            found = schedule.cron.after(now)
            self._next[schedule.name] = math.inf if found is None else found
        return len(moments)
