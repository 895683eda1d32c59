"""Jobs in a SQLite file: they outlive the process, and several processes may share the file.

    durability       returns when                          what a kill -9 loses    what a power cut may lose
    each commit      the change is committed               nothing                 the last moments
    group commit     the change is on the disk;            nothing                 nothing
                     concurrent calls share a commit
    write-behind     the job is in memory; it is           up to `behind` seconds  that, and the last moments
                     committed within `behind` seconds     of submissions

    changes ──> writer (one connection, one thread at a time) ──> the file, its WAL ──> readers (which only read)

The ends of short attempts share a commit, a few milliseconds later (`settle_soon`): if the process is killed before, or
the power fails, these jobs run again. Write-behind delays only submissions, and any exit of Python but a kill writes
them. A job runs at least once, and not twice at the same time while its process lives and is not suspended for ten
minutes: a worker holds a lease on what it claims (leases.py), and an outcome counts only while the lease holds. Due
times are stored as times of day, because they must outlive the process: if the clock is set, waiting retries move with
it, and nothing else does.
"""

import contextlib
import os
import sqlite3
import time
import weakref
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import TypeVar

from ...errors import StorageError
from ...job import Job, Record, Status
from ...limits import Limit
from ...names import shown
from ...retry import check_attempts, check_seconds
from ..attendance import Attendance
from ..copying import Contents, Kept
from ..last_count import LastCount
from ..opened import check_process, closed
from ..patience import Patience
from ..protocol import Added, Query, Retention, Settled, check_retention
from ..steady import Steady
from . import bulk, copying, database, ending, gates, notes
from . import statements as sql
from .behind import Behind
from .database import absolute, connect, named
from .identity import Identity
from .keys import Keys
from .leases import Leases, say
from .reader import Reader
from .rows import readable, row_of
from .statements import Insertion, merge, write_rows
from .unique import UniqueInsertion, renew
from .upkeep import back_up, shrink
from .work import Outcomes, Work, tell_committed
from .writer import Op, Writer

T = TypeVar("T")

MODES = {"each commit": "NORMAL", "group commit": "FULL", "write-behind": "NORMAL"}
KEEP = Retention()
SOON = 0.01  # seconds, at most, until outcomes that nobody waits for are written
FORGETTING = 0.1  # seconds to spend in each maintenance: enough to keep up with new jobs, and leases are still renewed


class SQLiteStorage:
    """Keeps jobs in the file `path`. Any thread may call it. Each process opens its own, also after a fork.

    `durability` is one of the three above. If a worker sends no heartbeat for `lease` seconds, it is dead as soon as
    its process has ended, and its jobs are pending again. A job whose worker died `max_lost` times fails.
    Raises StorageError, or a subclass, if the file cannot be used.
    """

    shared = True
    batch = 64
    keeps_progress = True
    limits_keys = True
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
        if durability not in list(MODES):
            raise ValueError(f"durability is {shown(durability)}: it must be one of {', '.join(map(repr, MODES))}")
        lease = check_seconds(lease, "lease", least=0.1)
        behind, max_lost = check_seconds(behind, "behind"), check_attempts(max_lost, "max_lost")
        self.path = path = absolute(path)
        self.durability = durability
        self.maintain_every = min(1.0, lease / 4)
        self._retention = check_retention(retention)
        self._pid = os.getpid()
        self._closed = False
        self._delays = durability == "write-behind"
        self._hurries = False  # Python exits: nobody goes on before all is written
        connection = connect(path, MODES[durability])
        self.node: int = connection.execute(sql.NODE).fetchone()[0]
        self._leases = Leases(self.path, self.node, lease, max_lost)
        self._work = Work(self.node, self._leases)
        self._submitted = Behind(self.path, behind, write_rows)
        self._outcomes = Behind(self.path, SOON, self._work.settle_all, tell_committed, joins=False)
        self._writer = Writer(connection, self.path, (self._submitted, self._outcomes), merge)
        self._identity = Identity(self.path)
        self._reader = Reader(self.path)
        self._keys = Keys(self._writer, self.path)
        self._abandoned = bulk.Abandoned(self._leases.presence, lease)
        self._attendance = Attendance()
        self._patience = Patience()
        self._steady = Steady()
        self._awaited: Container[int] = ()
        self._added = False  # since the last claim, a job that is due was added here
        self._waiting = LastCount()  # the backlog
        self._forgotten = weakref.finalize(self, ending.drop, self._writer, self._leases)
        self._forgotten.atexit = False  # at exit, this is done in the right order
        ending.remember(self)

    # -- submitting -----------------------------------------------------------------------------------

    def add(self, records: Sequence[Record], delay: float = 0.0, limit: int | None = None) -> bool:
        """Keep new jobs, all or none. Return False if, as last counted, `limit` or more due jobs wait already."""
        self._check_usable()  # here too, because neither backlog() nor write-behind needs the file
        if limit is not None and self.backlog() >= limit:
            return False
        due = time.time() + delay if delay else None
        if len(records) > bulk.PART:
            bulk.Bulk(self._write, self._leases.presence, self.path).submit(records, due)
            self._keys.drop()
        elif self._delays:
            self._add_behind(records, due)
        else:
            if len(records) != 1 or not self._insert(records[0], due):
                self._write(Insertion(records, due), single=len(records) == 1)
        if not delay:
            self._note_due(len(records))
        return True

    def add_unique(self, record: Record, delay: float, limit: int | None, replace: bool) -> Added:
        """Keep a new job, unless another has its key; see the protocol. It is in the file when this returns."""
        full = limit is not None and self.backlog() >= limit
        insertion = UniqueInsertion(record, time.time() + delay if delay else None, full, replace)

        def op(on: sqlite3.Connection) -> Added:
            accepted, holder = insertion(on)
            return Added(accepted, None if holder is None else self._job(on, holder))

        added = self._write(op)
        if added.accepted:
            self._keys.drop()
            if not delay:
                self._note_due(1)
        return added

    def renew(self, key: int, record: Record) -> bool:
        """Forget a job that has ended, and keep a new one, in one step; see the protocol."""
        if not self._write(lambda on: renew(on, key, record)):
            return False
        self._keys.drop()
        self._note_due(1)
        return True

    def pause(self, job_type: str, paused: bool) -> None:
        """Claim no more jobs of a type, or claim them again; see the protocol."""
        self._write(lambda on: on.execute(gates.PAUSE if paused else gates.RESUME, (job_type,)), single=True)
        self._added = True

    def paused(self) -> list[str]:
        """Return the types that are paused."""
        return self._read(gates.paused)

    def obey(self, limits: Mapping[str, Limit]) -> None:
        """Keep to these limits; see the protocol."""
        self._work.gates.limits = dict(limits)

    def noted(self, name: str) -> float | None:
        """Return the number that was noted under a name, or None."""
        return self._read(lambda on: notes.noted(on, name))

    def advance(self, name: str, before: float | None, after: float, records: Sequence[Record]) -> bool:
        """Note a number in the place of another, and keep new jobs; see the protocol."""
        done = self._write(lambda on: notes.advance(on, name, before, after, records))
        if done and records:
            self._keys.drop()
            self._note_due(len(records))
        return done

    def _note_due(self, jobs: int) -> None:
        self._added = True
        self._waiting.add(jobs)

    def _insert(self, record: Record, due: float | None) -> bool:
        record.key = time.time_ns() >> 10
        with named(self.path):
            return self._writer.statement(sql.INSERT_AT, row_of(record, due)) == 1

    def _add_behind(self, records: Sequence[Record], due: float | None) -> None:
        if self._submitted.failure is not None:
            self.flush()  # raises again, or succeeds
        self._keys.assign(records)
        rows = [row_of(record, due) for record in records]  # before the first is kept, because this may raise
        self._submitted.accept(rows, self._writer)
        if self._hurries:
            self.flush()

    def flush(self) -> None:
        """Write all that was accepted. Raises StorageError if it cannot be written; it is kept then."""
        if self._submitted.items or self._outcomes.items:
            self._outcomes.hurry()
            self._write(lambda on: None)  # they go along, and are told how it went before we are
            with named(self.path):
                self._submitted.check()
                self._outcomes.check()

    def hurry(self) -> None:
        """Write all that was accepted, and accept nothing any more that is not written: Python exits."""
        self._hurries = True
        self._write(lambda on: self._leases.leave(on, self._leases.worker))
        self.flush()

    # -- working --------------------------------------------------------------------------------------

    def settle_and_claim(self, settled: Settled, limit: int, types: Sequence[str]) -> list[Record]:
        """Settle attempts, then claim up to `limit` due jobs of `types`, by priority and age."""
        limit = limit if types else 0
        if self._outcomes.failure is not None:
            self.flush()  # raises again, or succeeds
        behind = bool(self._outcomes.items)  # they are settled first
        if not settled and not behind and not (limit and (self._added or self._any_due(types))):
            return []
        if behind:
            self._outcomes.hurry()
        self._added = False  # before looking, so that a job which is added later is looked for
        single = not limit and len(settled) == 1
        claimed, notes = self._write(lambda on: self._work.settle_and_claim(on, settled, limit, types), single)
        say(notes)
        self._waiting.add(-len(claimed))
        return claimed

    def settle_soon(self, settled: Settled, told: Callable[[Settled], None], hurry: bool = False) -> None:
        """Settle attempts within `SOON` seconds, without waiting for it; `told` is called once it is done.

        If the process is killed before, these jobs run again. The writer's thread calls `told`, so it must take no
        lock that somebody holds while he calls this storage.
        """
        self._check_usable()
        if self._outcomes.failure is not None:
            self.flush()  # raises again, or succeeds
        self._outcomes.accept(Outcomes(settled, told, []), self._writer, hurry)
        if self._hurries:
            self.flush()

    def attend(self) -> Callable[[], None]:
        """Note that the workers of one more queue claim jobs. Call what it returns when the last of them has ended."""
        return self._attendance.begin(self._leases.resign, self._leave)

    def _leave(self, worker: int) -> None:
        """Give up the lease: others take back what was not settled."""
        self._leases.presence.leave(worker)
        with contextlib.suppress(StorageError):  # it is closed, or held: then others see that the lease has ended
            self._write(lambda on: self._leases.leave(on, worker))

    def _any_due(self, types: Sequence[str]) -> bool:
        now = time.time()

        def op(on: sqlite3.Connection) -> bool:
            return self._work.gates.admit(on, types, 1, now).any_due(on, now)

        return self._read(op)

    def maintain(self, running: Sequence[Record]) -> list[Record]:
        """Renew the leases, take back the jobs of dead workers, forget what is no longer kept. See the protocol."""
        unwanted, notes = self._write(lambda on: self._work.maintain(on, running))
        say(notes)
        until = time.monotonic() + FORGETTING
        for first in self._abandoned.find(self._read(lambda on: on.execute(bulk.STATES).fetchall())):
            while self._write(partial(bulk.go_on, first=first)) and time.monotonic() < until:
                pass
        while self._write(self._forget) and time.monotonic() < until:
            pass
        while self._write(shrink) and time.monotonic() < until:
            pass
        return unwanted

    # -- ending, looking, forgetting ------------------------------------------------------------------

    def cancel(self, key: int) -> Job | None:
        """Cancel a pending job, or mark a running one. Return None if there is no such job."""

        def op(on: sqlite3.Connection) -> Job | None:
            on.execute(sql.CANCEL, (time.time(), key))
            return self._job(on, key)

        return self._write(op)

    def get(self, key: int) -> Job | None:
        """Return a job as it is now, or None."""
        return self._read(lambda on: self._job(on, key))

    def get_many(self, keys: Sequence[int]) -> list[Job | None]:
        """Return several jobs as they are now, or None for each that is not there."""
        return self._read(lambda on: [self._job(on, key) for key in keys])

    def list_jobs(self, query: Query) -> list[Job]:
        """Return the jobs that match `query`, oldest first."""
        text, values = sql.listing(query)
        rows = self._read(lambda on: on.execute(text, values).fetchall())
        return [Job(readable(row), self.node) for row in rows]

    def count(self) -> dict[Status, int]:
        """Return the number of jobs with each status. A job whose status is damaged is failed, here as in `get`."""
        counts = dict.fromkeys(Status, 0)
        for status, number in self._read(lambda on: on.execute(sql.COUNT).fetchall()):
            counts[Status(status) if status in list(Status) else Status.FAILED] += number
        return counts

    def tally(self) -> dict[tuple[str, Status], int]:
        """Return the number of jobs with each type and status. It looks at each job, on a connection of its own."""
        counts: dict[tuple[str, Status], int] = {}
        for job_type, status, number in self._read(lambda on: on.execute(sql.TALLY).fetchall()):
            key = str(job_type), Status(status) if status in list(Status) else Status.FAILED
            counts[key] = counts.get(key, 0) + number
        return counts

    def oldest_due(self) -> float | None:
        """Return the seconds for which the oldest due job has waited, or None."""
        now = time.time()
        (due,) = self._read(lambda on: on.execute(sql.OLDEST_DUE, (now,)).fetchone())
        return None if due is None else max(0.0, now - due)

    def delete(self, key: int) -> bool:
        """Forget a job. Return False if there is none. Raises ValueError if it is running."""

        def op(on: sqlite3.Connection) -> bool:
            job = self._job(on, key)
            if job is not None and job.status is Status.RUNNING:
                raise ValueError(f"{job.id} is running: cancel it, wait for its end, and delete it then")
            if job is None:
                return False
            on.execute(sql.REMEMBER_LAST)
            return on.execute(sql.DELETE, (key,)).rowcount > 0

        return self._write(op)

    def backlog(self) -> int:
        """Return how many due jobs wait for a worker, as counted within the last `poll` seconds."""
        return self._waiting.now(self._count_backlog, self.poll or 0.0)

    def _count_backlog(self) -> int:
        (count,) = self._read(lambda on: on.execute(sql.BACKLOG, (time.time(),)).fetchone())
        return int(count)

    def next_due(self) -> float | None:
        """Return the seconds until the next waiting job is due, or None."""
        now = time.time()
        (due,) = self._read(lambda on: on.execute(sql.NEXT_DUE, (now,)).fetchone())
        return None if due is None else max(0.0, due - now)

    def backup(self, path: str | os.PathLike[str]) -> None:
        """Copy all jobs, as they are at one moment, into the file `path`, which a SQLiteStorage can open.

        Others may use the storage meanwhile. A copy of the file by other means misses what is in its log.
        """
        back_up(self._read, self.path, absolute(path))

    def export(self, take: Callable[[Contents, Iterable[Kept]], T]) -> T:
        """Call `take` with all there is at one moment; see storage/copying.py."""
        return self._read(lambda on: copying.export(on, take))

    def receive(self, contents: Contents, jobs: Iterable[Kept]) -> int:
        """Keep what another storage exports; see storage/copying.py."""
        return self._write(lambda on: copying.receive(on, contents, jobs))

    def close(self) -> None:
        """Write what write-behind holds, and close the file. Running jobs stay running until their lease ends."""
        if self._closed:
            return
        self._submitted.refuse()
        self._outcomes.refuse()
        self.flush()
        self._write(lambda on: self._leases.leave(on, self._leases.worker))
        self._closed = True
        self._forgotten.detach()
        self._reader.close()  # first: the last connection to be closed clears the WAL away, which only the writer can
        self._writer.stop()
        self._writer.thread.join()
        self._leases.presence.leave(self._leases.worker)

    def patience(self, seconds: float | None) -> AbstractContextManager[None]:
        """Let the calls of this thread in the `with` block wait for at most about `seconds` if another process holds
        the file. They raise StorageLocked then. None means as long as usual.
        """
        return self._patience.of(seconds)

    def attended(self) -> bool:
        """Whether a worker of any process has claimed jobs here, and has not ended as far as is known."""
        return self._read(lambda on: on.execute(sql.ATTENDED).fetchone()) is not None

    def spare(self, awaited: Container[int]) -> None:
        """Forget no job whose key is in `awaited`, which is asked each time."""
        self._awaited = awaited

    def knew(self, key: int) -> bool:
        """Whether a job with this key was accepted here, as far as its key says."""
        (last,) = self._read(lambda on: on.execute(sql.LAST).fetchone())
        return 0 < key <= int(last)

    # -- inside ---------------------------------------------------------------------------------------

    def _forget(self, on: sqlite3.Connection) -> bool:
        return sql.forget(on, self._retention, self._steady, self._awaited)

    def _job(self, on: sqlite3.Connection, key: int) -> Job | None:
        row = on.execute(sql.GET, (key,)).fetchone()
        return None if row is None else Job(readable(row), self.node)

    def _write(self, op: Op[T], single: bool = False) -> T:
        self._check_usable()
        with named(self.path):
            until = self._patience.until
            return self._writer.do(op, single, None if until is None else min(database.BUSY, until - time.monotonic()))

    def _read(self, op: Op[T]) -> T:
        self._check_usable()
        if self._submitted.items:
            self.flush()  # so that a reader sees what was accepted
        with named(self.path):
            return self._reader.read(op)

    def _check_usable(self) -> None:
        check_process(self._pid, self.path, "SQLiteStorage")
        if self._closed:
            raise closed(self.path)
        self._identity.check()
