"""A job, the moves its status may make, and what it remembers of its attempts.

       ┌──────────────────> failed      nobody can run it
    pending ──> running ──> completed
       ^           ├──────> failed      no attempt is left
       └───────────┘                    an attempt is left, or a shutdown gave it back

Any other move is refused, so no job runs twice at the same time, and a completed job never fails.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
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
    Status.PENDING: (Status.RUNNING, Status.FAILED),
    Status.RUNNING: (Status.COMPLETED, Status.FAILED, Status.PENDING),
    Status.COMPLETED: (),
    Status.FAILED: (),
}

MAX_BACKOFF = 60.0  # seconds: a partner that is down for an hour is still asked once a minute


def now() -> datetime:
    """Return the time now, with its zone (UTC)."""
    return datetime.now(UTC)


def check_type(job_type: str) -> None:
    """Raise TypeError or ValueError unless `job_type` is a string that is not empty."""
    if not isinstance(job_type, str):
        raise TypeError(f"job type is {job_type!r}: it must be a string, such as 'webhook'")
    if not job_type:
        raise ValueError("job type is '': it must not be empty; name one, such as 'webhook'")


def describe(err: BaseException) -> str:
    """Return the name and the message of `err`, even when its message cannot be read.

    >>> describe(SystemExit(3))
    'SystemExit: 3'
    """
    try:
        return f"{type(err).__name__}: {err}"
    except BaseException:
        return f"{type(err).__name__}: (its message cannot be read)"


@dataclass
class Job:
    """One piece of work: `type` says which handler runs it, `payload` is what the handler gets.

    `max_retry` is the number of attempts in all: 3 means three; 0 and 1 both mean one.
    Raises TypeError or ValueError if the type, the payload or max_retry is invalid.

    >>> Job("job-1", "webhook", {"order": 17}).status
    <Status.PENDING: 'pending'>
    """

    id: str
    type: str
    payload: dict[str, Any]
    max_retry: int = 1
    status: Status = Status.PENDING
    attempts: int = 0
    error: str = ""
    created_at: datetime = field(default_factory=now)
    updated_at: datetime = field(default_factory=now)

    def __post_init__(self) -> None:
        check_type(self.type)
        if not isinstance(self.payload, dict):
            raise TypeError(f"payload is {self.payload!r}: it must be a dict, such as {{'order': 17}}")
        if not isinstance(self.max_retry, int):
            raise TypeError(f"max_retry is {self.max_retry!r}: it must be a whole number, such as 3")
        if self.max_retry < 0:
            raise ValueError(f"max_retry is {self.max_retry!r}: it counts attempts, so it must be 0 or more")

    def move_to(self, status: Status) -> None:
        """Change the status. Raises ValueError if MOVES does not allow it.

        >>> Job("job-1", "webhook", {}).move_to(Status.COMPLETED)
        Traceback (most recent call last):
        ValueError: job-1 is pending: it cannot become completed, only running or failed
        """
        allowed = MOVES[self.status]
        if status not in allowed:
            only = f"only {' or '.join(allowed)}" if allowed else "nor anything else"
            raise ValueError(f"{self.id} is {self.status}: it cannot become {status}, {only}")
        self.status = status
        self.updated_at = now()

    def mark_running(self) -> None:
        """Begin an attempt, and count it."""
        self.move_to(Status.RUNNING)
        self.attempts += 1

    def mark_completed(self) -> None:
        """End an attempt that succeeded, and clear the error of an earlier one."""
        self.move_to(Status.COMPLETED)
        self.error = ""

    def mark_failed(self, err: BaseException) -> None:
        """End an attempt that failed. The job is pending again while an attempt is left, else failed."""
        self.move_to(Status.PENDING if self.can_retry() else Status.FAILED)
        self.error = describe(err)

    def mark_rejected(self, err: BaseException) -> None:
        """Fail for good, without an attempt, because no handler can run this job."""
        self.move_to(Status.FAILED)
        self.error = describe(err)

    def mark_interrupted(self) -> None:
        """End an attempt that a shutdown interrupted. The job is pending again, and gets its attempt back."""
        self.move_to(Status.PENDING)
        self.attempts -= 1

    def can_retry(self) -> bool:
        """Whether an attempt is left."""
        return self.attempts < self.max_retry

    def backoff_duration(self) -> float:
        """Seconds to wait before the next attempt: 1, 2, 4, 8 … never more than MAX_BACKOFF.

        >>> job = Job("job-1", "webhook", {}, max_retry=10)
        >>> job.attempts = 4
        >>> job.backoff_duration()
        8.0
        """
        if self.attempts == 0:
            return 0.0
        doublings = min(self.attempts - 1, 10)  # 2 ** 10 is above any cap; 2.0 ** 5000 would overflow
        return min(MAX_BACKOFF, 2.0**doublings)
