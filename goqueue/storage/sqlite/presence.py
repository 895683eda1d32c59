"""Whether a process lives, told without a thread: the kernel gives its lock back when it ends, however it ends.

    FILE-workers     each worker of the file holds a lock on the byte of its id
    other processes  try to lock that byte: if they can, its holder is dead

Heartbeats (leases.py) come from a thread, and a handler that holds the GIL, or a machine that is too busy, keeps that
thread from running. The lock does not depend on it. So a worker whose heartbeats are missing is considered dead only if
its lock is free, too.

The locks are POSIX record locks, which belong to a process: a child that a handler forks does not inherit them. They
also end when the process closes the file, by any descriptor, so each process opens it once and keeps it open. Two
storages in one process know of each other from `_held`. Where there are no such locks (Windows, some network file
systems, a browser tab) the heartbeats decide alone.
"""

import contextlib
import errno
import os
import threading
from typing import Any

fcntl: Any
try:
    import fcntl
except ImportError:  # Windows
    fcntl = None
if not hasattr(fcntl, "lockf"):  # a browser tab
    fcntl = None

# Guards the two below; nothing is waited for while it is held. A finalizer takes it too, at any moment.
_guard = threading.RLock()
_files: dict[tuple[int, str], int] = {}  # (process, path): the descriptor
_held: set[tuple[int, str, int]] = set()  # (process, path, worker)


def _new_guard() -> None:
    global _guard
    _guard = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_new_guard)  # another thread may have held it


class Presence:
    """The locks of the workers of one file. Any thread may call it."""

    def __init__(self, path: str) -> None:
        self._path = f"{os.path.realpath(path)}-workers"  # of the file itself, by whatever link it was opened

    def enter(self, worker: int) -> None:
        """Hold the lock of `worker`, which is of this process."""
        if self._lock(worker):
            with _guard:
                _held.add((os.getpid(), self._path, worker))

    def leave(self, worker: int) -> None:
        """Give the lock of `worker` back, as the end of the process would. Harmless if it is not held."""
        with _guard:
            _held.discard((os.getpid(), self._path, worker))
        self._unlock(worker)

    def holds(self, worker: int) -> bool:
        """Whether some process that lives holds the lock of `worker`."""
        if (os.getpid(), self._path, worker) in _held:
            return True
        free = self._lock(worker)
        if free:
            self._unlock(worker)
        return free is False

    def _descriptor(self) -> int | None:
        place = (os.getpid(), self._path)
        with _guard:
            if place not in _files:
                with contextlib.suppress(OSError):
                    _files[place] = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
            return None if fcntl is None else _files.get(place)

    def _lock(self, worker: int) -> bool | None:
        """Lock a byte. Return False if another process holds it, and None if there are no locks here."""
        descriptor = self._descriptor()
        if descriptor is None:
            return None
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, worker)
        except OSError as err:
            return False if err.errno in (errno.EACCES, errno.EAGAIN) else None
        return True

    def _unlock(self, worker: int) -> None:
        descriptor = self._descriptor()
        if descriptor is not None:
            with contextlib.suppress(OSError):
                fcntl.lockf(descriptor, fcntl.LOCK_UN, 1, worker)
