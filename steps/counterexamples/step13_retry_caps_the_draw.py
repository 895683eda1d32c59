"""Fault: the cap comes after the draw, so nearly all waits of an old job are exactly the cap."""

import random

from ..step13_requeue_backoff.job import MAX_BACKOFF, Job


def full_jitter(job: Job) -> float:
    return min(MAX_BACKOFF, random.uniform(0.0, 2.0 ** min(job.attempts - 1, 10)))
