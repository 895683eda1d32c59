"""Worker threads, and how they stop.

    enqueue ──> channel ──> worker-1 ─┐
                  ^    ├──> worker-2 ─┼──> processor ──> handler
                  │    └──> worker-3 ─┘
                  └─────── timer <── a failed job with an attempt left waits here for its backoff
    start(ctx): waits for ctx to end ── closes channel and timer ── joins every thread ── reports what is left

A stop goes in this order. The end of `ctx` closes the channel and the timer, so no worker takes another job. Each
worker finishes the job that it runs. Then all threads are joined. Now nothing changes any more, so the report can
name the jobs that are left: they are pending in the storage, with the attempts they had.
"""

import contextlib
import logging
import threading
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass

from .channel import Channel
from .context import Context
from .errors import HandlerNotFound
from .job import Job, Status
from .processor import Processor
from .registry import Registry
from .retry import RetryTimer, full_jitter
from .storage import JobStorage

log = logging.getLogger(__name__)

Backoff = Callable[[Job], float]


@dataclass(frozen=True)
class StopReport:
    """What a stop left undone: the ids of the jobs that are still pending."""

    pending: tuple[str, ...]


class Pool:
    """`worker_count` threads run jobs from a channel with room for `buffer_size`. Any thread may call it."""

    def __init__(
        self,
        worker_count: int,
        buffer_size: int,
        storage: JobStorage,
        registry: Registry,
        backoff: Backoff = full_jitter,
    ) -> None:
        if not isinstance(worker_count, int):
            raise TypeError(f"workers is {worker_count!r}: it must be a whole number, such as 4")
        if worker_count < 1:
            raise ValueError(f"workers is {worker_count!r}: a pool must have one worker or more")
        self._worker_count = worker_count
        self._storage = storage
        self._registry = registry
        self._backoff = backoff
        self._processor = Processor(storage)
        self._channel: Channel[tuple[Context, Job]] = Channel(buffer_size)
        self._timer = RetryTimer(self._channel.put_back)
        self._in_worker = threading.local()  # .here is set in the pool's own workers
        self._start_once = threading.Lock()  # taken by the first start, and never released

    def enqueue(self, ctx: Context, job: Job) -> None:
        """Give `job` to the workers, who own it from now on. Wait for room until `ctx` ends.

        A handler that calls this in a worker does not wait: if every worker waited, none would make room.

        Raises ContextDone if `ctx` ends first, RuntimeError if the pool has stopped. Then the job is still yours.
        """
        # The values of ctx travel with the job. Its end does not: the request that submitted the job ends soon.
        own_thread = hasattr(self._in_worker, "here")
        self._channel.put(ctx, (ctx.without_cancel(), job), wait=not own_thread)

    def start(self, ctx: Context) -> StopReport:
        """Run the workers until `ctx` ends, then stop them. Returns when every thread is joined.

        Raises RuntimeError if it was started before.
        """
        if not self._start_once.acquire(blocking=False):
            raise RuntimeError("this queue was started before: a queue runs once, so make a new one")
        with contextlib.ExitStack() as joins, ctx.with_cancel() as running:
            running.after_done(self._channel.close)
            running.after_done(self._timer.close)
            threads = [threading.Thread(target=self._timer.run, name="retry-timer")]
            for worker_id in range(1, self._worker_count + 1):
                name = f"worker-{worker_id}"
                threads.append(threading.Thread(target=self._worker, args=(running, worker_id), name=name))
            for thread in threads:
                thread.start()
                joins.callback(thread.join)
            while not running.wait():
                pass  # a wait has a maximum, which is weeks on some systems
        left = [*self._channel.drain(), *self._timer.drain()]
        return StopReport(pending=tuple(job.id for _, job in left))

    def _worker(self, ctx: Context, worker_id: int) -> None:
        self._in_worker.here = True
        while (item := self._channel.get()) is not None:
            submitted, job = item
            try:
                self._process_job(ctx, worker_id, submitted, job)
            except Exception:  # the storage failed, not the handler; other jobs may succeed
                log.exception("[WORKER-%d] The outcome of %s could not be stored", worker_id, job.id)

    def _process_job(self, ctx: Context, worker_id: int, submitted: Context, job: Job) -> None:
        try:
            handler = self._registry.get_handler(job.type)
        except HandlerNotFound as err:
            log.error("[WORKER-%d] Job %s failed: %s", worker_id, job.id, err)
            job.mark_rejected(err)
            self._storage.update_job(ctx.without_cancel(), job)
            return
        if not ctx.done:
            attempt, attempts = job.attempts + 1, max(job.max_retry, 1)
            log.info("[WORKER-%d] Processing job %s (attempt %d/%d)", worker_id, job.id, attempt, attempts)
            with ctx.with_values_of(submitted) as handler_ctx:
                self._processor.process_job(handler_ctx, job, handler)
        if job.status is Status.PENDING:  # failed; or the queue stops, and the timer keeps it for the report
            self._timer.park((submitted, job), 0.0 if ctx.done else self._seconds_until_retry(job))

    def _seconds_until_retry(self, job: Job) -> float:
        try:
            seconds = float(self._backoff(deepcopy(job)))
            if seconds >= 0:
                return seconds
            raise ValueError(f"the backoff of {job.id} is {seconds!r}: it must be a number of seconds, 0 or more")
        except BaseException:  # a faulty policy must cost neither the job its next attempt nor the pool its worker
            log.exception("The backoff of %s could not be told; the standard one is used", job.id)
            return full_jitter(job)
