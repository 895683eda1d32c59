"""Fault: the outcome is written under the job's own context, which may have ended."""

from ..step09_context import processor as right
from ..step09_context.context import Context
from ..step09_context.job import Job, Status
from ..step09_context.registry import Handler


class Processor(right.Processor):
    def process_job(self, ctx: Context, job: Job, handler: Handler) -> None:
        if ctx.done:
            return
        job.move_to(Status.RUNNING)
        self._storage.save_job(ctx, job)
        try:
            handler(ctx, job.payload)
        except Exception:
            outcome = Status.FAILED
        else:
            outcome = Status.COMPLETED
        ctx.raise_if_done()
        job.move_to(outcome)
        self._storage.save_job(ctx, job)
