"""What is measured of a queue on a server: how it submits, and how a worker process runs what was submitted.

`Ours` is the finished queue, on either server; the others are in postgres_systems.py and redis_systems.py.
"""

import time
from collections.abc import Callable
from typing import Any

from goqueue import Context, Queue, Retention
from goqueue.storage import PostgresStorage, RedisStorage

THREADS = 2  # in each worker process
PAYLOAD = {"order": 17}
FOR_EVER = Retention(None, None, None)
AT_ONCE = 1_000  # jobs in one call, where there is a call for many

Done = Callable[[], object]  # a handler calls it for each job


class System:
    """A queue on the server that `url` leads to. Each process makes one of its own."""

    submit_many: Callable[[int], None] | None = None  # submit so many in one call, where that goes

    def __init__(self, url: str) -> None:
        self.url = url

    def prepare(self) -> None:
        """Make the tables, where it needs any."""

    def submit(self) -> None:
        """Submit one job, and return when the server has it."""
        raise NotImplementedError

    def work(self, done: Done) -> None:
        """Run jobs until the process is killed."""
        raise NotImplementedError

    def close(self) -> None:
        """End its connections, where it would miss the server."""


class Ours(System):
    """The finished queue: two workers in each process, all records kept."""

    workers = THREADS

    def __init__(self, url: str) -> None:
        kind: Any = PostgresStorage if url.startswith("postgresql:") else RedisStorage
        self.queue = Queue(workers=self.workers, storage=kind(url, retention=FOR_EVER))
        self.ctx = Context()

    def submit(self) -> None:
        """Submit one."""
        self.queue.submit_job(self.ctx, "webhook", PAYLOAD)

    def submit_many(self, count: int) -> None:
        """Submit many."""
        self.queue.submit_many(self.ctx, "webhook", [PAYLOAD] * count)

    def work(self, done: Done) -> None:
        """Run jobs."""
        self.queue.register_handler("webhook", lambda ctx, payload: done())
        with self.queue:
            time.sleep(3600)

    def close(self) -> None:
        """Close the queue, which would write that it leaves."""
        self.queue.close()


class OursOfFive(Ours):
    """The same, with five workers in each process."""

    workers = 5


def fill(system: System, count: int) -> None:
    """Submit so many jobs, as fast as it offers."""
    if system.submit_many is not None:
        for first in range(0, count, AT_ONCE):
            system.submit_many(min(AT_ONCE, count - first))
    else:
        for _ in range(count):
            system.submit()
