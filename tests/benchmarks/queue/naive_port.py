"""The Go plan put into Python line by line, as one would at first: what the course's first steps start from.

A dataclass for the struct, uuid4 for the id, datetime for time.Time, RLock for sync.RWMutex, a map of pointers (so
records are not copied, as in the plan), queue.Queue for the channel, and get(timeout) for the select.
"""

import queue
import threading
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from functools import partial
from typing import Any

from .peers import WORKERS, Payload, Peer, start_threads

Status = Enum("Status", "PENDING RUNNING COMPLETED FAILED")
now = partial(datetime.now, UTC)


@dataclass
class Job:
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


class Map:
    """storage.MemoryStorage and handler.Registry: a map behind a lock."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.items: dict[str, Any] = {}

    def save(self, key: str, item: Any, is_new: bool = True) -> None:
        with self.lock:
            if not is_new and key not in self.items:
                raise KeyError(f"job {key} not found")
            self.items[key] = item

    def get(self, key: str) -> Any:
        with self.lock:
            return self.items[key]


class Naive(Peer):
    """goqueue.Queue and worker.Pool."""

    def __init__(self, workers: int = WORKERS) -> None:
        super().__init__(self.submit, self.end)
        self.storage, self.registry, self.stop = Map(), Map(), threading.Event()
        self.registry.save("webhook", lambda ctx, payload: None)
        self.channel: queue.Queue[Job] = queue.Queue(1024 if workers else 0)
        start_threads([self.work] * workers)

    def submit(self, payload: Payload) -> None:
        job = Job("webhook", payload)
        self.storage.save(job.id, job)
        self.channel.put(job)

    def work(self) -> None:
        while not self.stop.is_set():
            try:
                job = self.channel.get(timeout=0.1)
            except queue.Empty:
                continue
            self.process(job)
            self.channel.task_done()

    def process(self, job: Job) -> None:
        handler = self.registry.get(job.type)
        job.attempts += 1
        job.mark(Status.RUNNING)
        self.storage.save(job.id, job, is_new=False)
        try:
            handler(self.stop, job.payload)
        except Exception as err:
            job.mark(Status.PENDING if job.attempts < job.max_retry else Status.FAILED, str(err))
        else:
            job.mark(Status.COMPLETED)
        self.storage.save(job.id, job, is_new=False)

    def end(self, count: int) -> float:
        self.channel.join()
        moment = time.perf_counter()
        assert sum(job.status is Status.COMPLETED for job in self.storage.items.values()) == count
        return moment
