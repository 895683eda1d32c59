"""GoQueue as it stands after step 09: every layer takes a context, so work can be told to stop."""

from .context import Cancelled, Context, ContextDone, DeadlineExceeded
from .job import Job, Status
from .queue import Queue

__all__ = ["Cancelled", "Context", "ContextDone", "DeadlineExceeded", "Job", "Queue", "Status"]
