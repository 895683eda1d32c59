"""Runs one job: from pending, through its handler, to its outcome."""

from .job import Job, Status
from .registry import Handler
from .storage import JobStorage


class Processor:
    """Runs jobs one at a time and writes each change of status to the storage."""

    def __init__(self, storage: JobStorage) -> None:
        self._storage = storage

    def process_job(self, job: Job, handler: Handler) -> None:
        """Run `job` with `handler`. If the handler raises an error, the job fails and the error goes no further."""
        job.move_to(Status.RUNNING)
        self._storage.save_job(job)
        try:
            handler(job.payload)
        except Exception:
            job.move_to(Status.FAILED)
        else:
            job.move_to(Status.COMPLETED)
        self._storage.save_job(job)
