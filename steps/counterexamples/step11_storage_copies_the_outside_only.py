"""Fault: jobs are copied in and out, but their payloads are not."""

from copy import copy

from ..step11_locked_storage import storage as right
from ..step11_locked_storage.context import Context
from ..step11_locked_storage.job import Job


class MemoryStorage(right.MemoryStorage):
    def get_job(self, ctx: Context, job_id: str) -> Job:
        ctx.raise_if_done()
        with self._lock:
            if job_id not in self._jobs:
                raise LookupError(f"no job {job_id!r} in the storage")
            return copy(self._jobs[job_id])
