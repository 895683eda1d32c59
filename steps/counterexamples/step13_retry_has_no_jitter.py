"""Fault: jobs that failed in one instant come back in one instant."""

from ..step13_requeue_backoff.job import Job


def full_jitter(job: Job) -> float:
    return job.backoff_duration()
