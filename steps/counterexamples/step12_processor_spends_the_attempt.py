"""Fault: a job that a stop interrupts counts as failed, and loses its attempt."""

from copy import deepcopy

from ..step12_worker_pool import processor as right
from ..step12_worker_pool.context import Context
from ..step12_worker_pool.job import Job
from ..step12_worker_pool.registry import Handler


class Processor(right.Processor):
    def process_job(self, ctx: Context, job: Job, handler: Handler) -> None:
        if ctx.done:
            return
        writing = ctx.without_cancel()
        job.mark_running()
        self._storage.update_job(writing, job)
        try:
            handler(ctx, deepcopy(job.payload))
        except BaseException as err:
            job.mark_failed(err)
        else:
            job.mark_completed()
        self._storage.update_job(writing, job)
