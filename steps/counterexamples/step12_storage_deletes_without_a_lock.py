"""Fault: a job is deleted between the look and the write of an update, which brings it back."""

from ..step12_worker_pool import storage as right
from ..step12_worker_pool.context import Context


class MemoryStorage(right.MemoryStorage):
    def delete_job(self, ctx: Context, job_id: str) -> None:
        ctx.raise_if_done()
        self._jobs.pop(job_id, None)
