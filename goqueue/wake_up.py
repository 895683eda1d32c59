"""A lock on which one thread sleeps until another wakes it. Five times as fast as an Event, and safe under Ctrl-C.

An interrupt can only come while the thread sleeps, or before or after, because releasing and acquiring a lock are each
one step. A condition variable of `threading` has several, and may be left in between.
"""

import threading


class WakeUp:
    """Wake-ups add up to one: `sleep` returns at once if somebody has called `wake` since it returned last."""

    __slots__ = ("_lock",)

    def __init__(self) -> None:
        self._lock = threading.Lock()  # guards nothing; it is locked while there is no wake-up
        self._lock.acquire()

    def wake(self) -> None:
        """Let sleep() return, now or at its next call. Any thread may call this."""
        try:
            self._lock.release()
        except RuntimeError:
            return  # it is unlocked, so a wake-up is there already

    def sleep(self, seconds: float | None = None) -> None:
        """Sleep until wake() is called, for at most `seconds` (None: for ever)."""
        if seconds is None:
            self._lock.acquire()
        else:
            self._lock.acquire(timeout=max(0.0, min(seconds, threading.TIMEOUT_MAX)))


def sooner(first: float | None, second: float | None) -> float | None:
    """Return the shorter of two times to wait; None stands for ever.

    >>> sooner(2.0, None), sooner(2.0, 1.0)
    (2.0, 1.0)
    """
    if first is None or second is None:
        return second if first is None else first
    return min(first, second)


def nothing() -> None:
    """Do nothing: stands for a clean-up while there is nothing to clean up."""
