"""Fault: a ThreadPoolExecutor replaces channel and workers. Its queue has no bound, so no producer waits."""

from concurrent.futures import Future, ThreadPoolExecutor

from ..step12_worker_pool import pool as right
from ..step12_worker_pool.context import Context
from ..step12_worker_pool.job import Job
from ..step12_worker_pool.registry import Registry
from ..step12_worker_pool.storage import JobStorage


class Pool(right.Pool):
    def __init__(self, worker_count: int, buffer_size: int, storage: JobStorage, registry: Registry) -> None:
        super().__init__(worker_count, buffer_size, storage, registry)
        self._executor = ThreadPoolExecutor(worker_count, thread_name_prefix="worker")
        self._started: Future[Context] = Future()

    def enqueue(self, ctx: Context, job: Job) -> None:
        ctx.raise_if_done()
        try:
            self._executor.submit(self._work, ctx.without_cancel(), job)
        except RuntimeError as err:
            raise RuntimeError("the queue has stopped and takes no more jobs") from err

    def start(self, ctx: Context) -> None:
        if not self._start_once.acquire(blocking=False):
            raise RuntimeError("this queue was started before")
        with ctx.with_cancel() as running:
            self._started.set_result(running)
            running.wait()
        self._executor.shutdown(cancel_futures=True)

    def _work(self, submitted: Context, job: Job) -> None:
        running = self._started.result()
        try:
            self._process_job(running, submitted, job)
        except Exception:
            right.log.exception("The outcome of %s could not be stored", job.id)
