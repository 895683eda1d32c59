"""Jobs in memory, until the program ends.

    add ──> records (dict, by key)          ready: deque, oldest first ──> claims
                                              ^
                                   parked: heap, earliest first      <── settles, with a wait before the next

A record is in `records` until it is deleted or no longer kept. It is in `ready` or `parked` while it waits, and in
neither while it runs. A pending record that is cancelled or deleted stays in `ready` or `parked` until a later call
finds it there and drops it.
"""

import heapq
import itertools
import os
import threading
import time
from bisect import bisect_right
from collections import deque
from collections.abc import Sequence

from ..job import CANCELLED, FAILED, PENDING, RUNNING, Job, Outcome, Record, Status, id_of
from ..log import log
from ..states import settle
from .protocol import Query, Retention, Settled

KEEP = Retention()
PAGE = 1000  # records to look at before the lock is released for other threads


class MemoryStorage:
    """Keeps jobs in memory. Any thread may call it. When a queue has stopped, another queue may use its storage.

    >>> storage = MemoryStorage()
    >>> storage.add([Record("webhook", {"order": 17})])
    True
    >>> storage.backlog()
    1
    """

    shared = False
    batch = 1
    poll: float | None = None
    tend_every = 1.0

    def __init__(self, retention: Retention = KEEP) -> None:
        self.node = int.from_bytes(os.urandom(6), "big")
        self._retention = retention
        # Guards everything below, and each record. It is held for a few instructions, or for one page of a listing. No
        # other lock is taken while it is held.
        self._lock = threading.Lock()
        self._records: dict[int, Record] = {}
        self._ready: deque[Record] = deque()
        self._parked: list[tuple[float, int, Record]] = []  # due time (time.monotonic), key, record
        # Completed and cancelled records in the order in which they ended, and failed ones likewise. Both stay empty if
        # nothing is ever forgotten.
        self._ended: deque[Record] = deque(maxlen=self._longest(retention.completed))
        self._failed: deque[Record] = deque(maxlen=self._longest(retention.failed))
        self._last = 0  # the last key that was assigned
        self._dropped = 0  # how many of `ready` were cancelled or deleted

    def add(self, records: Sequence[Record], delay: float = 0.0, limit: int | None = None) -> bool:
        """Keep new jobs, all or none. Return False if `limit` or more due jobs wait already."""
        with self._lock:
            if limit is not None:
                if self._dropped or self._parked:
                    self._tidy()
                if len(self._ready) >= limit:
                    return False
            key = time.time_ns() >> 10
            if key <= self._last:  # the same microsecond, or the clock was set back
                key = self._last + 1
            for record in records:
                record.key = self._last = key
                self._records[key] = record
                if delay:
                    heapq.heappush(self._parked, (self._monotonic() + delay, key, record))
                else:
                    self._ready.append(record)
                key += 1
            return True

    def settle_and_claim(self, settled: Settled, limit: int, types: Sequence[str] = ()) -> list[Record]:
        """Settle attempts, then claim up to `limit` due jobs, the oldest first."""
        claimed: list[Record] = []
        with self._lock:
            ready = self._ready
            now = time.time()
            for record, outcome in settled:
                self._settle(record, outcome, now)
            if self._parked:
                self._release_due()
            while limit and ready:
                record = ready.popleft()
                if record.status is PENDING:  # otherwise it was cancelled or deleted while it waited
                    record.status = RUNNING
                    record.attempts += 1
                    record.updated = now
                    claimed.append(record)
                    limit -= 1
        return claimed

    def cancel(self, key: int) -> Job | None:
        """Cancel a pending job, or mark a running one. Return None if there is no such job."""
        with self._lock:
            record = self._records.get(key)
            if record is None:
                return None
            if record.status is PENDING:
                record.status, record.updated = CANCELLED, time.time()
                self._dropped += 1
                self._keep(record)
            elif record.status is RUNNING:
                record.cancelling = True
            return Job(record, self.node)

    def get(self, key: int) -> Job | None:
        """Return a job as it is now, or None."""
        with self._lock:
            record = self._records.get(key)
            return None if record is None else Job(record, self.node)

    def list_jobs(self, query: Query) -> list[Job]:
        """Return the jobs that match `query`, oldest first. Each is a snapshot of its own moment."""
        with self._lock:
            keys = list(self._records)
        found: list[Job] = []
        for start in range(bisect_right(keys, query.after), len(keys), PAGE):
            with self._lock:
                for key in keys[start : start + PAGE]:
                    record = self._records.get(key)
                    if record is not None and query.takes(record):
                        found.append(Job(record, self.node))
                        if len(found) == query.limit:
                            return found
        return found

    def count(self) -> dict[Status, int]:
        """Return the number of jobs with each status."""
        counts = dict.fromkeys(Status, 0)
        with self._lock:
            for record in self._records.values():
                counts[record.status] += 1
        return counts

    def delete(self, key: int) -> bool:
        """Forget a job. Return False if there is none. Raises ValueError if it is running."""
        with self._lock:
            record = self._records.get(key)
            if record is None:
                return False
            if record.status is RUNNING:
                raise ValueError(f"{id_of(key, self.node)} is running: cancel it, wait for its end, and delete it then")
            if record.status is PENDING:
                record.status = CANCELLED  # so that it is dropped when it is found in ready or parked
                self._dropped += 1
            del self._records[key]
        return True

    def backlog(self) -> int:
        """Return how many due jobs wait for a worker."""
        with self._lock:
            self._tidy()
            return len(self._ready)

    def next_due(self) -> float | None:
        """Return the seconds until the next waiting job is due, or None if no job waits for its time."""
        with self._lock:
            self._release_due()  # due jobs do not wait for their time any more
            while self._parked and self._parked[0][2].status is not PENDING:
                heapq.heappop(self._parked)
            return self._parked[0][0] - self._monotonic() if self._parked else None

    def tend(self, running: Sequence[Record]) -> list[Record]:
        """Forget what is no longer kept. Returns [], because no other process can cancel a job here."""
        now = time.time()
        with self._lock:
            for line, seconds in ((self._ended, self._retention.completed), (self._failed, self._retention.failed)):
                while seconds is not None and line and line[0].updated < now - seconds:
                    self._records.pop(line.popleft().key, None)
        return []

    def close(self) -> None:
        """Do nothing: there is no file."""

    def _monotonic(self) -> float:
        """The clock of due times, in seconds. goqueue.testing replaces it."""
        return time.monotonic()

    def _settle(self, record: Record, outcome: Outcome, now: float) -> None:
        status = settle(record, outcome, now)
        if status is PENDING:
            if outcome.delay:
                heapq.heappush(self._parked, (self._monotonic() + outcome.delay, record.key, record))
            elif outcome.counts:
                self._ready.append(record)
            else:  # interrupted: it goes back to its old place in the line
                older = itertools.takewhile(lambda other: other.key < record.key, self._ready)
                self._ready.insert(sum(1 for _ in older), record)
        elif status is not None:
            self._keep(record)
        else:
            job_id = id_of(record.key, self.node)
            log().warning("%s is %s: an outcome of it came late, and is dropped", job_id, record.status)

    def _keep(self, record: Record) -> None:
        line = self._failed if record.status is FAILED else self._ended
        line.append(record)
        if self._retention.most is not None and len(line) > self._retention.most:
            self._records.pop(line.popleft().key, None)

    def _longest(self, seconds: float | None) -> int | None:
        """The maximum length of a list of final jobs: 0 if nothing is ever forgotten, else no limit."""
        return 0 if seconds is None and self._retention.most is None else None

    def _release_due(self) -> None:
        now = self._monotonic()
        while self._parked and self._parked[0][0] <= now:
            record = heapq.heappop(self._parked)[2]
            if record.status is PENDING:
                self._ready.append(record)

    def _tidy(self) -> None:
        """Make `ready` hold the due jobs and nothing else."""
        if self._parked:
            self._release_due()
        if self._dropped:
            self._ready = deque(record for record in self._ready if record.status is PENDING)
            self._dropped = 0
