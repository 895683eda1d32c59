"""Fault: a handler that ends its own context and fails gets its attempt back, again and again."""

from copy import deepcopy

from ..step12_worker_pool import processor as right
from ..step12_worker_pool.context import Context
from ..step12_worker_pool.job import Job
from ..step12_worker_pool.registry import Handler


class Processor(right.Processor):
    def process_job(self, ctx: Context, job: Job, handler: Handler) -> None:
        writing = ctx.without_cancel()
        job.mark_running()
        self._storage.update_job(writing, job)
        try:
            handler(ctx, deepcopy(job.payload))
        except BaseException as err:
            if ctx.done:
                job.mark_interrupted()
            else:
                job.mark_failed(err)
        else:
            job.mark_completed()
        self._storage.update_job(writing, job)
