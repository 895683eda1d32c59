"""A queue without threads: each job runs when it is submitted, before submit_job returns.

    submit_job ──> storage ──> this thread runs all that is due, and jumps to what is due next ──> returns

It obeys the same rules, since it is made of the same parts: payloads and results are JSON, a handler's error is stored
and not raised, a retry happens as often as its policy says, and each job is an attempt of the same worker. Only two
things are its own: nobody else runs meanwhile, and nobody waits for a delay or a backoff; the queue's clock jumps over
it. A job that a handler submits runs after the handler, or inside of its `wait`.

What it cannot show: two jobs at once, a full buffer, a cancel or a stop from outside while a job waits or runs. For
these use `virtual_time`, on a real Queue. A handler that sleeps, sleeps; a timeout counts real seconds, a deadline
also those that were jumped over; `created_at` and `updated_at` are real.
"""

import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from ..context import Context
from ..job import Job, Options, Record, Status
from ..pool import StopReport
from ..queue import Queue
from ..registry import Registry
from ..storage import MemoryStorage
from ..waiting import Waiter
from ..worker import Worker


class JumpingStorage(MemoryStorage):
    """In memory, on a clock that stands still but for its jumps: so each wait is exact, however slow the machine."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[float] = []  # seconds, one for each jump
        self._ahead = 0.0  # seconds

    def _monotonic(self) -> float:
        return self._ahead

    def jump(self, seconds: float) -> None:
        """Put the clock forward. All deadlines come nearer, since they are on the real clock, which cannot jump."""
        self.waits.append(seconds)
        self._ahead += seconds
        with self._lock:
            for record in self._records.values():
                was = record.options
                if was is not None and was.deadline is not None:  # a new one: many jobs may share the old one
                    record.options = Options(
                        timeout=was.timeout, deadline=was.deadline - seconds, retry=was.retry, values=was.values
                    )


class InlineQueue(Queue):
    """A Queue that runs its jobs in the thread that submits them, each before submit_job returns. For one thread.

    The job that submit_job returns is pending, as from any queue: ask for it again to see what has become of it.

    >>> queue = InlineQueue()
    >>> @queue.handler("webhook")
    ... def send(ctx, payload):
    ...     return {"sent": payload["order"]}
    >>> job = queue.submit_job(Context(), "webhook", {"order": 17})
    >>> queue.get_job(Context(), job).result
    {'sent': 17}
    >>> job = queue.submit_job(Context(), "webhook", {"number": 17})
    >>> [job.error for job in queue.failed()]
    ["KeyError: 'order'"]
    """

    def __init__(self, *, registry: Registry | None = None) -> None:
        self._jumping = JumpingStorage()
        super().__init__(workers=1, buffer_size=None, storage=self._jumping, registry=registry)
        self._busy = False  # a job runs, so what is submitted comes from a handler

    @property
    def waits(self) -> list[float]:
        """The seconds that this queue has jumped over, of delays and backoffs: one number for each jump, in order."""
        return list(self._jumping.waits)

    @property
    def skipped(self) -> float:
        """The seconds that this queue has jumped over in all."""
        return sum(self._jumping.waits)

    def failed(self) -> list[Job]:
        """Return the jobs that failed for good, the first a thousand of them: each says why in `error`."""
        return self.list_jobs(Context(), status=Status.FAILED, limit=1000)

    def start(self, ctx: Context, *, grace: float = 10.0) -> StopReport:
        """Stop, and report, at once: what was submitted has run."""
        return self.stop(grace=grace)

    def run(self, *, grace: float = 10.0) -> StopReport:
        """Stop, and report, at once: what was submitted has run."""
        return self.stop(grace=grace)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, err: BaseException | None, tb: TracebackType | None) -> None:
        self.stop()

    def _add(self, ctx: Context, records: Sequence[Record], delay: float) -> None:
        super()._add(ctx, records, delay)
        if not self._busy:  # else a handler submits: its job runs after it, as in a queue with one worker
            self._busy = True
            try:
                while self._run_next():
                    pass
            finally:
                self._busy = False

    def _sleep(self, ctx: Context, waiter: Waiter, key: int, stopped: bool) -> None:
        """Run a job in place of waiting for it; raise if there is none, since then nobody could ever end the wait."""
        ctx.raise_if_done()
        if stopped:
            super()._sleep(ctx, waiter, key, stopped)  # raises QueueStopped
        elif not self._run_next():
            raise RuntimeError(
                f"{self._id(key)} is running, and this handler was called by it: it cannot end while it is waited for, "
                "so let the handler return, and look at the job from outside"
            )

    def _run_next(self) -> bool:
        """Run the job that is due next, jumping to it if need be; False if none is left, or the queue has stopped."""
        pool = self.pool
        while not pool.stopping:
            claimed = pool.turn((), 1)
            if claimed:
                pool.turn([(record, self._worker()._attempt(record)) for record in claimed], 0)
                return True
            seconds = self._jumping.next_due()
            if seconds is None:
                break
            self._jumping.jump(seconds)
        return False

    def _worker(self) -> Worker:
        """Return a worker that runs nothing: the first one, unless a handler waits for another job."""
        workers = self.pool.workers  # so that the pool finds it, to cancel what it runs, or to count what it has run
        for worker in workers:
            if worker.now is None:
                return worker
        worker = Worker(self.pool, f"inline-{len(workers) + 1}")
        worker.thread = threading.current_thread()  # the one that does its work
        workers.append(worker)
        return worker
