"""When a failed job comes back, and where it waits until then.

    worker ── park(job, seconds) ──> heap, earliest first ──> one thread sleeps until that one is due ──> give(job)

A waiting job costs one entry in a heap. However many wait, they hold no worker and no thread of their own.
"""

import heapq
import random
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from .job import Job

T = TypeVar("T")


def full_jitter(job: Job) -> float:
    """Return a random wait in seconds, from nothing up to the job's backoff.

    Without it, jobs that failed at the same moment would all come back at the same moment, and bring the partner
    down again. A random wait spreads them out.
    """
    return random.uniform(0.0, job.backoff_duration())


class RetryTimer(Generic[T]):
    """Keeps items until they are due and then calls `give` with each, from its one thread. Any thread may call it.

    >>> timer = RetryTimer(print)
    >>> timer.park("order 17", 60.0)
    >>> timer.close()
    >>> timer.drain()
    ['order 17']
    """

    def __init__(self, give: Callable[[T], None]) -> None:
        self._give = give
        # Guards the three fields below; no other lock is taken while it is held, so give() is called without it.
        self._changed = threading.Condition(threading.Lock())
        self._heap: list[tuple[float, int, T]] = []
        self._parked = 0  # so far: of two that are due at the same time, the one parked first comes first
        self._closed = False

    def park(self, item: T, seconds: float) -> None:
        """Keep `item` for `seconds`. After close() it is kept for drain()."""
        with self._changed:
            self._parked += 1
            heapq.heappush(self._heap, (time.monotonic() + seconds, self._parked, item))
            self._changed.notify()

    def run(self) -> None:
        """Give each item when it is due, until close(). This is the body of the timer's thread."""
        while (due := self._next_due()) is not None:
            self._give(due[0])

    def close(self) -> None:
        """Give no items from now on. A second call changes nothing."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def drain(self) -> list[T]:
        """Remove and return all items that still wait, earliest first."""
        with self._changed:
            items, self._heap = [item for _, _, item in sorted(self._heap)], []
        return items

    def _next_due(self) -> tuple[T] | None:
        with self._changed:
            while not self._closed:
                seconds = self._heap[0][0] - time.monotonic() if self._heap else threading.TIMEOUT_MAX
                if seconds <= 0:
                    return (heapq.heappop(self._heap)[2],)
                self._changed.wait(min(seconds, threading.TIMEOUT_MAX))
        return None
