"""GoQueue as it stands after step 08: a job runs at once, in the caller's own thread."""

from .job import Job, Status
from .queue import Queue

__all__ = ["Job", "Queue", "Status"]
