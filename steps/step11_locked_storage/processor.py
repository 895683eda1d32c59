"""Runs one job: from pending, through its handler, to its outcome."""

from copy import deepcopy

from .context import Context
from .job import Job
from .registry import Handler
from .storage import JobStorage


class Processor:
    """Runs jobs one at a time and writes each change of status to the storage."""

    def __init__(self, storage: JobStorage) -> None:
        self._storage = storage

    def process_job(self, ctx: Context, job: Job, handler: Handler) -> None:
        """Run `job` with `handler`. If the handler raises an error, the attempt fails and the error goes no further.

        If `ctx` has ended already, the job does not start and stays pending.
        """
        if ctx.done:
            return
        # The outcome must be written even if ctx ends meanwhile, or the job would stay running for ever.
        writing = ctx.without_cancel()
        job.mark_running()
        self._storage.update_job(writing, job)
        try:
            handler(ctx, deepcopy(job.payload))  # a copy: the handler may change it
        except Exception as err:
            job.mark_failed(err)
        else:
            job.mark_completed()
        self._storage.update_job(writing, job)
