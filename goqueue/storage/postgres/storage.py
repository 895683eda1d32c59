"""Jobs in a PostgreSQL database: they outlive processes and machines, and workers on many machines share them.

    submit_job ──> INSERT, committed ──> bell ──> NOTIFY ──> listeners of other processes ──> a worker looks
    workers    ──> one transaction: the outcomes of the last jobs, and the claim of the next (FOR UPDATE SKIP LOCKED)
    each call  ──> a connection of its own, for as long as it takes: no lock of this process is held meanwhile

A change is there for everybody once its call has returned, and outlives what the server outlives: with PostgreSQL's
`synchronous_commit` on, as it is by default, also a power cut. The ends of attempts shorter than 50 ms share a commit,
a few milliseconds later; if the process is killed before, these jobs run again. A worker holds a lease on what it
claims (leases.py). If a connection is lost, calls that may be made twice are made again on another; a submission then
raises StorageInDoubt, unless it never left.
"""

import contextlib
import math
import os
import threading
import time
import weakref
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, TypeVar

from ...errors import StorageError, StorageInDoubt, StorageLocked
from ...job import Record
from ...limits import Limit
from ...retry import check_attempts, check_seconds
from ..attendance import Attendance
from ..copying import Contents, Kept
from ..last_count import LastCount
from ..opened import check_process, closed
from ..patience import Patience
from ..protocol import Added, Retention, Settled, check_retention
from ..sqlite.leases import Note, say
from . import copying, ending, upkeep
from . import statements as text
from .adding import Adding, joined
from .address import parted, shown
from .behind import Behind
from .connections import BUSY, Connections
from .errors import named
from .leases import Leases
from .listener import Listener, Tell
from .looking import HEAVY, Looking
from .rows import progress_of
from .schema import open_schema, quoted
from .session import Session
from .statements import Statements
from .work import Claim, Outcomes, Work, late_notes

T = TypeVar("T")

KEEP = Retention()
FORGETTING = 0.1  # seconds to spend in each maintenance
COPYING = 86_400.0  # seconds that a copy may take
HEARING = 5.0  # seconds between two looks of a worker that hears of new jobs anyway


class PostgresStorage(Looking):
    """Keeps jobs in the database at `dsn`. Any thread may call it. Each process opens its own, also after a fork.

    The tables are in a schema of their own, so a database may hold several queues; they are made if there are none,
    unless `create` is False. A call waits for one of `connections`. If a worker sends no heartbeat for `lease` seconds,
    and for half of that again, it is dead, and its jobs are pending again. A job whose worker died `max_lost` times
    fails. `prepare=False` is for a pooler that gives each transaction another connection. Raises StorageError, or a
    subclass, if the database cannot be used.
    """

    shared = True
    batch = 64
    keeps_progress = True
    limits_keys = True
    poll: float | None = 0.25

    def __init__(
        self,
        dsn: str,
        *,
        schema: str | None = None,
        connections: int = 8,
        lease: float = 20.0,
        max_lost: int = 5,
        retention: Retention = KEEP,
        prepare: bool = True,
        create: bool = True,
    ) -> None:
        lease, max_lost = check_seconds(lease, "lease", least=0.1), check_attempts(max_lost, "max_lost")
        if check_attempts(connections, "connections") < 2:
            raise ValueError(f"connections is {connections!r}: it must be 2 or more, so that nobody waits for himself")
        conninfo, self.schema = parted(dsn, schema)
        self._sql = Statements(quoted(self.schema))
        self.name = shown(conninfo, self.schema)
        self.maintain_every = min(2.5, lease / 4)
        self._retention = check_retention(retention)
        self._pid = os.getpid()
        self._closed = False
        self._own = threading.local()  # of a thread: .joined, the connection of a caller
        self._patience = Patience()
        self._connections = Connections(conninfo, self.name, connections, prepare)
        self._run(lambda on: None, again=True)  # whether there is a server is seen soon; a migration takes its time
        self.node: int = self._run(lambda on: open_schema(on, self.schema, self.name, create), True, HEAVY)
        self._adding = Adding(self._sql, self.node)
        self._leases = Leases(self._sql, self.node, lease, max_lost)
        self._work = Work(self._sql, self.node)
        self._channel = f"goqueue_{self.schema}"
        self._me = os.urandom(4).hex()
        self._listener = Listener(self._connections, self._channel, self._me)
        this = weakref.ref(self)  # so that its threads do not keep it alive
        self._behind = Behind(lambda: ending.flush(this), lambda seconds: ending.ring(this, seconds))
        self._turn = threading.RLock()  # held while outcomes are settled; below it only connections are waited for
        # The numbers of claims whose answers never came, and until when the server may still come to them.
        self._lost: dict[int, float] = {}
        self._doubtful: set[int] = set()  # keys that are settled, perhaps
        self._attendance = Attendance()
        self._awaited: Container[int] = ()
        self._forget_at = 0.0  # when to look again for what is no longer kept (time.monotonic)
        self._waiting = LastCount()  # the backlog
        self._forgotten = weakref.finalize(self, ending.drop, self._behind, self._listener, self._connections)
        self._forgotten.atexit = False  # at exit, this is done in the right order
        ending.remember(self)

    @property
    def look_every(self) -> float:
        """Seconds between two looks of a worker for new jobs: long, as long as this process hears of them."""
        hears = self._listener.hears and not self._work.gates.limits
        return HEARING if hears else 4 * (self.poll or 0.0)

    # -- submitting -----------------------------------------------------------------------------------

    def add(self, records: Sequence[Record], delay: float = 0.0, limit: int | None = None) -> bool:
        """Keep new jobs, all or none. Return False if, as last counted, `limit` or more due jobs wait already.

        Raises StorageInDoubt if the connection was lost on the way: then the jobs are kept, or are not.
        """
        if limit is not None and self.backlog() >= limit:
            return False
        self._submit(lambda on: self._adding.add(on, records, delay))
        self._added(len(records), delay)
        return True

    def add_unique(self, record: Record, delay: float, limit: int | None, replace: bool) -> Added:
        """Keep a new job, unless another has its key; see the protocol."""
        full = limit is not None and self.backlog() >= limit
        added: Added = self._submit(lambda on: self._adding.add_unique(on, record, delay, full, replace))
        if added.accepted:
            self._added(1, delay)
        return added

    @contextlib.contextmanager
    def within(self, connection: Any) -> Iterator[None]:
        """Let what this thread submits in the `with` block be part of the transaction on a caller's connection.

        It is there once that is committed, and never if it is rolled back. Raises TypeError or ValueError if the
        connection cannot be used for that.
        """
        self._own.joined = joined(connection)
        try:
            yield
        finally:
            self._own.joined = None

    def _submit(self, op: Callable[[Any], T]) -> T:
        theirs = getattr(self._own, "joined", None)
        if theirs is None:
            return self._run(op, again=False)
        self._check_usable()
        with named(self.name):
            result = op(theirs)
            theirs.execute("SELECT pg_notify(%s, '')", (self._channel,))  # heard when they commit
        return result

    def _added(self, count: int, delay: float) -> None:
        if not delay:
            self._waiting.add(count)
        if getattr(self._own, "joined", None) is None:
            self._behind.ring(delay)

    def renew(self, key: int, record: Record) -> bool:
        """Forget a job that has ended, and keep a new one, in one step; see the protocol."""
        done = self._run(lambda on: self._adding.renew(on, key, record), again=False)
        if done:
            self._added(1, 0.0)
        return done

    def pause(self, job_type: str, paused: bool) -> None:
        """Claim no more jobs of a type, or claim them again; see the protocol."""
        statement = self._sql(text.PAUSE if paused else text.RESUME)
        self._run(lambda on: on.execute(statement, (job_type,)), again=True)
        if not paused:
            self._behind.ring(0.0)

    def obey(self, limits: Mapping[str, Limit]) -> None:
        """Keep to these limits; see the protocol."""
        self._work.gates.limits = dict(limits)

    def advance(self, name: str, before: float | None, after: float, records: Sequence[Record]) -> bool:
        """Note a number in the place of another, and keep new jobs; see the protocol."""
        done = self._run(lambda on: self._adding.advance(on, name, before, after, records), again=False)
        if done and records:
            self._added(len(records), 0.0)
        return done

    # -- working --------------------------------------------------------------------------------------

    def settle_and_claim(self, settled: Settled, limit: int, types: Sequence[str]) -> list[Record]:
        """Settle attempts, then claim up to `limit` due jobs of `types`, by priority and age."""
        limit = limit if types else 0
        if self._behind.items or self._turn_taken():
            with self._taking_turns():
                behind = self._behind.take()
                try:
                    both = [*(pair for item in behind for pair in item.settled), *settled]
                    claimed, notes = self._settle_and_claim(both, limit, types)
                except BaseException:
                    self._behind.give_back(behind)
                    raise
                for item in behind:
                    item.told(item.settled)
        else:
            claimed, notes = self._settle_and_claim(settled, limit, types)
        say(notes)
        self._waiting.add(-len(claimed))
        return claimed

    def _turn_taken(self) -> bool:
        """Whether somebody settles what was behind: what comes now comes after it."""
        if self._turn.acquire(blocking=False):
            self._turn.release()
            return False
        return True

    @contextlib.contextmanager
    def _taking_turns(self) -> Iterator[None]:
        if not self._turn.acquire(timeout=2 * BUSY):
            raise StorageLocked(f"{self.name}: another thread has been settling for {2 * BUSY:g} s: try again")
        try:
            yield
        finally:
            self._turn.release()

    def _settle_and_claim(self, settled: Settled, limit: int, types: Sequence[str]) -> tuple[list[Record], list[Note]]:
        if not settled and not limit:
            return [], []
        claim, lost = None, list(self._lost)  # each is given back again and again, for a while
        if limit:
            worker = self._leases.worker or self._run(self._leases.claimant, again=True)
            claim = Claim(worker, int.from_bytes(os.urandom(7), "big"), limit, types)
        try:
            claimed, notes, late = self._run(lambda on: self._work.settle_and_claim(on, settled, claim, lost), False)
        except BaseException as err:
            if isinstance(err, StorageInDoubt) or not isinstance(err, StorageError):  # or an interrupt
                self._doubtful.update(record.key for record, _ in settled)
                if claim is not None:
                    self._lost[claim.number] = time.monotonic() + HEAVY
            raise
        for number in lost:
            if time.monotonic() > self._lost.get(number, math.inf):
                self._lost.pop(number, None)
        notes += late_notes([key for key in late if key not in self._doubtful], self.node)
        self._doubtful.difference_update(record.key for record, _ in settled)
        return claimed, notes

    def settle_soon(self, settled: Settled, told: Callable[[Settled], None], hurry: bool = False) -> None:
        """Settle attempts within a few milliseconds, without waiting for it; `told` is called once it is done.

        If the process is killed before, these jobs run again. `told` is called by whatever thread settles them, so it
        must take no lock that somebody holds while he calls this storage.
        """
        self._check_usable()
        self._behind.accept(Outcomes(settled, told), hurry)
        if self._behind.ended:
            self.flush()

    def flush(self) -> None:
        """Settle all that was to be settled soon. Raises StorageError if it cannot be; it is kept then."""
        self.settle_and_claim((), 0, ())

    def listen(self, tell: Tell) -> Callable[[], None]:
        """Call `tell` when another process has added a job; see the protocol."""
        return self._listener.listen(tell)

    def ring(self, seconds: float) -> None:
        """Tell other processes that a job is due in so many seconds."""
        values = (self._channel, f"{self._me} {seconds}")
        self._run(lambda on: on.execute(self._sql(text.RING), values), again=True)

    def attend(self) -> Callable[[], None]:
        """Note that the workers of one more queue claim jobs. Call what it returns when the last of them has ended."""
        return self._attendance.begin(self._leases.resign, self._leave)

    def _leave(self, worker: int) -> None:
        """Give up the lease: others take back what was not settled."""
        with contextlib.suppress(StorageError):  # it is closed, or away: then the lease ends by itself
            self._run(lambda on: self._leases.leave(on, worker), again=True)

    def leave(self) -> None:
        """Settle what was to be settled soon, and give up the lease, because Python exits."""
        self._behind.stop()
        self.flush()
        self._run(lambda on: self._leases.leave(on, self._leases.worker), again=True)

    def maintain(self, running: Sequence[Record]) -> list[Record]:
        """Renew the lease, take back the jobs of dead workers, forget what is no longer kept. See the protocol."""
        say(self._run(self._leases.beat, again=True))
        told = [record for record in running if record.progress is not None]
        if told:
            self._run(lambda on: on.execute(self._sql(text.REPORT), progress_of(told)), again=True)
        keys = [record.key for record in running]
        unwanted = {key for (key,) in self._ask(text.CANCELLING, (keys,))} if keys else set()
        ours = self._leases.worker
        now = time.monotonic()
        if now >= self._forget_at:
            self._forget_at = now + upkeep.EVERY
            while self._run(self._forget, again=True) and time.monotonic() < now + FORGETTING:
                self._forget_at = 0.0  # there is more, so go on at the next call
        return [record for record in running if record.key in unwanted or getattr(record, "worker", ours) != ours]

    def _forget(self, on: Session) -> bool:
        return upkeep.forget(on, self._sql, self._retention, self._awaited, self._work.gates.prune)

    def spare(self, awaited: Container[int]) -> None:
        """Forget no job whose key is in `awaited`, which is asked each time. It knows of those in this process only."""
        self._awaited = awaited

    def patience(self, seconds: float | None) -> AbstractContextManager[None]:
        """Let the calls of this thread in the `with` block take at most about `seconds`. They raise StorageLocked or
        StorageUnreachable then. None means as long as usual.
        """
        return self._patience.of(seconds)

    def export(self, take: Callable[[Contents, Iterable[Kept]], T]) -> T:
        """Call `take` with all there is at one moment; see storage/copying.py."""
        return self._run(lambda on: copying.export(on, self._sql, take), again=True, seconds=COPYING)

    def receive(self, contents: Contents, jobs: Iterable[Kept]) -> int:
        """Keep what another storage exports; see storage/copying.py."""
        return self._run(lambda on: copying.receive(on, self._sql, contents, jobs), again=False, seconds=COPYING)

    def close(self) -> None:
        """Settle what was to be settled soon, and close the connections. Running jobs stay running until their lease
        ends.
        """
        if self._closed:
            return
        try:
            self.leave()
        finally:
            self._closed = True
            self._forgotten.detach()
            self._listener.stop()
            self._connections.close()
            self._listener.join(BUSY)
            self._behind.join(BUSY)

    # -- inside ---------------------------------------------------------------------------------------

    def _run(self, op: Callable[[Session], T], again: bool, seconds: float = BUSY) -> T:
        self._check_usable()
        until = time.monotonic() + seconds
        own = self._patience.until
        return self._connections.run(op, until if own is None else min(own, until), again)

    def _check_usable(self) -> None:
        check_process(self._pid, self.name, "PostgresStorage")
        if self._closed:
            raise closed(self.name)
