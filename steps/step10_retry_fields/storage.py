"""Where jobs are kept.

As in the plan, every MemoryStorage of a program shares one dict. Step 11 shows what that costs.
Each call takes a context first, and raises ContextDone if it has ended, because nobody waits for the result.
"""

from typing import Protocol

from .context import Context
from .job import Job, Status


class JobStorage(Protocol):
    """What the queue needs from a storage."""

    def save_job(self, ctx: Context, job: Job) -> None:
        """Store `job` under its id."""

    def get_job(self, ctx: Context, job_id: str) -> Job:
        """Return the job with this id. Raises LookupError if there is none."""

    def update_job(self, ctx: Context, job: Job) -> None:
        """Replace a job that was saved before. Raises LookupError if it was not."""

    def list_by_status(self, ctx: Context, status: Status) -> list[Job]:
        """Return the jobs with this status, oldest first."""

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

    def update_job(self, ctx: Context, job: Job) -> None:
        """Replace a job that was saved before. Raises LookupError if it was not."""
        ctx.raise_if_done()
        if job.id not in _jobs:
            raise LookupError(f"no job {job.id!r} in the storage to update: save it first")
        _jobs[job.id] = job

    def list_by_status(self, ctx: Context, status: Status) -> list[Job]:
        """Return the jobs with this status, oldest first."""
        ctx.raise_if_done()
        return [job for job in _jobs.values() if job.status == status]

    def clear_storage(self) -> None:
        """Forget every job."""
        _jobs.clear()
