"""Jobs in memory, until the program ends.

    add ──> records (dict, by key)      waiting lines ──> settle_and_claim: claims
                                          ^
                                          └────────────── settle_and_claim: settles ──> ended lines ──> forgotten

A record is in `records` until it is deleted or no longer kept. It is in a line of `waiting` while it waits (lines.py).
"""

import os
import threading
import time
from bisect import bisect_right
from collections.abc import Container, Mapping, Sequence

from ..job import CANCELLED, FINAL, PENDING, RUNNING, Job, Outcome, Record, Status, id_of
from ..limits import Limit
from ..log import WARNING, tell
from ..states import settle
from .convoy import AT_ONCE, check_not_held, reentered, wait_for
from .gates import Gates
from .holders import Holders
from .lines import Ended, Waiting
from .protocol import Added, Query, Retention, Settled, check_retention

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
    keeps_progress = True
    limits_keys = True
    poll: float | None = None
    maintain_every = 1.0

    def __init__(self, retention: Retention = KEEP) -> None:
        self.node = int.from_bytes(os.urandom(6), "big")
        self._retention = check_retention(retention)
        # Guards everything below, and each record. It is held for a few instructions, or for one page of a listing. No
        # other lock is taken while it is held. It knows its owner, which `add` and `settle_and_claim` need.
        self._lock = threading.RLock()
        self._records: dict[int, Record] = {}
        self._waiting = Waiting()
        self._ended = Ended(retention, self._records)
        self._holders = Holders(self._records)
        self._notes: dict[str, float] = {}
        self._gates = Gates()
        self._first = self._last = 0  # the keys that were assigned

    def add(self, records: Sequence[Record], delay: float = 0.0, limit: int | None = None) -> bool:
        """Keep new jobs, all or none. Return False if `limit` or more due jobs wait already."""
        lock = self._lock
        if lock._is_owned():  # type: ignore[attr-defined]
            raise reentered()
        try:
            if not lock.acquire(AT_ONCE):
                wait_for(lock)
            waiting = self._waiting
            most = len(waiting.ready) + len(waiting.urgent) + len(waiting.parked)  # no more than these can be due
            if limit is not None and (most >= limit or waiting.lanes) and self._backlog() >= limit:
                return False
            self._add(records, delay)
            return True
        finally:
            try:  # noqa: SIM105 -- a call in between would be a place for an interrupt
                lock.release()
            except RuntimeError:  # Ctrl-C, while it waited for the lock
                pass

    def add_unique(self, record: Record, delay: float, limit: int | None, replace: bool) -> Added:
        """Keep a new job, unless another has its key; see the protocol."""
        check_not_held(self._lock)
        with self._lock:
            holder = self._holders.of(record)
            if holder is not None and not replace:
                return Added(False, Job(holder, self.node))
            if holder is None and limit is not None and self._backlog() >= limit:
                return Added(False, None)
            try:
                self._holders.take(record)  # first: it is believed only once the job is kept
                self._add((record,), delay)
                self._replace(holder, record)
            except BaseException:  # Ctrl-C: the new job has the key, or the old one
                self._replace(holder, record)
                raise
            return Added(True, None if holder is None else Job(holder, self.node))

    def renew(self, key: int, record: Record) -> bool:
        """Forget a job that has ended, and keep a new one, in one step; see the protocol."""
        check_not_held(self._lock)
        with self._lock:
            old = self._records.get(key)
            named = record.options is not None and record.options.key is not None
            if old is None or old.status not in FINAL or (named and self._holders.of(record) not in (None, old)):
                return False
            try:
                self._add((record,), 0.0)
            finally:  # after an interrupt too: one of the two is kept
                if record.key in self._records:
                    self._records.pop(key, None)
                    if named:
                        self._holders.take(record)
            return True

    def pause(self, job_type: str, paused: bool) -> None:
        """Claim no more jobs of a type, or claim them again; see the protocol."""
        with self._lock:
            (self._gates.paused.add if paused else self._gates.paused.discard)(job_type)
            self._gate(job_type)

    def paused(self) -> list[str]:
        """Return the types that are paused."""
        with self._lock:
            return sorted(self._gates.paused)

    def obey(self, limits: Mapping[str, Limit]) -> None:
        """Keep to these limits; see the protocol."""
        with self._lock:
            types = {*self._gates.limits, *limits}
            self._gates.limits = dict(limits)
            for job_type in types:
                self._gate(job_type)

    def _gate(self, job_type: str) -> None:
        """Give a type a lane of its own if it has a gate, and none if it has none."""
        if self._gates.has(job_type):
            self._waiting.split(job_type, self._gates.keyed(job_type))
            running = [each for each in self._records.values() if each.status is RUNNING and each.type == job_type]
            self._gates.watch(job_type, map(self._waiting.lane_of, running))
        else:
            self._waiting.join(job_type)

    def _next(self, gates: Gates) -> Record | None:
        now = self._monotonic()
        record = self._waiting.next_with_lanes(lambda lane: gates.is_open(lane, now))
        if record is not None and record.type in self._waiting.lanes:
            gates.claimed(self._waiting.lane_of(record), now)
        return record

    def noted(self, name: str) -> float | None:
        """Return the number that was noted under a name, or None."""
        with self._lock:
            return self._notes.get(name)

    def advance(self, name: str, before: float | None, after: float, records: Sequence[Record]) -> bool:
        """Note a number in the place of another, and keep new jobs; see the protocol."""
        check_not_held(self._lock)
        with self._lock:
            if self._notes.get(name) != before:
                return False
            self._notes[name] = after
            if records:
                self._add(records, 0.0)
            return True

    def _replace(self, holder: Record | None, record: Record) -> None:
        """Cancel the holder of a key if the new job is kept, or else give the key back to it."""
        if holder is not None and record.key in self._records:
            self._cancel(holder)
        elif holder is not None:
            self._holders.take(holder)

    def _add(self, records: Sequence[Record], delay: float) -> None:
        key = time.time_ns() >> 10
        if key <= self._last:  # the same microsecond, or the clock was set back
            key = self._last + 1
        self._first = self._first or key
        urgent = False
        try:
            for record in records:
                record.key = self._last = key
                self._records[key] = record
                key += 1
                if record.options is not None and record.options.priority:
                    urgent = True
            if delay:
                due = self._monotonic() + delay
                for record in records:
                    self._waiting.park(record, due)
            elif urgent or self._waiting.lanes:
                for record in records:
                    self._waiting.enter(record)
            else:
                self._waiting.ready.extend(records)
        except BaseException:  # Ctrl-C: all or none
            if self._waiting.undo(records):
                for record in records:
                    self._records.pop(record.key, None)
            raise

    def settle_and_claim(self, settled: Settled, limit: int, types: Sequence[str] = ()) -> list[Record]:
        """Settle attempts, then claim up to `limit` due jobs, by priority and age."""
        claimed: list[Record] = []
        late: list[Record] = []
        lock = self._lock
        if lock._is_owned():  # type: ignore[attr-defined]
            raise reentered()
        try:
            if not lock.acquire(AT_ONCE):
                wait_for(lock)
            now = time.time()
            for record, outcome in settled:
                if not self._settle(record, outcome, now):
                    late.append(record)
            waiting = self._waiting
            if waiting.parked:
                waiting.release(self._monotonic())
            gates = self._gates if waiting.lanes else None
            while limit and (waiting.ready or waiting.urgent or gates is not None):
                next_one = waiting.next() if gates is None else self._next(gates)
                if next_one is None:
                    break
                next_one.status = RUNNING
                next_one.attempts += 1
                next_one.updated = now
                claimed.append(next_one)
                limit -= 1
        finally:
            try:  # noqa: SIM105 -- a call in between would be a place for an interrupt
                lock.release()
            except RuntimeError:  # Ctrl-C, while it waited for the lock
                pass
        for record in late:  # outside of the lock, because a log handler may submit a job
            tell(WARNING, "%s does not run: an outcome of it came late, and is dropped", id_of(record.key, self.node))
        return claimed

    def cancel(self, key: int) -> Job | None:
        """Cancel a pending job, or mark a running one. Return None if there is no such job."""
        with self._lock:
            record = self._records.get(key)
            if record is None:
                return None
            self._cancel(record)
            return Job(record, self.node)

    def get(self, key: int) -> Job | None:
        """Return a job as it is now, or None."""
        with self._lock:
            record = self._records.get(key)
            return None if record is None else Job(record, self.node)

    def get_many(self, keys: Sequence[int]) -> list[Job | None]:
        """Return several jobs as they are now, or None for each that is not there."""
        with self._lock:
            found = [self._records.get(key) for key in keys]
            return [None if record is None else Job(record, self.node) for record in found]

    def not_ended(self, keys: Sequence[int]) -> set[int]:
        """Return those of several jobs that are here and have not ended. Nobody who works waits for this look."""
        records = [(key, self._records.get(key)) for key in keys]
        return {key for key, record in records if record is not None and record.status not in FINAL}

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

    def tally(self) -> dict[tuple[str, Status], int]:
        """Return the number of jobs with each type and status. Each is counted at a moment of its own."""
        with self._lock:
            keys = list(self._records)
        counts: dict[tuple[str, Status], int] = {}
        for start in range(0, len(keys), PAGE):
            with self._lock:
                for record in filter(None, map(self._records.get, keys[start : start + PAGE])):
                    counts[record.type, record.status] = counts.get((record.type, record.status), 0) + 1
        return counts

    def oldest_due(self) -> float | None:
        """Return the seconds for which the oldest due job has waited, or None. The delay it was given counts too."""
        with self._lock:
            self._waiting.release(self._monotonic())
            since = [max(record.created, record.updated) for record in self._waiting.heads()]
        return max(0.0, time.time() - min(since)) if since else None

    def delete(self, key: int) -> bool:
        """Forget a job. Return False if there is none. Raises ValueError if it is running."""
        with self._lock:
            record = self._records.get(key)
            if record is None:
                return False
            if record.status is RUNNING:
                raise ValueError(f"{id_of(key, self.node)} is running: cancel it, wait for its end, and delete it then")
            if record.status is PENDING:
                record.status = CANCELLED  # so that it is dropped when it is found where it waits
                self._waiting.gone(record)
            del self._records[key]
        return True

    def backlog(self) -> int:
        """Return how many due jobs wait for a worker."""
        with self._lock:
            return self._backlog()

    def next_due(self) -> float | None:
        """Return the seconds until the next waiting job is due, or None if no job waits for its time."""
        with self._lock:
            waiting, now = self._waiting, self._monotonic()
            waiting.release(now)  # due jobs do not wait for their time any more
            waits = [waiting.parked[0][0] - now] if waiting.parked else []
            for name, lane in waiting.lanes.items():  # they wait for a token
                if lane and (seconds := self._gates.opens_in(name, now)) is not None:
                    waits.append(seconds)
            return min(waits, default=None)

    def maintain(self, running: Sequence[Record]) -> list[Record]:
        """Forget what is no longer kept. Returns [], because no other process can cancel a job here."""
        with self._lock:
            self._ended.maintain()
        return []

    def spare(self, awaited: Container[int]) -> None:
        """Forget no job whose key is in `awaited`, which is asked each time."""
        self._ended.awaited = awaited

    def knew(self, key: int) -> bool:
        """Whether a job with this key was accepted here, as far as its key says."""
        return 0 < self._first <= key <= self._last

    def close(self) -> None:
        """Do nothing: there is no file."""

    def _monotonic(self) -> float:
        """The clock of due times, in seconds. goqueue.testing replaces it."""
        return time.monotonic()

    def _cancel(self, record: Record) -> None:
        if record.status is PENDING:
            record.status, record.updated = CANCELLED, time.time()
            self._waiting.gone(record)
            self._ended.add(record)
        elif record.status is RUNNING:
            record.cancelling = True

    def _backlog(self) -> int:
        if self._waiting.parked:
            self._waiting.release(self._monotonic())
        return len(self._waiting)

    def _settle(self, record: Record, outcome: Outcome, now: float) -> bool:
        """Settle an attempt. Return False if the job does not run."""
        status = settle(record, outcome, now)
        if status is not None and self._waiting.lanes:
            self._gates.ended(self._waiting.lane_of(record))
        if status is PENDING:
            if outcome.delay:
                self._waiting.park(record, self._monotonic() + outcome.delay)
            elif outcome.counts:
                record.due = now
                self._waiting.enter(record)
            else:  # interrupted
                self._waiting.put_back(record)
        elif status is not None:
            self._ended.add(record)
        return status is not None
