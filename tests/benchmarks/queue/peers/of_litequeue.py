"""litequeue: put, pop, done; three commits a job, all records kept.

It sets WAL and NORMAL itself; FULL is set on its connection. It has no lock, and a second transaction on one connection
is an error: so either each thread has its own LiteQueue on the file, or all share one behind a lock. Both are measured.
It cannot wait for a message, so an idle worker looks again after a millisecond.
"""

import contextlib
import json
import threading
import time
from pathlib import Path
from typing import Any

from ..drive import WORKERS, Tally, noop


class OfLiteQueue:
    """Threads around a table of messages."""

    def __init__(self, folder: Path, full: bool, shared: bool) -> None:
        import litequeue  # type: ignore[import-not-found, import-untyped, unused-ignore]

        self.make, self.file, self.full = litequeue.LiteQueue, str(folder / "lite.db"), full
        self.lock: Any = threading.Lock() if shared else contextlib.nullcontext()
        self.one = self.connect()
        self.shared, self.own = shared, threading.local()
        self.tally, self.stopping = Tally(), threading.Event()
        self.threads = [threading.Thread(target=self.work) for _ in range(WORKERS)]
        for thread in self.threads:
            thread.start()

    def connect(self) -> Any:
        line = self.make(self.file, timeout=60)
        if self.full:
            line.conn.execute("PRAGMA synchronous = FULL")
        return line

    def line(self) -> Any:
        """Return the LiteQueue of the thread that asks."""
        if self.shared:
            return self.one
        if not hasattr(self.own, "line"):
            self.own.line = self.connect()
        return self.own.line

    def put(self, payload: dict[str, int]) -> None:
        line = self.line()
        with self.lock:
            line.put(json.dumps(payload))

    def work(self) -> None:
        line = self.line()
        while not self.stopping.is_set():
            with self.lock:
                message = line.pop()
            if message is None:
                time.sleep(0.001)
                continue
            noop(json.loads(message.data))
            with self.lock:
                line.done(message.message_id)
            self.tally.one()

    def finish(self, count: int, last: list[Any]) -> float:
        return self.tally.wait_for(count)

    def close(self) -> None:
        self.stopping.set()
        for thread in self.threads:
            thread.join()
