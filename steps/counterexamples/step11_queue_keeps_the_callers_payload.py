"""Fault: the payload goes to the storage, and to the handler, as the caller's own dict."""

from typing import Any

from ..step11_locked_storage import queue as right
from ..step11_locked_storage.context import Context
from ..step11_locked_storage.job import Job


class Queue(right.Queue):
    def submit_job(self, ctx: Context, job_type: str, payload: dict[str, Any], max_retry: int = 1) -> Job:
        job = super().submit_job(ctx, job_type, payload, max_retry)
        self.storage._jobs[job.id].payload = payload  # type: ignore[attr-defined]  # behind its back
        return job
