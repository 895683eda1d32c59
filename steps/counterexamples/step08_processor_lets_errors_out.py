"""Fault: an error of the handler reaches the caller of submit_job, and the job stays running."""

from ..step08_baseline import processor as right
from ..step08_baseline.job import Job, Status
from ..step08_baseline.registry import Handler


class Processor(right.Processor):
    def process_job(self, job: Job, handler: Handler) -> None:
        job.move_to(Status.RUNNING)
        self._storage.save_job(job)
        handler(job.payload)
        job.move_to(Status.COMPLETED)
        self._storage.save_job(job)
