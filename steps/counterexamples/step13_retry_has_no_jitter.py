"""Fault: jobs that failed at the same moment come back at the same moment."""

from ..step13_requeue_backoff.job import Job


def full_jitter(job: Job) -> float:
    return job.backoff_duration()
