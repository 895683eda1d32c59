"""Fault: the plan's backoff, attempts squared, with no cap."""

from ..step10_retry_fields import job as right


class Job(right.Job):
    def backoff_duration(self) -> float:
        return float(self.attempts**2)
