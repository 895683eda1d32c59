"""The lines of a storage in memory: in which order jobs wait, and in which order they are forgotten.

    Waiting    ready: deque, oldest first ── next() ──> a worker
                 ^
               parked: heap, earliest first        a job that waits for its time

    Ended      completed, cancelled, failed: a deque each, in the order in which they ended ── forget ──> gone

A job that is cancelled or deleted while it waits stays where it is until somebody finds it there, because to look for
it would take long. When more than half of a line are such, the line is made anew, so each of them costs the same.

The storage's lock guards all of it.
"""

import heapq
import itertools
from collections import deque
from collections.abc import Container, Iterator, Sequence

from ..job import COMPLETED, FAILED, PENDING, Record
from .protocol import Retention
from .steady import Steady

FEW = 64  # a line with fewer that are gone is left as it is


class Waiting:
    """The jobs that wait for a worker, or for their time."""

    def __init__(self) -> None:
        self.ready: deque[Record] = deque()
        self.parked: list[tuple[float, int, Record]] = []  # due time (time.monotonic), key, record
        self._gone_ready = 0  # how many of each are not pending any more
        self._gone_parked = 0

    def __len__(self) -> int:
        """How many wait for a worker."""
        return len(self.ready) - self._gone_ready

    def park(self, record: Record, due: float) -> None:
        """Let a job wait for its time."""
        record.parked = True
        heapq.heappush(self.parked, (due, record.key, record))

    def put_back(self, record: Record) -> None:
        """Let a job that was handed back have its old place."""
        older = itertools.takewhile(lambda other: other.key < record.key, self.ready)
        self.ready.insert(sum(1 for _ in older), record)

    def next(self) -> Record | None:
        """Take the oldest job that is ready, or None."""
        while self.ready:
            record = self.ready.popleft()
            if record.status is PENDING:
                return record
            self._gone_ready -= 1
        return None

    def release(self, now: float) -> None:
        """Let those be ready whose time has come."""
        while self.parked and (self.parked[0][0] <= now or self.parked[0][2].status is not PENDING):
            record = heapq.heappop(self.parked)[2]
            record.parked = False
            if record.status is PENDING:
                self.ready.append(record)
            else:
                self._gone_parked -= 1

    def gone(self, record: Record) -> None:
        """Note that a job which waited is cancelled or deleted."""
        if record.parked:
            self._gone_parked += 1
            if self._gone_parked > max(FEW, len(self.parked) // 2):
                self.parked = [entry for entry in self.parked if entry[2].status is PENDING]
                heapq.heapify(self.parked)
                self._gone_parked = 0
        else:
            self._gone_ready += 1
            if self._gone_ready > max(FEW, len(self.ready) // 2):
                self.ready = deque(each for each in self.ready if each.status is PENDING)
                self._gone_ready = 0

    def undo(self, records: Sequence[Record]) -> bool:
        """After an interrupt: take these new jobs out, unless all of them have come. Return whether they were out."""
        if records and self.ready and self.ready[-1] is records[-1]:
            return False
        new = set(map(id, records))
        self.parked = [entry for entry in self.parked if id(entry[2]) not in new]
        heapq.heapify(self.parked)
        return True


class Ended:
    """The jobs that have ended, until they are forgotten: then they are taken out of `records`."""

    def __init__(self, retention: Retention, records: dict[int, Record]) -> None:
        self.awaited: Container[int] = ()  # keys of jobs that somebody waits for: these are not forgotten
        self._retention = retention
        self._most = retention.most
        self._records = records
        self._clock = Steady()
        self._completed = self._line(retention.completed)
        self._cancelled = self._line(retention.completed)
        self._failed = self._line(retention.failed)

    def _line(self, seconds: float | None) -> deque[Record]:
        """Return a line; one that stays empty if nothing is ever forgotten."""
        return deque(maxlen=0 if seconds is None and self._retention.most is None else None)

    def add(self, record: Record) -> None:
        """Keep a job that has ended, and forget the oldest of its kind if they are too many."""
        status, most = record.status, self._most
        line = self._completed if status is COMPLETED else self._failed if status is FAILED else self._cancelled
        line.append(record)
        if most is not None and len(line) > most and line[0].key not in self.awaited:
            self._forget(line.popleft())

    def _forget(self, record: Record) -> None:
        self._records.pop(record.key, None)

    def maintain(self) -> None:
        """Forget what is too old, or too many."""
        keep = self._retention
        for line, seconds in (
            (self._completed, keep.completed),
            (self._cancelled, keep.completed),
            (self._failed, keep.failed),
        ):
            before = float("-inf") if seconds is None else self._clock.before(seconds)
            spared = list(self._over(line, before))
            line.extendleft(reversed(spared))

    def _over(self, line: deque[Record], before: float) -> Iterator[Record]:
        """Forget the oldest of a line; yield those that somebody waits for."""
        most = self._retention.most
        while line and (line[0].updated < before or (most is not None and len(line) > most)):
            record = line.popleft()
            if record.key in self.awaited:
                yield record
            else:
                self._forget(record)
