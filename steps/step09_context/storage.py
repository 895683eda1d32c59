"""Where jobs are kept.

As in the plan, every MemoryStorage of a program shares one dict. Step 11 shows what that costs.
Each call takes a context first, and raises ContextDone if it has ended, because nobody waits for the result.
"""

from typing import Protocol

from .context import Context
from .job import Job


class JobStorage(Protocol):
    """What the queue needs from a storage."""

    def save_job(self, ctx: Context, job: Job) -> None:
        """Store `job` under its id."""

    def get_job(self, ctx: Context, job_id: str) -> Job:
        """Return the job with this id. Raises LookupError if there is none."""

    def clear_storage(self) -> None:
        """Forget every job."""


_jobs: dict[str, Job] = {}


class MemoryStorage:
    """Keeps jobs in memory, until the program ends.

    >>> storage = MemoryStorage()
    >>> storage.get_job(Context(), "job-404")
    Traceback (most recent call last):
    LookupError: no job 'job-404' in the storage
    """

    def save_job(self, ctx: Context, job: Job) -> None:
        """Store `job` under its id."""
        ctx.raise_if_done()
        _jobs[job.id] = job

    def get_job(self, ctx: Context, job_id: str) -> Job:
        """Return the job with this id. Raises LookupError if there is none."""
        ctx.raise_if_done()
        try:
            return _jobs[job_id]
        except KeyError:
            raise LookupError(f"no job {job_id!r} in the storage") from None

    def clear_storage(self) -> None:
        """Forget every job."""
        _jobs.clear()
