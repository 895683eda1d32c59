"""Waiting for jobs to end, without asking again and again.

    wait ── registers its keys ──> looks at the storage ──> sleeps
                    worker ── settles ──> looks for the key here ── wakes

Both do it in that order, so whichever comes second sees what the first has done, and no wake-up is missed.
"""

import threading
from types import TracebackType
from typing import Self

from .context import Context


class Waiter:
    """Somebody who waits for some of `keys`, in its `with` block. Any thread may wake it."""

    def __init__(self, waiting: "Waiting", ctx: Context, keys: list[int]) -> None:
        self.keys = keys
        self._waiting = waiting
        self._ctx = ctx
        self._guard = threading.Lock()  # guards _asleep; taken after Waiting's, and no other is taken under it
        self._asleep = True
        self._gate = threading.Lock()  # locked while it is to sleep: an Event does the same, at five times the price
        self._gate.acquire()

    def __enter__(self) -> Self:
        self._waiting.add(self)
        self._stop_listening = self._ctx.after_done(self.wake)
        return self

    def __exit__(self, kind: type[BaseException] | None, err: BaseException | None, tb: TracebackType | None) -> None:
        self._stop_listening()
        self._waiting.remove(self)

    def wake(self) -> None:
        """Let sleep() return, now or when it is next called."""
        with self._guard:
            if self._asleep:
                self._asleep = False
                self._gate.release()

    def sleep(self, seconds: float) -> None:
        """Sleep until somebody wakes this, `seconds` at most."""
        if self._gate.acquire(timeout=seconds):
            with self._guard:
                self._asleep = True


class Waiting:
    """Who waits for which job. Any thread may call it."""

    def __init__(self) -> None:
        # Guards by_key. A worker looks whether it is empty without the lock, since nearly always it is.
        self._lock = threading.Lock()
        self.by_key: dict[int, list[Waiter]] = {}

    def waiter(self, ctx: Context, keys: list[int]) -> Waiter:
        """Return a waiter for these jobs, which also wakes when `ctx` ends. Look at the storage inside its block."""
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
        """Wake everybody: no job will end any more."""
        with self._lock:
            for waiters in self.by_key.values():
                for waiter in waiters:
                    waiter.wake()

    def ended(self, key: int) -> None:
        """Wake those who wait for this job. The storage says already that it has ended."""
        with self._lock:
            for waiter in self.by_key.get(key, ()):
                waiter.wake()
