"""Runs one job: from pending, through its handler, to its outcome."""

from copy import deepcopy

from .context import Context
from .job import Job
from .registry import Handler
from .storage import JobStorage


class Processor:
    """Runs jobs and writes each change of status to the storage. Any thread may call it, for a job of its own."""

    def __init__(self, storage: JobStorage) -> None:
        self._storage = storage

    def process_job(self, ctx: Context, job: Job, handler: Handler) -> None:
        """Run `job` with `handler`. A handler that raises costs the job an attempt; nothing is raised here.

        A handler that gives up because `ctx` ended costs nothing: it was interrupted, and its attempt is given back.

        If `ctx` has ended already, the job does not start and stays pending.
        """
        if ctx.done:
            return
        # A change of status must be written even when ctx ends meanwhile, or the job stays running for ever.
        writing = ctx.without_cancel()
        job.mark_running()
        self._storage.update_job(writing, job)
        try:
            with ctx.with_cancel() as own:  # its own: a handler that ends it is not taken for a stop
                handler(own, deepcopy(job.payload))  # what the handler does to it stays with the handler
        except BaseException as err:  # SystemExit too: a job must not take its worker along
            if ctx.done:
                job.mark_interrupted()
            else:
                job.mark_failed(err)
        else:
            job.mark_completed()
        self._storage.update_job(writing, job)
