"""Fault: max_retry counts retries, so that 3 means four attempts."""

from ..step10_retry_fields import job as right


class Job(right.Job):
    def can_retry(self) -> bool:
        return self.attempts <= self.max_retry
