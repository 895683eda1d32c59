"""Fault: the handler gets the job's own payload, so what it edits there stays in the job."""

from ..step11_locked_storage import processor as right
from ..step11_locked_storage.context import Context
from ..step11_locked_storage.job import Job
from ..step11_locked_storage.registry import Handler


class Processor(right.Processor):
    def process_job(self, ctx: Context, job: Job, handler: Handler) -> None:
        super().process_job(ctx, job, lambda ctx, payload: handler(ctx, job.payload))
