"""Fault: a job is called completed, and its handler was never called."""

from ..step08_baseline import processor as right
from ..step08_baseline.job import Job
from ..step08_baseline.registry import Handler


class Processor(right.Processor):
    def process_job(self, job: Job, handler: Handler) -> None:
        super().process_job(job, lambda payload: None)
