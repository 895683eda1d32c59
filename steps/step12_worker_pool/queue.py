"""The queue: what a program uses.

    submit_job ──> storage (pending) ──> channel          and the caller goes on
                                            └──> workers ──> handler ──> storage (completed, failed, or pending)

The caller gets a copy of the job as it was then. get_job returns a copy of the job as it is now.
"""

import threading
from copy import deepcopy
from typing import Any

from .context import Context
from .job import Job
from .pool import Pool
from .registry import Handler, Registry
from .storage import JobStorage, MemoryStorage


class Queue:
    """Runs jobs in `workers` threads; up to `buffer_size` jobs may wait for one. Any thread may call it.

    Its job ids start at job-1, so each queue needs its own storage.

    >>> queue = Queue(workers=2)
    >>> queue.submit_job(Context(), "webhook", {"order": 17}).status  # nothing runs before start()
    <Status.PENDING: 'pending'>
    """

    def __init__(
        self,
        *,
        workers: int = 4,
        buffer_size: int = 64,
        storage: JobStorage | None = None,
        registry: Registry | None = None,
    ) -> None:
        self.storage: JobStorage = MemoryStorage() if storage is None else storage
        self.registry = Registry() if registry is None else registry
        self.pool = Pool(workers, buffer_size, self.storage, self.registry)
        self._lock = threading.Lock()  # guards self._submitted; no other lock is taken while it is held
        self._submitted = 0

    def register_handler(self, job_type: str, handler: Handler) -> None:
        """Register `handler` for the jobs of `job_type`."""
        self.registry.register_handler(job_type, handler)

    def start(self, ctx: Context) -> None:
        """Run jobs until `ctx` ends; return when the running ones are finished and every thread is joined."""
        self.pool.start(ctx)

    def submit_job(self, ctx: Context, job_type: str, payload: dict[str, Any], max_retry: int = 1) -> Job:
        """Give a job to the workers and return a copy of it, pending. Waits while the buffer is full.

        `ctx` limits the submission, not the job: the handler gets its values, and does not end with it.
        Raises ContextDone if `ctx` ends first, RuntimeError if the queue has stopped; then no job is kept.
        """
        job = Job(self._next_id(), job_type, deepcopy(payload), max_retry)
        self.storage.save_job(ctx, job)
        copy = deepcopy(job)  # before enqueue: afterwards the job belongs to a worker
        try:
            self.pool.enqueue(ctx, job)
        except BaseException:  # it was not accepted, so it must leave no trace
            self.storage.delete_job(ctx.without_cancel(), job.id)
            raise
        return copy

    def get_job(self, ctx: Context, job_id: str) -> Job:
        """Return a copy of the job with this id. Raises LookupError if there is none."""
        return self.storage.get_job(ctx, job_id)

    def _next_id(self) -> str:
        with self._lock:
            self._submitted += 1
            return f"job-{self._submitted}"
