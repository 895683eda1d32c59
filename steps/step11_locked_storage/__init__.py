"""GoQueue as it stands after step 11: several threads may use one queue."""

from .context import Cancelled, Context, ContextDone, DeadlineExceeded
from .job import Job, Status
from .queue import Queue

__all__ = ["Cancelled", "Context", "ContextDone", "DeadlineExceeded", "Job", "Queue", "Status"]
