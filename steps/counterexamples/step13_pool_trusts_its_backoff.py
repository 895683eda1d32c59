"""Fault: what the policy says is believed, whatever it is."""

from ..step13_requeue_backoff import pool as right
from ..step13_requeue_backoff.job import Job


class Pool(right.Pool):
    def _seconds_until_retry(self, job: Job) -> float:
        return self._backoff(job)
