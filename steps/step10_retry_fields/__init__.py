"""GoQueue as it stands after step 10: a job remembers its attempts and its last error."""

from .context import Cancelled, Context, ContextDone, DeadlineExceeded
from .job import Job, Status
from .queue import Queue

__all__ = ["Cancelled", "Context", "ContextDone", "DeadlineExceeded", "Job", "Queue", "Status"]
