"""Fault: only Exceptions are caught, so a handler's SystemExit ends its worker."""

from copy import deepcopy

from ..step12_worker_pool import processor as right
from ..step12_worker_pool.context import Context
from ..step12_worker_pool.job import Job
from ..step12_worker_pool.registry import Handler


class Processor(right.Processor):
    def process_job(self, ctx: Context, job: Job, handler: Handler) -> None:
        job.mark_running()
        try:
            handler(ctx, deepcopy(job.payload))
        except Exception as err:
            job.mark_failed(err)
        else:
            job.mark_completed()
        self._storage.update_job(ctx.without_cancel(), job)
