"""The finished queue of this project. All that the benchmark asks of its API is in this file."""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from ..drive import WORKERS

JOB = "webhook"


class Ours:
    """A queue that runs, with one handler: a job that fails is tried again, once, after `retry_in` seconds.

    Finished records are kept, all of them.
    """

    def __init__(
        self,
        workers: int = WORKERS,
        storage: Any = None,
        handler: Callable[[Any, Any], object] = lambda ctx, payload: None,
        retry_in: float | None = None,
        buffer_size: int | None = 1024,
        started: bool = True,
    ) -> None:
        from goqueue import Context, MemoryStorage, Queue, Retention, Retry

        keep_all = Retention(completed=None, failed=None, most=None)
        self.storage = MemoryStorage(keep_all) if storage is None else storage
        self.queue = Queue(workers=workers, buffer_size=buffer_size, storage=self.storage)
        self.queue.register_handler(JOB, handler, retry=Retry() if retry_in is None else wait_once(retry_in))
        self.ctx = Context()
        self.put = partial(self.queue.submit_job, self.ctx, JOB)
        if started:
            self.queue.__enter__()

    def finish(self, count: int, last: list[Any]) -> float:
        for job in last:
            self.queue.wait(self.ctx, job.id)
        while True:
            moment = time.perf_counter()  # before the look: that goes through all records
            if self.completed() >= count:
                return moment
            time.sleep(0.001)

    def close(self) -> None:
        self.queue.stop()
        self.storage.close()

    def ask(self, payload: dict[str, int]) -> None:
        """Submit one job and wait for its end."""
        self.queue.wait(self.ctx, self.queue.submit_job(self.ctx, JOB, payload).id)

    def completed(self) -> int:
        """Return how many jobs have been done."""
        from goqueue import Status

        return self.queue.count(self.ctx)[Status.COMPLETED]

    def parked(self) -> bool:
        """Return whether each job that is left waits for a worker or for its time."""
        from goqueue import Status

        return self.queue.count(self.ctx)[Status.RUNNING] == 0


def in_file(folder: Path, durability: str) -> Ours:
    """Return a queue that keeps its jobs in a SQLite file."""
    from goqueue import Retention
    from goqueue.storage import SQLiteStorage

    keep_all = Retention(completed=None, failed=None, most=None)
    return Ours(storage=SQLiteStorage(folder / "jobs.db", durability=durability, retention=keep_all))


def wait_once(seconds: float) -> Any:
    """Return a policy: one attempt more, in exactly so many seconds."""
    from goqueue import Retry

    return Retry(attempts=2, base=seconds, cap=seconds, jitter=False)
