"""Fault: updated_at says when the job was made, however often it changed since."""

from ..step10_retry_fields import job as right


class Job(right.Job):
    def move_to(self, status: right.Status) -> None:
        date = self.updated_at
        super().move_to(status)
        self.updated_at = date
