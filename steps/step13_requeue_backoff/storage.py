"""Where jobs are kept, by any number of threads.

    a thread's own job ── save, update ──> a copy ──> dict (locked)
    a thread's own job <── a copy <────── get, list ────┘

Both halves are needed. The lock keeps the dict consistent. The copies keep each job consistent: a thread owns the
job that it saves or gets, and no other thread can reach that object.

Each call takes a context first, and raises ContextDone if it has ended, because nobody waits for the result.
"""

import threading
from copy import deepcopy
from typing import Protocol

from .context import Context
from .errors import JobNotFound
from .job import Job, Status


class JobStorage(Protocol):
    """What the queue needs from a storage."""

    def save_job(self, ctx: Context, job: Job) -> None:
        """Store `job` under its id."""

    def get_job(self, ctx: Context, job_id: str) -> Job:
        """Return the job with this id. Raises JobNotFound if there is none."""

    def update_job(self, ctx: Context, job: Job) -> None:
        """Replace a job that was saved before. Raises JobNotFound if it was not."""

    def delete_job(self, ctx: Context, job_id: str) -> None:
        """Forget one job, if it is there."""

    def list_by_status(self, ctx: Context, status: Status) -> list[Job]:
        """Return the jobs with this status, oldest first."""

    def clear_storage(self) -> None:
        """Forget every job."""


class MemoryStorage:
    """Keeps jobs in memory, until the program ends. Any thread may call it.

    >>> storage = MemoryStorage()
    >>> storage.get_job(Context(), "job-404")  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    JobNotFound: no job 'job-404' in the storage
    """

    def __init__(self) -> None:
        # Guards self._jobs, the dict. The jobs in it need no lock, because they are private copies that are replaced,
        # never edited. So it is held only while the dict is used. Copying, which is slow, happens outside.
        # No other lock is taken while it is held.
        self._lock = threading.Lock()
        self._jobs: dict[str, Job] = {}

    def save_job(self, ctx: Context, job: Job) -> None:
        """Store a copy of a new `job`, its payload included. Raises ValueError if its id is taken."""
        ctx.raise_if_done()
        copy = deepcopy(job)
        with self._lock:
            if job.id in self._jobs:
                raise ValueError(f"{job.id} is in the storage already: update it, or give each queue its own storage")
            self._jobs[job.id] = copy

    def get_job(self, ctx: Context, job_id: str) -> Job:
        """Return a copy of the job with this id. Raises JobNotFound if there is none."""
        ctx.raise_if_done()
        with self._lock:
            job = self._jobs.get(job_id)
        if job is None:
            raise JobNotFound(f"no job {job_id!r} in the storage")
        return deepcopy(job)

    def update_job(self, ctx: Context, job: Job) -> None:
        """Replace a job that was saved before by a copy of `job`. Raises JobNotFound if it was not."""
        ctx.raise_if_done()
        copy = deepcopy(job)
        with self._lock:
            if job.id not in self._jobs:
                raise JobNotFound(f"no job {job.id!r} in the storage to update: save it first")
            self._jobs[job.id] = copy

    def delete_job(self, ctx: Context, job_id: str) -> None:
        """Forget one job, if it is there."""
        ctx.raise_if_done()
        with self._lock:
            self._jobs.pop(job_id, None)

    def list_by_status(self, ctx: Context, status: Status) -> list[Job]:
        """Return copies of the jobs with this status, oldest first."""
        ctx.raise_if_done()
        with self._lock:
            jobs = list(self._jobs.values())
        return [deepcopy(job) for job in jobs if job.status == status]

    def clear_storage(self) -> None:
        """Forget every job."""
        with self._lock:
            self._jobs.clear()
