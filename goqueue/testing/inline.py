"""A queue without threads: each job runs when it is submitted, before submit_job returns.

    submit_job ──> storage ──> this thread runs all that is due, and jumps to what is due next ──> returns

It follows the same rules, because it is made of the same parts: payloads and results are JSON, a handler's error is
stored and not raised, retries follow the policy, and the same worker code runs each attempt. Only two things differ:
nothing else runs at the same time, and there is no wait for a delay or a backoff, because the queue's clock jumps over
it. A job that a handler submits runs after that handler, or inside its `wait`.

It cannot show two jobs at once, a full buffer, or a cancel or stop from outside while a job waits or runs. For these,
use `virtual_time` with a real Queue. A handler that sleeps really sleeps. A timeout counts real seconds; a deadline
also counts the seconds that were jumped over; `created_at` and `updated_at` are real.
"""

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from types import EllipsisType, TracebackType
from typing import Any, Self

from ..context import Context
from ..job import Job, Record, Status
from ..queue import Queue
from ..registry import Registry
from ..running.lookup import Lookup
from ..running.pool import StopReport
from ..running.submission import Keep, Submission
from ..running.waiting import Waiter
from ..running.waits import Waits
from ..running.worker import Worker
from ..storage import MemoryStorage


class JumpingStorage(MemoryStorage):
    """A storage in memory whose clock moves only in jumps, so each wait is exact, however slow the machine is."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[float] = []  # seconds, one for each jump
        self._ahead = 0.0  # seconds

    def _monotonic(self) -> float:
        return self._ahead

    def jump(self, seconds: float) -> None:
        """Move the clock forward. Deadlines are on the real clock, which cannot jump, so they move closer."""
        self.waits.append(seconds)
        self._ahead += seconds
        with self._lock:
            for record in self._records.values():
                was = record.options
                if (
                    was is not None and was.deadline is not None
                ):  # new options, because many jobs may share the old ones
                    record.options = was.but(deadline=was.deadline - seconds)


class InlineSubmission(Submission):
    """Runs what is submitted, before it returns."""

    def __init__(self, queue: Queue, run_next: Callable[[], bool]) -> None:
        super().__init__(queue.pool, queue._calls, None)
        self._run_next = run_next
        self._busy = False  # a job is running, so submissions come from its handler

    def add(self, ctx: Context, records: Sequence[Record], delay: float, keep: Keep | None = None) -> None:
        """Add jobs, and run all that there are."""
        super().add(ctx, records, delay, keep)
        if not self._busy:  # otherwise a handler submits, and its job runs afterwards, as with one worker
            self._busy = True
            try:
                while self._run_next():
                    pass
            finally:
                self._busy = False


class InlineQueue(Queue):
    """A Queue that runs each job in the submitting thread, before submit_job returns. For use by one thread.

    submit_job returns the job as pending, like any queue: call get_job to see the result.

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
        self._waits = InlineWaits(self, self._run_next)
        self._submission = InlineSubmission(self, self._run_next)

    @property
    def waits(self) -> list[float]:
        """The delays and backoffs that this queue has jumped over, in seconds, in order."""
        return list(self._jumping.waits)

    @property
    def skipped(self) -> float:
        """The total of the seconds that this queue has jumped over."""
        return sum(self._jumping.waits)

    def failed(self) -> list[Job]:
        """Return the failed jobs, the first thousand of them. Each says why in `error`."""
        return self.list_jobs(Context(), status=Status.FAILED, limit=1000)

    def start(self, ctx: Context, *, grace: float | EllipsisType = ...) -> StopReport:
        """Stop at once and return the report, because every submitted job has run."""
        return self.stop(grace=grace)

    def run(self, *, grace: float | EllipsisType = ...) -> StopReport:
        """Stop at once and return the report, because every submitted job has run."""
        return self.stop(grace=grace)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, err: BaseException | None, tb: TracebackType | None) -> None:
        self.stop()

    def _within(self, connection: Any) -> AbstractContextManager[None]:
        return nullcontext()  # a test of what comes of a job need not have the database

    def _run_next(self) -> bool:
        """Run the next due job, after a jump if necessary. Return False if none is left or the queue has stopped."""
        while not self.pool.floor.stopping:
            claimed = self.pool.dispatch.settle_and_claim((), 1)
            if claimed:
                self._worker().run_job(claimed[0])
                return True
            seconds = self._jumping.next_due()
            if seconds is None:
                break
            self._jumping.jump(seconds)
        return False

    def _worker(self) -> Worker:
        """Return an idle worker: the first one, unless its handler waits for another job."""
        pool, workers = (
            self.pool,
            self.pool.crew.workers,
        )  # listed there, so that the pool can cancel and count its jobs
        for worker in workers:
            if worker.now is None:
                return worker
        worker = Worker(pool.floor, pool.dispatch, pool.attempts, f"inline-{len(workers) + 1}")
        worker.thread = threading.current_thread()  # the thread that does its work
        workers.append(worker)
        return worker


class InlineWaits(Waits):
    """Runs a job instead of waiting."""

    def __init__(self, queue: Queue, run_next: Callable[[], bool]) -> None:
        super().__init__(queue.pool, Lookup(queue.storage))
        self._run_next = run_next

    def _sleep(self, ctx: Context, waiter: Waiter, key: int, stopped: bool) -> None:
        """Run a job. Raise if there is none, because then nothing could end the wait."""
        ctx.raise_if_done()
        if stopped:
            super()._sleep(ctx, waiter, key, stopped)  # raises QueueStopped
        elif not self._run_next():
            raise RuntimeError(
                f"{self._lookup.id(key)} is running, and this handler was called by it: it cannot end while it is "
                "waited for, so let the handler return, and look at the job from outside"
            )
