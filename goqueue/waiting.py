"""Waiting for jobs to end, without asking again and again.

    wait ── registers its key ──> looks at the storage ──> sleeps
                    worker ── settles ──> looks for the key here ── wakes

Both do it in that order, so whichever comes second sees what the first has done, and no wake-up is missed.
"""

import threading
from collections.abc import Iterable


class Waiter:
    """Somebody who waits for some of `keys`. It wakes when one of them may have ended."""

    def __init__(self, keys: Iterable[int]) -> None:
        self.keys = set(keys)
        self.woken = threading.Event()


class Waiting:
    """Who waits for which job. Any thread may call it."""

    def __init__(self) -> None:
        # Guards by_key. A worker looks whether it is empty without the lock, since nearly always it is.
        self._lock = threading.Lock()
        self.by_key: dict[int, list[Waiter]] = {}

    def add(self, waiter: Waiter) -> None:
        """Have `waiter` woken when one of its jobs has ended. Look at the storage after this, not before."""
        with self._lock:
            for key in waiter.keys:
                self.by_key.setdefault(key, []).append(waiter)

    def remove(self, waiter: Waiter) -> None:
        """Forget `waiter`."""
        with self._lock:
            for key in waiter.keys:
                waiters = self.by_key.get(key, [])
                if waiter in waiters:
                    waiters.remove(waiter)
                if not waiters:
                    self.by_key.pop(key, None)

    def ended(self, key: int) -> None:
        """Wake those who wait for this job. The storage says already that it has ended."""
        with self._lock:
            for waiter in self.by_key.get(key, ()):
                waiter.woken.set()
