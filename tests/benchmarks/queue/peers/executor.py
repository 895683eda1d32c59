"""concurrent.futures.ThreadPoolExecutor, its futures kept: they are its records."""

import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from ..drive import WORKERS, noop


class Executor:
    """A pool with no bound on what waits."""

    def __init__(self, workers: int = WORKERS) -> None:
        self.pool = ThreadPoolExecutor(workers)
        self.futures: list[Future[None]] = []

    def put(self, payload: dict[str, int]) -> None:
        self.futures.append(self.pool.submit(noop, payload))

    def finish(self, count: int, last: list[Any]) -> float:
        self.pool.shutdown(wait=True)
        done = time.perf_counter()
        assert len(self.futures) == count
        assert all(future.done() for future in self.futures)
        return done

    def close(self) -> None:
        self.futures.clear()

    def ask(self, payload: dict[str, int]) -> None:
        """Submit one job and wait for its end."""
        self.pool.submit(noop, payload).result()
