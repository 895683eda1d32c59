"""Fault: the dict is locked, but readers get the same object that other threads change. The plan's own step 11."""

from ..step11_locked_storage import storage as right
from ..step11_locked_storage.context import Context
from ..step11_locked_storage.job import Job


class MemoryStorage(right.MemoryStorage):
    def get_job(self, ctx: Context, job_id: str) -> Job:
        with self._lock:
            return self._jobs[job_id]
