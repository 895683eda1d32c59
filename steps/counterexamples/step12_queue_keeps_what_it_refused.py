"""Fault: a submission that Ctrl-C interrupts leaves a job that nobody will run."""

from copy import deepcopy
from typing import Any

from ..step12_worker_pool import queue as right
from ..step12_worker_pool.context import Context
from ..step12_worker_pool.job import Job


class Queue(right.Queue):
    def submit_job(self, ctx: Context, job_type: str, payload: dict[str, Any], max_retry: int = 1) -> Job:
        job = Job(self._next_id(), job_type, deepcopy(payload), max_retry)
        self.storage.save_job(ctx, job)
        copy = deepcopy(job)
        try:
            self.pool.enqueue(ctx, job)
        except Exception:
            self.storage.delete_job(ctx.without_cancel(), job.id)
            raise
        return copy
