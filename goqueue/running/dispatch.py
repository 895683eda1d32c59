"""Claims jobs and settles attempts, for all workers of a pool, and tells who waits for the outcome.

    worker ── settle_and_claim ──> storage ──> callers that wait for the job
                                     └──────> maintenance, if a retry is due later

A storage that fails is asked again until it works, because a full disk must not lose an outcome.
"""

import time
from collections import deque

from ..errors import StorageInDoubt, StorageUnreachable
from ..failure import describe
from ..job import FINAL, HANDED_BACK, PENDING, Job, Outcome, Record, id_of
from ..log import ERROR, tell
from ..registry import Registry
from ..storage import Settled, Storage
from .floor import Floor
from .follow_ups import FollowUps, keeping
from .prefetch import Prefetched
from .waiting import Waiting

LISTEN = 1.0  # seconds that a handler has to stop after its context ended
BRIEF = 0.05  # seconds: the outcome of an attempt that took longer is waited for, because to run it again costs more
UNKNOWN = 1.0  # seconds that a job may take whose type has not run here yet
SHORT, LONG = 0.05, 2.0  # seconds between two calls of a storage that fails: the first pause, and the longest


class Dispatch:
    """The storage as workers use it. Any thread of the pool may call it. The storage is called under no lock of it."""

    def __init__(
        self, storage: Storage, registry: Registry, floor: Floor, waiting: Waiting, buffer_size: int | None
    ) -> None:
        self.storage = storage
        self.registry = registry
        self.floor = floor
        self.waiting = waiting
        self.prefetched = Prefetched()
        self.follow_ups = FollowUps(storage, registry, floor)
        self.unsettled: dict[int, tuple[Record, Outcome]] = {}  # by key: outcomes that are settled soon
        self._took: dict[str, float] = {}  # seconds of the last attempt of each type; read and written without a lock
        self._soon = getattr(storage, "settle_soon", None)  # a storage need not be able to
        self.handed_back: deque[int] = deque()  # keys of jobs that a stop has made pending again
        self._failure = ""  # what the storage failed with last, until it works; read and written without a lock
        self._away = False  # whether that was its server, which may fail in several ways while it is away
        self._half = 0 if buffer_size is None else buffer_size // 2

    def settle_and_claim(self, settled: Settled, limit: int) -> list[Record] | None:
        """Settle attempts, claim up to `limit` jobs, and tell who waits for what was settled.

        Return None if the storage fails and the pool stops. Then nothing is settled: the jobs are considered lost when
        the lease ends, and run again.
        """
        claimed: list[Record] | None
        try:
            claimed = self.storage.settle_and_claim(settled, limit, self.registry.types)
        except Exception as err:
            claimed = self._insist(settled, limit, err)
        if claimed and self.registry.limits:
            self._note_limited(claimed)
        if settled and claimed is not None:
            if self._failure:
                self._failure = ""
            self._tell(settled)
        return claimed

    def settle_soon(self, settled: Settled, seconds: float) -> bool:
        """Settle an attempt that took so long together with others, and do not wait for it.

        Return False if it must be waited for: the storage does not offer this, the pool stops, or it would be a pity to
        lose.
        """
        record, outcome = settled[0]
        if self._soon is None or seconds > BRIEF or not outcome.counts or self.floor.stopping:
            return False
        self.unsettled[record.key] = (record, outcome)
        try:
            self._soon(settled, self._told_soon, record.key in self.waiting.by_key)
        except Exception:
            del self.unsettled[record.key]
            return False
        return True

    def note_seconds(self, record: Record, seconds: float) -> None:
        """Note how long an attempt took. One that takes longer than the last counts only in part: it may be chance."""
        self._took[record.type] = min(seconds, 2.0 * self._took.get(record.type, seconds))

    def seconds_of(self, records: list[Record]) -> float:
        """Return how long these jobs will take, as far as one can tell: as long as the last of their types."""
        took = self._took
        return sum(took.get(record.type, UNKNOWN) for record in records)

    def _told_soon(self, settled: Settled) -> None:
        for record, _ in settled:
            self.unsettled.pop(record.key, None)
        self._tell(settled)

    def settle_rest(self) -> None:
        """Wait until all that was to be settled soon is settled."""
        if self.unsettled:
            self.settle_and_claim((), 0)

    def _insist(self, settled: Settled, limit: int, err: Exception) -> list[Record] | None:
        """Ask a storage that fails again, until it works. Return None if it does not, and the pool stops."""
        pause, until, floor = SHORT, None, self.floor
        while until is None or time.monotonic() < until:
            self.say_failed(err)
            if floor.stop_begins.wait(pause):
                until = until or time.monotonic() + LISTEN
                pause = min(pause, LISTEN / 4)
                time.sleep(pause)
            pause = min(2 * pause, LONG)
            try:
                return self.storage.settle_and_claim(settled, limit, self.registry.types)
            except Exception as again:
                err = again
        return None

    def look(self, limit: int) -> list[Record]:
        """Claim jobs, or return [] if the storage fails. A worker calls this before it sleeps."""
        try:
            claimed = self.storage.settle_and_claim((), limit, self.registry.types)
        except Exception as err:
            self.say_failed(err)
            self.floor.due_in(LISTEN)
            return []
        if claimed:
            self.note_that_it_works()
            if self.registry.limits:
                self._note_limited(claimed)
        return claimed

    @property
    def failure(self) -> str:
        """What the storage failed with last, until it works; "" if it works."""
        return self._failure

    def _note_limited(self, claimed: list[Record]) -> None:
        """Have maintenance look when the next job of a type may begin that has a limit by the second."""
        for record in claimed:
            limit = self.registry.limits.get(record.type)
            for rate in () if limit is None else (limit.per_second, limit.each_per_second):
                if rate is not None:
                    self.floor.due_in(1.0 / rate)

    def note_that_it_works(self) -> None:
        """Note that the storage has just made a change, so that its next failure is said again."""
        if self._failure:
            self._failure = ""

    def say_failed(self, err: Exception) -> None:
        """Say that the storage has failed, once for each failure: it may be asked many times until it works again."""
        failure, away = describe(err), isinstance(err, StorageUnreachable | StorageInDoubt)
        if failure != self._failure and not (away and self._away and self._failure):
            self._failure, self._away = failure, away
            tell(ERROR, "The storage failed; it is asked again until it works", error=err)

    def make_room(self) -> None:
        """Wake producers once half the buffer is free, because waking them for each place would be expensive."""
        if self.storage.backlog() <= self._half:
            self.floor.wake_producers()

    def hand_back_prefetched(self) -> None:
        """Make jobs that were claimed and not begun pending again."""
        records = self.prefetched.drain()
        if records:
            self.settle_and_claim([(record, keeping(HANDED_BACK, record.result)) for record in records], 0)

    def _tell(self, settled: Settled) -> None:
        by_key = self.waiting.by_key
        for record, outcome in settled:
            if outcome.delay:
                self.floor.due_in(outcome.delay)
            if not outcome.counts:
                self._note_handed_back(record)
            if by_key and record.key in by_key:
                self._tell_waiters(record)

    def _tell_waiters(self, record: Record) -> None:
        """Hand the job as it is now to callers that wait for it. A caller that is handed None looks for itself."""
        if not self.storage.shared and record.status in FINAL:  # it never changes again, even if it is forgotten
            self.waiting.ended(record.key, Job(record, self.storage.node))
            return
        try:
            job = self.storage.get(record.key)
        except Exception:
            job = None
        if job is None or job.final:
            self.waiting.ended(record.key, job)

    def _note_handed_back(self, record: Record) -> None:
        """Note a job that a stop has made pending, unless it was cancelled at the same time."""
        if not self.floor.stopping:
            return
        try:
            job = self.storage.get(record.key)
        except Exception as err:
            job_id = id_of(record.key, self.storage.node)
            tell(ERROR, "The storage failed; %s is reported as handed back", job_id, error=err)
            job = None
        if job is None or job.status is PENDING:
            self.handed_back.append(record.key)
