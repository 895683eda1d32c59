"""Jobs in a SQLite file: they outlive the process, and several processes may share the file.

    durability       returns when                          what a kill -9 loses    what a power cut may lose
    each commit      the change is committed               nothing                 the last moments
    group commit     the change is on the disk;            nothing                 nothing
                     concurrent calls share a commit
    write-behind     the job is in memory; it is           up to `behind` seconds  that, and the last moments
                     committed within `behind` seconds     of submissions

Write-behind delays only submissions. A job runs at least once, and not twice at the same time while its process is not
suspended for longer than its lease: a worker holds a lease on what it claims (leases.py), and an outcome counts only
while the lease holds. Due times are stored as times of day, because they must outlive the process: if the clock is set,
waiting retries move with it, and nothing else does.
"""

import logging
import os
import sqlite3
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from ..errors import StorageError
from ..job import Job, Outcome, Record, Status, id_of
from ..retry import check_attempts, check_seconds
from . import statements as sql
from .behind import Behind
from .commits import GroupCommit, Op
from .database import connect, named
from .leases import Leases
from .protocol import Query, Retention, Settled
from .rows import Claimed, record_of, storable, text_of
from .statements import insert

log = logging.getLogger(__name__)
T = TypeVar("T")

MODES = {"each commit": "NORMAL", "group commit": "FULL", "write-behind": "NORMAL"}
KEEP = Retention()
FORGETTING = 0.1  # seconds to spend in each tend: long enough to keep up with new jobs, short enough to renew leases


class SQLiteStorage:
    """Keeps jobs in the file `path`. Any thread may call it. Each process opens its own, also after a fork.

    `durability` is one of the three above. A worker that sends no heartbeat for `lease` seconds is considered dead, and
    its jobs are pending again. A job whose worker died `max_lost` times fails.
    Raises StorageError, or a subclass, if the file cannot be used.
    """

    shared = True
    batch = 64
    poll: float | None = 0.05

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        durability: str = "each commit",
        behind: float = 1.0,
        lease: float = 6.0,
        max_lost: int = 5,
        retention: Retention = KEEP,
    ) -> None:
        if durability not in MODES:
            raise ValueError(f"durability is {durability!r}: it must be one of {', '.join(map(repr, MODES))}")
        lease = check_seconds(lease, "lease", least=0.1)
        self.path = os.fspath(path)
        self.durability = durability
        self.tend_every = min(1.0, lease / 4)
        self._retention = retention
        self._pid = os.getpid()
        self._closed = False
        self._behind: Behind | None = None
        connection = connect(path, MODES[durability])
        self._commits = GroupCommit(connection)
        self.node: int = self._read(lambda on: on.execute(sql.NODE).fetchone())[0]
        self._leases = Leases(lease, check_attempts(max_lost, "max_lost"))
        if durability == "write-behind":
            self._behind = Behind(self.path, check_seconds(behind, "behind"), self._write)
        self._counted = (0, 0.0)  # the backlog, and until when to reuse it (time.monotonic)

    # -- submitting -----------------------------------------------------------------------------------

    def add(self, records: Sequence[Record], delay: float = 0.0, limit: int | None = None) -> bool:
        """Keep new jobs, all or none. Return False if, as last counted, `limit` or more due jobs wait already."""
        self._check_usable()  # here too, because neither backlog() nor write-behind needs the file
        if limit is not None and self.backlog() >= limit:
            return False
        due = time.time() + delay
        if self._behind is not None:
            self._behind.add(records, due)
        else:
            self._write(lambda on: insert(on, records, due), single=len(records) == 1)
        if not delay:
            self._count(len(records))
        return True

    # -- working --------------------------------------------------------------------------------------

    def settle_and_claim(self, settled: Settled, limit: int, types: Sequence[str]) -> list[Record]:
        """Settle attempts, then claim up to `limit` due jobs of `types`, the oldest first."""
        if not settled and not (limit and types and self._any_due(types)):
            return []
        limit = limit if types else 0
        single = not limit and len(settled) == 1
        claimed = self._write(lambda on: self._turn(on, settled, limit, types), single)
        self._count(-len(claimed))
        return claimed

    def _turn(self, on: sqlite3.Connection, settled: Settled, limit: int, types: Sequence[str]) -> list[Record]:
        now = time.time()
        for record, outcome in settled:
            self._settle(on, record, outcome, now)
        if not limit:
            return []
        worker = self._leases.claimant(on)
        rows = on.execute(sql.claim(len(types)), (worker, now, now, *types, limit)).fetchall()
        claimed = sorted(map(record_of, rows), key=lambda record: record.key)
        for record in claimed:
            record.worker = worker
        return list(claimed)

    def _settle(self, on: sqlite3.Connection, record: Record, outcome: Outcome, now: float) -> None:
        worker = record.worker if isinstance(record, Claimed) else None
        due = now + outcome.delay if outcome.counts else 0.0  # interrupted: it is due at once
        error = storable(outcome.error if outcome.counts else record.error)
        back = int(not outcome.counts and outcome.status is Status.PENDING)
        result = text_of(outcome.result)
        values = (outcome.status, outcome.status, back, error, result, due, now, record.key, worker)
        if on.execute(sql.SETTLE, values).rowcount == 0:
            log.warning(
                "%s is no longer ours: an outcome of it came late, and is dropped", id_of(record.key, self.node)
            )

    def _any_due(self, types: Sequence[str]) -> bool:
        values = (time.time(), *types)
        return self._read(lambda on: on.execute(sql.any_due(len(types)), values).fetchone()) is not None

    def tend(self, running: Sequence[Record]) -> list[Record]:
        """Renew the leases, take back the jobs of dead workers, forget what is no longer kept. See the protocol."""
        unwanted = self._write(lambda on: self._tend(on, running))
        until = time.monotonic() + FORGETTING
        while self._write(self._forget) and time.monotonic() < until:
            pass
        return unwanted

    def _tend(self, on: sqlite3.Connection, running: Sequence[Record]) -> list[Record]:
        self._leases.beat(on)
        keys = [record.key for record in running]
        unwanted = {key for (key,) in on.execute(sql.cancelling(len(keys)), keys)}
        ours = self._leases.worker
        return [record for record in running if record.key in unwanted or getattr(record, "worker", ours) != ours]

    def _forget(self, on: sqlite3.Connection) -> bool:
        """Forget a page of the jobs that are no longer kept. Return whether there may be more."""
        keep, count = self._retention, 0
        on.execute(sql.REMEMBER_LAST)
        for status, seconds in (("completed", keep.completed), ("cancelled", keep.completed), ("failed", keep.failed)):
            if seconds is not None:
                count += on.execute(sql.FORGET_OLD, (status, time.time() - seconds)).rowcount
            if keep.most is not None:
                count += on.execute(sql.FORGET_MANY, (status, status, keep.most)).rowcount
        return count >= sql.PAGE

    # -- ending, looking, forgetting ------------------------------------------------------------------

    def cancel(self, key: int) -> Job | None:
        """Cancel a pending job, or mark a running one. Return None if there is no such job."""

        def op(on: sqlite3.Connection) -> Job | None:
            on.execute(sql.CANCEL, (time.time(), key))
            return self._job(on, key)

        return self._write(op)

    def get(self, key: int) -> Job | None:
        """Return a job as it is now, or None."""
        job: Job | None = self._read(lambda on: self._job(on, key))
        return job

    def list_jobs(self, query: Query) -> list[Job]:
        """Return the jobs that match `query`, oldest first."""
        text, values = sql.listing(query)
        rows = self._read(lambda on: on.execute(text, values).fetchall())
        return [Job(record_of(row), self.node) for row in rows]

    def count(self) -> dict[Status, int]:
        """Return the number of jobs with each status."""
        counts = dict.fromkeys(Status, 0)
        for status, count in self._read(lambda on: on.execute(sql.COUNT).fetchall()):
            counts[Status(status)] = count
        return counts

    def delete(self, key: int) -> bool:
        """Forget a job. Return False if there is none. Raises ValueError if it is running."""

        def op(on: sqlite3.Connection) -> bool:
            job = self._job(on, key)
            if job is not None and job.status is Status.RUNNING:
                raise ValueError(f"{job.id} is running: cancel it, wait for its end, and delete it then")
            on.execute(sql.REMEMBER_LAST)
            return on.execute(sql.DELETE, (key,)).rowcount > 0

        return self._write(op)

    def backlog(self) -> int:
        """Return how many due jobs wait for a worker, as counted within the last `poll` seconds."""
        count, until = self._counted
        now = time.monotonic()
        if now >= until:
            (count,) = self._read(lambda on: on.execute(sql.BACKLOG, (time.time(),)).fetchone())
            after = time.monotonic()
            self._counted = (count, after + max(self.poll or 0.0, 10 * (after - now)))  # counting many jobs takes time
        return count

    def next_due(self) -> float | None:
        """Return the seconds until the next waiting job is due, or None."""
        now = time.time()
        (due,) = self._read(lambda on: on.execute(sql.NEXT_DUE, (now,)).fetchone())
        return None if due is None else max(0.0, due - now)

    def close(self) -> None:
        """Write what write-behind holds, and close the file. Running jobs stay running until their lease ends."""
        if self._closed:
            return
        if self._behind is not None:
            self._behind.close()
        self._write(self._leases.leave)
        self._closed = True
        with self._commits.lock:
            self._commits.connection.close()

    # -- inside ---------------------------------------------------------------------------------------

    def _count(self, more: int) -> None:
        """Adjust the last count by what this process did, because its producers wait for room that its workers make."""
        count, until = self._counted
        self._counted = (max(0, count + more), until)

    def _job(self, on: sqlite3.Connection, key: int) -> Job | None:
        row = on.execute(sql.GET, (key,)).fetchone()
        return None if row is None else Job(record_of(row), self.node)

    def _write(self, op: Op[T], single: bool = False) -> T:
        self._check_usable()
        if self._behind is None:
            with named(self.path):
                return self._commits.do(op, single)

        behind = self._behind

        def with_those_behind(on: sqlite3.Connection) -> T:
            behind.write(on)
            return op(on)

        with named(self.path), behind.lock:
            behind.begin()
            result = self._commits.do(with_those_behind)
            behind.written()
        return result

    def _read(self, op: Callable[[sqlite3.Connection], Any]) -> Any:
        if self._behind is not None and self._behind.records:
            return self._write(op)  # so that a reader sees what was accepted
        self._check_usable()
        with named(self.path):
            return self._commits.read(op)

    def _check_usable(self) -> None:
        if self._pid != os.getpid():
            raise StorageError(
                f"{self.path}: it was opened before a fork: each process must open its own SQLiteStorage"
            )
        if self._closed:
            raise StorageError(f"{self.path}: this storage was closed: open another")
