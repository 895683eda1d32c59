"""Fault: nobody can see that a job runs, because only its end is written."""

from copy import copy

from ..step08_baseline import processor as right
from ..step08_baseline.job import Job
from ..step08_baseline.registry import Handler


class Processor(right.Processor):
    def process_job(self, job: Job, handler: Handler) -> None:
        work = copy(job)
        right.Processor(Nowhere()).process_job(work, handler)
        job.status = work.status
        self._storage.save_job(job)


class Nowhere:
    def save_job(self, job: Job) -> None: ...

    def get_job(self, job_id: str) -> Job:
        raise LookupError(job_id)

    def clear_storage(self) -> None: ...
