"""Worker threads, and how they stop.

    enqueue ──> channel ──> worker-1 ─┐
                       ├──> worker-2 ─┼──> processor ──> handler
                       └──> worker-3 ─┘
    start(ctx): waits for ctx to end ── closes the channel ── joins every worker ── returns

A stop goes in this order. The end of `ctx` closes the channel, so no worker takes another job. Each worker finishes
the job that it runs. Then all are joined. Jobs that no worker took stay pending in the storage.
"""

import contextlib
import logging
import threading

from .channel import Channel
from .context import Context
from .job import Job
from .processor import Processor
from .registry import Registry
from .storage import JobStorage

log = logging.getLogger(__name__)


class Pool:
    """`worker_count` threads run jobs from a channel with room for `buffer_size`. Any thread may call it."""

    def __init__(self, worker_count: int, buffer_size: int, storage: JobStorage, registry: Registry) -> None:
        if not isinstance(worker_count, int):
            raise TypeError(f"workers is {worker_count!r}: it must be a whole number, such as 4")
        if worker_count < 1:
            raise ValueError(f"workers is {worker_count!r}: a pool must have one worker or more")
        self._worker_count = worker_count
        self._registry = registry
        self._processor = Processor(storage)
        self._channel: Channel[tuple[Context, Job]] = Channel(buffer_size)
        self._start_once = threading.Lock()  # taken by the first start, and never released

    def enqueue(self, ctx: Context, job: Job) -> None:
        """Give `job` to the workers, who own it from now on. Wait for room until `ctx` ends.

        Raises ContextDone if `ctx` ends first, RuntimeError if the pool has stopped. Then the job is still yours.
        """
        # The values of ctx travel with the job. Its end does not: the request that submitted the job ends soon.
        self._channel.put(ctx, (ctx.without_cancel(), job))

    def start(self, ctx: Context) -> None:
        """Run the workers until `ctx` ends, then stop them. Returns when every thread is joined.

        Raises RuntimeError if it was started before.
        """
        if not self._start_once.acquire(blocking=False):
            raise RuntimeError("this queue was started before: a queue runs once, so make a new one")
        with contextlib.ExitStack() as joins, ctx.with_cancel() as running:
            running.after_done(self._channel.close)
            for worker_id in range(1, self._worker_count + 1):
                worker = threading.Thread(target=self._worker, args=(running, worker_id), name=f"worker-{worker_id}")
                worker.start()
                joins.callback(worker.join)
            while not running.wait():
                pass  # a wait has a maximum, which is weeks on some systems

    def _worker(self, ctx: Context, worker_id: int) -> None:
        while (item := self._channel.get()) is not None:
            submitted, job = item
            try:
                self._process_job(ctx, submitted, job)
            except Exception:  # the storage failed, not the handler; other jobs may succeed
                log.exception("[WORKER-%d] The outcome of %s could not be stored", worker_id, job.id)

    def _process_job(self, ctx: Context, submitted: Context, job: Job) -> None:
        try:
            handler = self._registry.get_handler(job.type)
        except LookupError:
            return  # FAULT 1: this is not reported, and the job stays pending. Step 13 fixes it.
        with ctx.with_values_of(submitted) as handler_ctx:
            self._processor.process_job(handler_ctx, job, handler)
