"""A job, and the moves its status may make.

    pending ──> running ──> completed
                   └──────> failed

Any other move is refused, so no job runs twice, and a completed job never fails.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Status(StrEnum):
    """The status of a job.

    >>> Status("running")
    <Status.RUNNING: 'running'>
    """

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"


MOVES: dict[Status, tuple[Status, ...]] = {
    Status.PENDING: (Status.RUNNING,),
    Status.RUNNING: (Status.COMPLETED, Status.FAILED),
    Status.COMPLETED: (),
    Status.FAILED: (),
}


def check_type(job_type: str) -> None:
    """Raise TypeError or ValueError unless `job_type` is a string that is not empty."""
    if not isinstance(job_type, str):
        raise TypeError(f"job type is {job_type!r}: it must be a string, such as 'webhook'")
    if not job_type:
        raise ValueError("job type is '': it must not be empty; name one, such as 'webhook'")


@dataclass
class Job:
    """One piece of work: `type` says which handler runs it, `payload` is what the handler gets.

    Raises TypeError or ValueError if the type or the payload is invalid.

    >>> Job("job-1", "webhook", {"order": 17}).status
    <Status.PENDING: 'pending'>
    """

    id: str
    type: str
    payload: dict[str, Any]
    status: Status = Status.PENDING

    def __post_init__(self) -> None:
        check_type(self.type)
        if not isinstance(self.payload, dict):
            raise TypeError(f"payload is {self.payload!r}: it must be a dict, such as {{'order': 17}}")

    def move_to(self, status: Status) -> None:
        """Change the status. Raises ValueError if MOVES does not allow it.

        >>> Job("job-1", "webhook", {}).move_to(Status.COMPLETED)
        Traceback (most recent call last):
        ValueError: job-1 is pending: it cannot become completed, only running
        """
        allowed = MOVES[self.status]
        if status not in allowed:
            only = f"only {' or '.join(allowed)}" if allowed else "nor anything else"
            raise ValueError(f"{self.id} is {self.status}: it cannot become {status}, {only}")
        self.status = status
