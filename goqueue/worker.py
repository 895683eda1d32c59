"""One worker: a thread that settles the job it has run, claims the next one in the same turn, and runs it.

turn ──> run_attempt ──> turn ──> … no job ──> enters `idle`, looks once more, sleeps at its gate
                                                    ^ a thread that adds a job finds it there, and unlocks the gate
"""

import threading
import time
from typing import TYPE_CHECKING, Any

from .ahead import next_limit
from .job import COMPLETED, DONE, Options, Outcome, Record, id_of
from .job_context import JobContext
from .log import log
from .payload import freeze, thaw
from .processor import CANCEL, RETURNED, rejected, run_attempt
from .registry import Registration
from .storage import Settled

if TYPE_CHECKING:
    from .pool import Pool

NO_OPTIONS = Options()


class Worker:
    """A thread and its state. Only its own thread writes here, except `replaced`; others read without a lock."""

    def __init__(self, pool: "Pool", name: str) -> None:
        self._pool = pool
        self._limit = 1  # how many jobs to claim next
        self._begun = 0.0  # the time of the last claim (time.monotonic)
        self.gate = threading.Lock()  # locked while the worker works or sleeps; unlocking it wakes the worker
        self.gate.acquire()
        self.now: tuple[Record, JobContext] | None = None  # what it runs, replaced as one value
        self.replaced = False  # its handler overran its timeout, and a new worker was started
        self.completed = 0
        self.handed_back: list[int] = []
        self.thread = threading.Thread(target=self.run, name=name, daemon=True)

    def run(self) -> None:
        """Run jobs until the pool stops: the body of the thread."""
        self._pool.enter()
        settled: Settled = ()
        while (record := self._next(settled)) is not None:
            settled = ((record, self._attempt(record)),)
            if self.replaced:
                self._pool.turn(settled, 0)
                break

    def _next(self, settled: Settled) -> Record | None:
        """Settle what is done, sleep until there is a job, and return it. None means that the pool stops."""
        pool = self._pool
        limit = 0 if pool.stopping or pool.ahead.records else self._limit
        claimed = pool.turn(settled, limit) or (pool.ahead.take() if limit == 0 and not pool.stopping else [])
        if not claimed:
            claimed = self._sleep()
            if not claimed:
                return None
        if pool.batch > 1:
            self._share_out(claimed)
        elif pool.idle and pool.storage.backlog():
            pool.wake()
        if pool.producers:
            pool.make_room()
        return claimed[0]

    def _sleep(self) -> list[Record]:
        """Sleep until a job is claimed. Return [] if the pool stops."""
        pool = self._pool
        while True:
            with pool.lock:
                if pool.stopping:
                    return []
                pool.idle.append(self)  # before looking, so that a thread that adds a job later sees it
                claimed = pool.ahead.take() or pool.look(self._limit)
                if claimed:
                    pool.idle.remove(self)
                    return claimed
            if pool.producers:  # all the jobs it looked at may have been cancelled
                pool.make_room()
            self.gate.acquire()  # the thread that unlocks it has removed us from `idle`

    def _share_out(self, claimed: list[Record]) -> None:
        """Keep one job for this worker, and leave the others to the next free workers."""
        now = time.monotonic()
        self._limit = next_limit(self._limit, now - self._begun, self._pool.batch)
        self._begun = now
        if len(claimed) > 1:
            self._pool.ahead.put(claimed[1:])
            self._pool.wake(len(claimed) - 1)

    def _attempt(self, record: Record) -> Outcome:
        pool = self._pool
        registration = pool.registry.find(record.type)
        if registration is None:
            return rejected(record)
        deadline, values = None, pool.running._values
        if record.options is not None or registration.timeout is not None:
            deadline, values = self._bounds(record.options or NO_OPTIONS, registration, values)
        ctx = JobContext.of_attempt(pool.running, record, pool.storage.node, deadline, values)
        self.now = (record, ctx)
        if record.cancelling:  # after the line above, because cancel marks the record first and looks here second
            ctx.cancel(CANCEL)
        if pool.says_attempts:
            self._say("Processing job %s (attempt %d/%d)", record, record.attempts, max(record.max_retry, 1))
        outcome = run_attempt(ctx, record, registration)
        self.now = None
        ctx.close(RETURNED, RETURNED)  # tells threads that the handler has left behind
        if outcome is DONE or outcome.status is COMPLETED:
            self.completed += 1
        elif not outcome.counts:
            self.handed_back.append(record.key)
        if outcome.error and pool.says_attempts:
            self._say("Job %s: %s; %s", record, outcome.error, outcome.status)
        return outcome

    def _say(self, what: str, record: Record, *more: object) -> None:
        job_id = id_of(record.key, self._pool.storage.node)
        log().info(f"[%s] {what}", self.thread.name.upper(), job_id, *more)

    def _bounds(
        self, options: Options, registration: Registration, values: dict[str, Any]
    ) -> tuple[float | None, dict[str, Any]]:
        """Return the moment at which an attempt must end (time.monotonic), and the values of its context."""
        now, seconds = time.monotonic(), options.timeout
        if seconds is None:
            seconds = registration.timeout
        if options.deadline is not None:
            left = options.deadline - time.time()
            seconds = left if seconds is None else min(left, seconds)
        if options.values is not None:
            values = {**values, **thaw(freeze(options.values))}  # a copy, because other attempts and jobs share them
        return None if seconds is None else now + seconds, values
