"""A bare queue.Queue with 1,024 places and threads around it: no record, no error, no status."""

import queue
import threading
import time
from typing import Any

from ..drive import WORKERS, noop


class Bare:
    """The least that can be called a worker pool."""

    def __init__(self, workers: int = WORKERS) -> None:
        self.line: queue.Queue[dict[str, int] | None] = queue.Queue(1024)
        self.put = self.line.put
        self.threads = [threading.Thread(target=self.work) for _ in range(workers)]
        for thread in self.threads:
            thread.start()

    def work(self) -> None:
        get = self.line.get
        while (payload := get()) is not None:
            noop(payload)

    def finish(self, count: int, last: list[Any]) -> float:
        for _ in self.threads:
            self.line.put(None)
        for thread in self.threads:
            thread.join()
        return time.perf_counter()

    def close(self) -> None:
        pass
