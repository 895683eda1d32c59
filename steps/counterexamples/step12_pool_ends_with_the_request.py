"""Fault: the handler runs under the submitter's context, which ends with the web request."""

from ..step12_worker_pool import pool as right
from ..step12_worker_pool.context import Context
from ..step12_worker_pool.job import Job


class Pool(right.Pool):
    def enqueue(self, ctx: Context, job: Job) -> None:
        self._channel.put(ctx, (ctx, job))

    def _process_job(self, ctx: Context, submitted: Context, job: Job) -> None:
        handler = self._registry.get_handler(job.type)
        handler(submitted, job.payload)
