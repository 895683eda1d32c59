"""persist-queue: SQLiteAckQueue, with `multithreading=True`; each worker gets, works and acknowledges.

Three commits a job. Its file is in WAL mode; `synchronous` is set on its two connections. A get() goes through all
that was acknowledged before, so the workers clear that away now and then, with its own clear_acked_data().
"""

import threading
from pathlib import Path
from typing import Any

from ..drive import WORKERS, Tally, noop

CLEAR_EVERY = 100  # acknowledgements, by each worker: more made it slower, fewer no faster


class OfPersistQueue:
    """Threads around a queue with acknowledgements."""

    def __init__(self, folder: Path, full: bool) -> None:
        from persistqueue import SQLiteAckQueue  # type: ignore[import-not-found, import-untyped, unused-ignore]

        self.line = SQLiteAckQueue(str(folder), multithreading=True, timeout=30)
        for connection in (self.line._getter, self.line._putter):
            connection.execute(f"PRAGMA synchronous = {'FULL' if full else 'NORMAL'}")
        self.put, self.tally = self.line.put, Tally()
        self.threads = [threading.Thread(target=self.work) for _ in range(WORKERS)]
        for thread in self.threads:
            thread.start()

    def work(self) -> None:
        done = 0
        while (item := self.line.get(raw=True))["data"] is not None:
            noop(item["data"])
            self.line.ack(item)
            self.tally.one()
            done += 1
            if done % CLEAR_EVERY == 0:
                self.line.clear_acked_data(max_delete=WORKERS * CLEAR_EVERY, keep_latest=0)
        self.line.ack(item)

    def finish(self, count: int, last: list[Any]) -> float:
        return self.tally.wait_for(count)

    def close(self) -> None:
        for _ in self.threads:
            self.line.put(None)
        for thread in self.threads:
            thread.join()
        self.line.close()
