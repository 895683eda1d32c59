"""Fault: the handler's context does not have the submission's values."""

from ..step12_worker_pool import pool as right
from ..step12_worker_pool.context import Context
from ..step12_worker_pool.job import Job


class Pool(right.Pool):
    def enqueue(self, ctx: Context, job: Job) -> None:
        self._channel.put(ctx, (Context(), job))
