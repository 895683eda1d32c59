"""Fault: list_by_status ignores the status."""

from ..step10_retry_fields import storage as right
from ..step10_retry_fields.context import Context
from ..step10_retry_fields.job import Job, Status


class MemoryStorage(right.MemoryStorage):
    def list_by_status(self, ctx: Context, status: Status) -> list[Job]:
        return list(right._jobs.values())
