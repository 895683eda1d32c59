"""Fault: submit_job takes max_retry, and the job does not get it."""

from typing import Any

from ..step10_retry_fields import queue as right
from ..step10_retry_fields.context import Context
from ..step10_retry_fields.job import Job


class Queue(right.Queue):
    def submit_job(self, ctx: Context, job_type: str, payload: dict[str, Any], max_retry: int = 1) -> Job:
        return super().submit_job(ctx, job_type, payload)
