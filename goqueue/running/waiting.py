"""Waiting for jobs to end, without polling.

    wait ── registers its keys ──> looks at the storage ──> sleeps
                    worker ── settles ──> looks for the key here ── hands over the job, and wakes

Both sides keep to that order, so the one that comes second sees what the first has done, and no wake-up is lost. The
worker hands over the job as it ended, so a caller gets it even if it is not kept any longer.
"""

import threading
import time
from collections.abc import Iterable

from ..job import Job
from ..wake_up import WakeUp


class Waiter(WakeUp):
    """A caller that waits for the jobs `keys`, and sleeps until `enough` of them have ended."""

    __slots__ = ("enough", "keys", "most", "since", "told")

    def __init__(self, keys: Iterable[int]) -> None:
        super().__init__()
        self.keys = keys
        self.enough = 1
        self.most: float | None = None  # seconds to sleep before the next look, at most; only its own thread uses it
        self.since = time.monotonic()
        self.told: list[tuple[int, Job | None]] = []  # appended under Waiting's lock, and taken under it

    def sleep_until_enough(self, seconds: float | None) -> None:
        """Sleep until `enough` jobs were told of, or somebody wakes it, for at most `seconds`."""
        if len(self.told) < self.enough:
            self.sleep(seconds)


class Waiting:
    """The callers that wait, by job. Any thread may call it."""

    def __init__(self) -> None:
        # Guards by_key and each waiter's `told`; no other lock is taken under it, except to wake a waiter. A worker
        # checks without it whether anybody waits, because nearly always nobody does.
        self._lock = threading.Lock()
        self.by_key: dict[int, list[Waiter]] = {}

    def add(self, waiter: Waiter) -> None:
        """Have `waiter` told when one of its jobs has ended. Look at the storage after this, not before."""
        with self._lock:
            for key in waiter.keys:
                self.by_key.setdefault(key, []).append(waiter)

    def remove(self, waiter: Waiter) -> None:
        """Forget `waiter`. A second call changes nothing."""
        with self._lock:
            for key in waiter.keys:
                waiters = self.by_key.get(key, [])
                if waiter in waiters:
                    waiters.remove(waiter)
                if not waiters:
                    self.by_key.pop(key, None)

    def ended(self, key: int, job: Job | None = None) -> None:
        """Tell the callers that wait for this job, and hand it to them. The storage must already say that it ended."""
        with self._lock:
            for waiter in self.by_key.get(key, ()):
                waiter.told.append((key, job))
                if len(waiter.told) >= waiter.enough:
                    waiter.wake()

    def taken(self, waiter: Waiter) -> list[tuple[int, Job | None]]:
        """Return what `waiter` was told since the last call."""
        with self._lock:
            told, waiter.told = waiter.told, []
        return told

    def wake_all(self) -> None:
        """Wake every caller, because no job will end any more."""
        with self._lock:
            for waiters in self.by_key.values():
                for waiter in waiters:
                    waiter.wake()
