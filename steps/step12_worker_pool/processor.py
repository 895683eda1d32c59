"""Runs one job: from pending, through its handler, to its outcome."""

from copy import deepcopy

from .context import Context
from .job import Job
from .registry import Handler
from .storage import JobStorage


class Processor:
    """Runs jobs and writes each change of status to the storage. Any thread may call it with a job that it owns."""

    def __init__(self, storage: JobStorage) -> None:
        self._storage = storage

    def process_job(self, ctx: Context, job: Job, handler: Handler) -> None:
        """Run `job` with `handler`. If the handler raises an error, the attempt fails and the error goes no further.

        A handler that raises after `ctx` has ended was interrupted, so its job gets the attempt back.

        If `ctx` has ended already, the job does not start and stays pending.
        """
        if ctx.done:
            return
        # The outcome must be written even if ctx ends meanwhile, or the job would stay running for ever.
        writing = ctx.without_cancel()
        job.mark_running()
        self._storage.update_job(writing, job)
        try:
            with ctx.with_cancel() as own:  # its own: if the handler ends it, that is no stop
                handler(own, deepcopy(job.payload))  # a copy: the handler may change it
        except BaseException as err:  # SystemExit too: no job may end its worker
            if ctx.done:
                job.mark_interrupted()
            else:
                job.mark_failed(err)
        else:
            job.mark_completed()
        self._storage.update_job(writing, job)
