"""Fault: the wait doubles for ever."""

import random

from ..step13_requeue_backoff.job import Job


def full_jitter(job: Job) -> float:
    return random.uniform(0.0, 2.0 ** (job.attempts - 1))
