"""Fault: workers take what a closed channel gives for a job, as in the plan, where that is a nil job."""

from ..step12_worker_pool import pool as right
from ..step12_worker_pool.context import Context
from ..step12_worker_pool.job import Job


class Pool(right.Pool):
    def _worker(self, ctx: Context, worker_id: int) -> None:
        while True:
            item: tuple[Context, Job] = self._channel.get()  # type: ignore[assignment]  # the fault
            submitted, job = item
            self._process_job(ctx, submitted, job)
