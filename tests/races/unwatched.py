"""A library that the models of test_made_before.py use and the lab does not watch."""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Callable
from time import monotonic, sleep

LOCK = threading.Lock()
HIDDEN = (threading.Lock(),)


def guarded(function: Callable[[], None]) -> Callable[[], None]:
    """Run a function under a lock that was made at import."""

    def call() -> None:
        with LOCK:
            function()

    return call


def hidden(function: Callable[[], None]) -> Callable[[], None]:
    """Run a function under a lock that the lab cannot replace."""

    def call() -> None:
        with HIDDEN[0]:
            function()

    return call


def nap(seconds: float, timer: Callable[[], float] = time.monotonic) -> tuple[float, float]:
    """Sleep; return how long it took, by a clock imported by name and by a default."""
    began, started = monotonic(), timer()
    sleep(seconds)
    return monotonic() - began, timer() - started


class Store:
    """Guards a count by a lock of the class."""

    _lock = threading.RLock()
    local = threading.local()

    def __init__(self) -> None:
        self.count = 0

    def add(self, change: Callable[[], None]) -> None:
        """Call something under the lock of the class."""
        with self._lock:
            change()


class Cached:
    """Computes a value once."""

    @functools.cached_property
    def value(self) -> int:
        """A value."""
        return 1


class Counted(threading.local):
    """A local that takes arguments."""

    def __init__(self, start: int, *, step: int) -> None:
        self.count, self.step = start, step

    def up(self) -> int:
        """Count up."""
        self.count += self.step
        return self.count


COUNTED = Counted(5, step=2)


def made_inside() -> Counted:
    """Return a new local."""
    return Counted(5, step=2)


def up(local: threading.local) -> int:
    """Count up in a local, perhaps for the first time."""
    local.count = getattr(local, "count", 5) + 2
    return int(local.count)
