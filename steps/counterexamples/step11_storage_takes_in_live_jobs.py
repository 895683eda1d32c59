"""Fault: jobs are copied out, but not in, so later changes by the owner reach the storage without a lock."""

from ..step11_locked_storage import storage as right
from ..step11_locked_storage.context import Context
from ..step11_locked_storage.job import Job


class MemoryStorage(right.MemoryStorage):
    def update_job(self, ctx: Context, job: Job) -> None:
        with self._lock:
            self._jobs[job.id] = job
