"""Fault: only the first attempt is counted."""

from ..step10_retry_fields import job as right


class Job(right.Job):
    def mark_running(self) -> None:
        self.move_to(right.Status.RUNNING)
        self.attempts = 1
