"""How the storage in memory takes its lock on the way of every job: without a lock convoy, and safe under Ctrl-C.

    a convoy      A sleeps at the lock ──> B releases it ──> A has the lock, but must wait for the GIL
                  B wants the lock again, sleeps at it ──> A runs, releases it ──> B has it, but must wait for the GIL …

CPython gives a lock to a sleeping thread before the thread has the GIL. The thread that runs meets the lock a few
microseconds later, sleeps in its turn, and so on: from then on every operation costs a switch of threads. So a thread
that finds the lock held does not sleep at it at once. It pauses first, which leaves the GIL to the holder. Without a
GIL there is nothing to wait for but the lock, so there it sleeps AT_ONCE.

`with lock` has no place for a pause. A caller writes this instead:

    try:
        if not lock.acquire(AT_ONCE):
            wait_for(lock)
        ...
    finally:
        try:
            lock.release()
        except RuntimeError:  # Ctrl-C, while it waited for the lock
            pass

An interrupt comes before or after each of these calls. If it comes before the thread has the lock, `release` refuses,
because an RLock knows its owner. If it comes after, `release` releases it.
"""

import sys
import threading
import time

from ..errors import StorageError

AT_ONCE = not getattr(sys, "_is_gil_enabled", lambda: True)()
PAUSE = 1e-5  # seconds


def wait_for(lock: "threading.RLock") -> None:
    """Take a lock that another thread holds."""
    time.sleep(PAUSE)
    lock.acquire()


def check_not_held(lock: "threading.RLock") -> None:
    """Raise StorageError if the calling thread holds the lock: then it is in the middle of a change."""
    if lock._is_owned():  # type: ignore[attr-defined]
        raise reentered()


def reentered() -> StorageError:
    """Return the error for a call that comes in the middle of another call of the same thread."""
    return StorageError(
        "the storage was called in the middle of one of its own changes, by a signal handler or a finalizer: let that "
        "set a flag, and call the storage afterwards"
    )
