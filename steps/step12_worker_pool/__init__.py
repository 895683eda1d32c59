"""GoQueue as it stands after step 12: a pool of worker threads runs the jobs, and submit returns at once."""

from .context import Cancelled, Context, ContextDone, DeadlineExceeded
from .job import Job, Status
from .queue import Queue

__all__ = ["Cancelled", "Context", "ContextDone", "DeadlineExceeded", "Job", "Queue", "Status"]
