"""GoQueue as it stands after step 13: a failed job comes back after a backoff, and a stop loses nothing."""

from .context import Cancelled, Context, ContextDone, DeadlineExceeded
from .errors import HandlerNotFound, JobNotFound
from .job import Job, Status
from .pool import StopReport
from .queue import Queue

__all__ = [
    "Cancelled",
    "Context",
    "ContextDone",
    "DeadlineExceeded",
    "HandlerNotFound",
    "Job",
    "JobNotFound",
    "Queue",
    "Status",
    "StopReport",
]
