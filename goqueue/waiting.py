"""Waiting for jobs to end, without polling.

    wait ── registers its keys ──> looks at the storage ──> sleeps
                    worker ── settles ──> looks for the key here ── wakes

Both sides keep to that order, so the one that comes second sees what the first has done, and no wake-up is lost.
"""

import threading
from types import TracebackType
from typing import Self

from .context import Context


class Waiter:
    """A caller that waits for the jobs `keys` inside its `with` block. Any thread may wake it."""

    def __init__(self, waiting: "Waiting", ctx: Context, keys: list[int]) -> None:
        self.keys = keys
        self._waiting = waiting
        self._ctx = ctx
        self._guard = threading.Lock()  # guards _asleep; taken after Waiting's, and no other is taken under it
        self._asleep = True
        self._gate = threading.Lock()  # locked while the caller should sleep; an Event would cost five times as much
        self._gate.acquire()

    def __enter__(self) -> Self:
        self._waiting.add(self)
        self._stop_listening = self._ctx.after_done(self.wake)
        return self

    def __exit__(self, kind: type[BaseException] | None, err: BaseException | None, tb: TracebackType | None) -> None:
        self._stop_listening()
        self._waiting.remove(self)

    def wake(self) -> None:
        """Let sleep() return, now or at its next call."""
        with self._guard:
            if self._asleep:
                self._asleep = False
                self._gate.release()

    def sleep(self, seconds: float) -> None:
        """Sleep until wake() is called, for at most `seconds`."""
        if self._gate.acquire(timeout=seconds):
            with self._guard:
                self._asleep = True


class Waiting:
    """The callers that wait, by job. Any thread may call it."""

    def __init__(self) -> None:
        # Guards by_key. A worker checks without the lock whether by_key is empty, because it nearly always is.
        self._lock = threading.Lock()
        self.by_key: dict[int, list[Waiter]] = {}

    def waiter(self, ctx: Context, keys: list[int]) -> Waiter:
        """Return a waiter for these jobs that also wakes when `ctx` ends. Look at the storage inside its block."""
        return Waiter(self, ctx, keys)

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

    def wake_all(self) -> None:
        """Wake every caller, because no job will end any more."""
        with self._lock:
            for waiters in self.by_key.values():
                for waiter in waiters:
                    waiter.wake()

    def ended(self, key: int) -> None:
        """Wake the callers that wait for this job. The storage must already say that the job has ended."""
        with self._lock:
            for waiter in self.by_key.get(key, ()):
                waiter.wake()
