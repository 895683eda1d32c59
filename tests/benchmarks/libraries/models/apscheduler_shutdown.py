"""APScheduler: a scheduler that stops while a job runs."""

import threading

from . import aliases  # noqa: F401 - before the library

# isort: split
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.base import BaseScheduler


class Scheduler(BaseScheduler):  # type: ignore[misc]
    """A scheduler without a thread of its own."""

    def wakeup(self) -> None:
        """Do nothing."""

    def shutdown(self) -> None:
        """Wait for the jobs that run."""
        super().shutdown(wait=True)


class Pool(ThreadPoolExecutor):  # type: ignore[misc]
    """The pool of threads that runs jobs."""

    def run(self, work: object) -> None:
        """Have a thread of the pool run this."""
        self._pool.submit(work)


def apscheduler_268() -> None:
    """shutdown() holds the lock of the job stores while it waits for a job that asks for the jobs."""
    scheduler = Scheduler(timezone="UTC")
    pool = Pool(1)
    scheduler.add_executor(pool)
    scheduler.start()
    asked = threading.Event()

    def job() -> None:
        asked.wait()
        scheduler.get_jobs()

    pool.run(job)
    asked.set()
    scheduler.shutdown()
