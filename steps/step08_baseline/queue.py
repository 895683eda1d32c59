"""The queue: what a program uses.

    submit_job ──> storage (pending) ──> processor ──> handler ──> storage (completed, or failed)
    └──────────────────────── all of it in the caller's thread ────────────────────────────────┘

The caller waits until its job is completed or failed.
"""

from typing import Any

from .job import Job
from .processor import Processor
from .registry import Handler, Registry
from .storage import JobStorage, MemoryStorage


class Queue:
    """Runs each job as it is submitted, while the caller waits.

    >>> queue = Queue()
    >>> queue.register_handler("webhook", lambda payload: print("sent order", payload["order"]))
    >>> queue.submit_job("webhook", {"order": 17}).status
    sent order 17
    <Status.COMPLETED: 'completed'>
    """

    def __init__(self, *, storage: JobStorage | None = None, registry: Registry | None = None) -> None:
        self.storage: JobStorage = MemoryStorage() if storage is None else storage
        self.registry = Registry() if registry is None else registry
        self.processor = Processor(self.storage)
        self._submitted = 0

    def register_handler(self, job_type: str, handler: Handler) -> None:
        """Register `handler` for the jobs of `job_type`."""
        self.registry.register_handler(job_type, handler)

    def submit_job(self, job_type: str, payload: dict[str, Any]) -> Job:
        """Run a job and return it. Raises LookupError if its type has no handler."""
        job = Job(self._next_id(), job_type, payload)
        handler = self.registry.get_handler(job_type)
        self.storage.save_job(job)
        self.processor.process_job(job, handler)
        return job

    def get_job(self, job_id: str) -> Job:
        """Return the job with this id. Raises LookupError if there is none."""
        return self.storage.get_job(job_id)

    def _next_id(self) -> str:
        self._submitted += 1
        return f"job-{self._submitted}"
