"""huey: SqliteHuey and its own consumer, with worker threads.

It deletes a job when a worker takes it, so a worker that dies loses it: two commits a job, and at most once. Sleeps are
as short as they may be, periodic tasks and health checks are off. Its file is in WAL mode. It offers `fsync`: True
(FULL) or False (OFF); NORMAL is set on its connection, of which it has one, behind a lock.
"""

from pathlib import Path
from typing import Any

from ..drive import WORKERS, Tally, noop

EAGER: dict[str, Any] = {
    "periodic": False,
    "initial_delay": 0.001,
    "backoff": 1.0,
    "max_delay": 0.001,
    "check_worker_health": False,
}


class OfHuey:
    """A consumer that runs in this process."""

    def __init__(self, folder: Path, full: bool) -> None:
        from huey import SqliteHuey  # type: ignore[import-not-found, import-untyped, unused-ignore]

        huey = SqliteHuey(filename=str(folder / "huey.db"), fsync=True if full else None, timeout=30)
        if not full:
            huey.storage.conn.execute("PRAGMA synchronous = NORMAL")
        self.tally = Tally()

        def work(payload: dict[str, int]) -> None:
            noop(payload)
            self.tally.one()

        self.put = huey.task()(work)
        self.consumer = huey.create_consumer(workers=WORKERS, **EAGER)
        self.consumer.start()

    def finish(self, count: int, last: list[Any]) -> float:
        return self.tally.wait_for(count)

    def close(self) -> None:
        self.consumer.stop(graceful=True)
