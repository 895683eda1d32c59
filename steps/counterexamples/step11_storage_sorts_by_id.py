"""Fault: list_by_status sorts by id, as texts: job-10 comes before job-9."""

from ..step11_locked_storage import storage as right
from ..step11_locked_storage.context import Context
from ..step11_locked_storage.job import Job, Status


class MemoryStorage(right.MemoryStorage):
    def list_by_status(self, ctx: Context, status: Status) -> list[Job]:
        return sorted(super().list_by_status(ctx, status), key=lambda job: job.id)
