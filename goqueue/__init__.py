"""goqueue: build a job queue in five steps, and see every concurrency bug happen on demand.

    from goqueue import Context, Queue     the finished queue, which needs nothing but Python

The steps are in `steps/`, what lets you watch them is in `goqueue.lab`. The queue imports neither.
"""

from typing import TYPE_CHECKING, Any

from .context import Cancelled, Context, ContextDone, DeadlineExceeded
from .errors import (
    BatchFailed,
    DuplicateKey,
    HandlerNotFound,
    JobForgotten,
    JobNotFound,
    NoResult,
    PayloadError,
    ProcessDied,
    QueueStopped,
    StorageCorrupt,
    StorageError,
    StorageFull,
    StorageInDoubt,
    StorageLocked,
    StorageTooNew,
    StorageUnreachable,
)
from .hooks import Event
from .job import Job, Status
from .job_context import Ended, JobContext
from .moments import Snooze
from .progress import Progress
from .queue import Queue
from .registry import Registry
from .retry import Retry
from .running.pool import StopReport
from .storage import MemoryStorage, Retention

if TYPE_CHECKING:
    from .storage import PostgresStorage as PostgresStorage
    from .storage import RedisStorage as RedisStorage  # not in __all__, because it needs an extra
    from .storage import SQLiteStorage

__all__ = [
    "BatchFailed",
    "Cancelled",
    "Context",
    "ContextDone",
    "DeadlineExceeded",
    "DuplicateKey",
    "Ended",
    "Event",
    "HandlerNotFound",
    "Job",
    "JobContext",
    "JobForgotten",
    "JobNotFound",
    "MemoryStorage",
    "NoResult",
    "PayloadError",
    "ProcessDied",
    "Progress",
    "Queue",
    "QueueStopped",
    "Registry",
    "Retention",
    "Retry",
    "SQLiteStorage",
    "Snooze",
    "Status",
    "StopReport",
    "StorageCorrupt",
    "StorageError",
    "StorageFull",
    "StorageInDoubt",
    "StorageLocked",
    "StorageTooNew",
    "StorageUnreachable",
]

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name not in ("PostgresStorage", "RedisStorage", "SQLiteStorage"):  # what they need is imported only when needed
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from . import storage

    return getattr(storage, name)


def load_ipython_extension(ipython: object) -> None:
    """Add %%race, %timeline, %stepdiff and %matrix to IPython: what `%load_ext goqueue` calls."""
    from .lab.magics import load

    load(ipython)
