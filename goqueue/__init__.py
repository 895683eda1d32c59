"""goqueue: build a job queue in five steps, and see every concurrency bug happen on demand.

    from goqueue import Context, Queue     the finished queue, which needs nothing but Python

The steps are in `steps/`, what lets you watch them is in `goqueue.lab`. The queue imports neither.
"""

from .context import Cancelled, Context, ContextDone, DeadlineExceeded
from .errors import (
    HandlerNotFound,
    JobForgotten,
    JobNotFound,
    PayloadError,
    QueueStopped,
    StorageCorrupt,
    StorageError,
    StorageFull,
    StorageLocked,
    StorageTooNew,
)
from .job import Job, Status
from .job_context import JobContext
from .pool import StopReport
from .queue import Queue
from .retry import Retry
from .storage import MemoryStorage, Retention

__all__ = [
    "Cancelled",
    "Context",
    "ContextDone",
    "DeadlineExceeded",
    "HandlerNotFound",
    "Job",
    "JobContext",
    "JobForgotten",
    "JobNotFound",
    "MemoryStorage",
    "PayloadError",
    "Queue",
    "QueueStopped",
    "Retention",
    "Retry",
    "Status",
    "StopReport",
    "StorageCorrupt",
    "StorageError",
    "StorageFull",
    "StorageLocked",
    "StorageTooNew",
]

__version__ = "0.1.0"


def load_ipython_extension(ipython: object) -> None:
    """Add %%race, %timeline, %stepdiff and %matrix to IPython: what `%load_ext goqueue` calls."""
    from .lab.magics import load

    load(ipython)
