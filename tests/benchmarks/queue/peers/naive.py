"""The Go plan put into Python line by line, as one would at first: what the course's first steps start from.

A dataclass for the struct, uuid4 for the id, datetime for time.Time, RLock for sync.RWMutex, a map of pointers (so
records are not copied, as in the plan), queue.Queue for the channel, and get(timeout) for the select.
"""

import queue
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from ..drive import WORKERS

Handler = Callable[[threading.Event, dict[str, Any]], None]


class Status(Enum):
    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"


def now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Job:
    """entity.Job."""

    type: str
    payload: dict[str, Any]
    max_retry: int = 3
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: Status = Status.PENDING
    attempts: int = 0
    error: str = ""
    created_at: datetime = field(default_factory=now)
    updated_at: datetime = field(default_factory=now)

    def mark(self, status: Status, error: str = "") -> None:
        self.status, self.error, self.updated_at = status, error, now()

    def mark_running(self) -> None:
        self.attempts += 1
        self.mark(Status.RUNNING)

    def mark_failed(self, err: Exception) -> None:
        self.mark(Status.PENDING if self.attempts < self.max_retry else Status.FAILED, str(err))


class Storage:
    """storage.MemoryStorage."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.jobs: dict[str, Job] = {}

    def save_job(self, job: Job) -> None:
        with self.lock:
            self.jobs[job.id] = job

    def update_job(self, job: Job) -> None:
        with self.lock:
            if job.id not in self.jobs:
                raise KeyError(f"job {job.id} not found")
            self.jobs[job.id] = job


class Registry:
    """handler.Registry."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.handlers: dict[str, Handler] = {}

    def get_handler(self, job_type: str) -> Handler:
        with self.lock:
            return self.handlers[job_type]


class Naive:
    """goqueue.Queue and worker.Pool."""

    def __init__(self, workers: int = WORKERS) -> None:
        self.storage, self.registry, self.done = Storage(), Registry(), threading.Event()
        self.registry.handlers["webhook"] = lambda ctx, payload: None
        self.channel: queue.Queue[Job] = queue.Queue(1024 if workers else 0)
        self.threads = [threading.Thread(target=self.worker) for _ in range(workers)]
        for thread in self.threads:
            thread.start()

    def put(self, payload: dict[str, int]) -> Job:
        job = Job("webhook", payload)
        self.storage.save_job(job)
        self.channel.put(job)
        return job

    def worker(self) -> None:
        while not self.done.is_set():
            try:
                job = self.channel.get(timeout=0.1)
            except queue.Empty:
                continue
            self.process(job, self.registry.get_handler(job.type))
            self.channel.task_done()

    def process(self, job: Job, handler: Handler) -> None:
        job.mark_running()
        self.storage.update_job(job)
        try:
            handler(self.done, job.payload)
        except Exception as err:
            job.mark_failed(err)
        else:
            job.mark(Status.COMPLETED)
        self.storage.update_job(job)

    def finish(self, count: int, last: list[Any]) -> float:
        self.channel.join()
        moment = time.perf_counter()
        assert sum(job.status is Status.COMPLETED for job in self.storage.jobs.values()) == count
        return moment

    def close(self) -> None:
        self.done.set()
        for thread in self.threads:
            thread.join()
