"""queue-max: enqueue, and its own Worker threads; three commits a job, and finished jobs are deleted.

It sets WAL and NORMAL itself, and offers no other. Its limit of 160 jobs a minute is lifted, its workers look again
after a millisecond instead of a second. By default it spreads jobs over six files; one is measured as well.
"""

import logging
from pathlib import Path
from typing import Any

from ..drive import WORKERS, Tally, noop

NO_LIMIT = 10**9  # jobs a minute


class OfQueueMax:
    """Its workers, in this process."""

    def __init__(self, folder: Path, shards: int) -> None:
        from queue_max import Queue, Worker  # type: ignore[import-not-found, import-untyped, unused-ignore]

        logging.getLogger("queue_max").setLevel(logging.CRITICAL)
        self.line = Queue(shards=shards, rate_limit=NO_LIMIT, data_dir=str(folder))
        self.put, self.tally = self.line.enqueue, Tally()
        self.workers = [
            Worker(f"worker-{n}", noop, self.line, poll_interval=0.001, on_job_complete=self.tally.one)
            for n in range(WORKERS)
        ]
        for worker in self.workers:
            worker.start()

    def finish(self, count: int, last: list[Any]) -> float:
        return self.tally.wait_for(count)

    def close(self) -> None:
        for worker in self.workers:
            worker.stop()
        self.line.close()
