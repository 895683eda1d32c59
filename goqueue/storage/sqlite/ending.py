"""What becomes of a storage that nobody closes: it is dropped, or Python exits, or forks.

    dropped      its thread closes the file and ends, and its lease ends as that of a dead process
    exit         what write-behind holds is written, and the worker leaves the file; the storage stays usable, because
                 threads that still run may use it, but from now on nothing is accepted before it is written
    fork         nobody writes at that moment: SQLite in the child would see a writer that never ends, and its own
                 storage of the same file would find it locked for ever

Python calls nothing when a process is killed, by SIGKILL or by another signal that it does not handle.
"""

import atexit
import os
import sys
import threading
import weakref
from collections import deque
from typing import TYPE_CHECKING

from ...log import ERROR, tell, wait_for_background
from .leases import Leases
from .writer import Writer

if TYPE_CHECKING:
    from .storage import SQLiteStorage

PATIENCE = 10.0  # seconds that an exit waits for a file that another process holds
BRIEF = 1.0  # seconds that it waits for a log handler

_open: "weakref.WeakSet[SQLiteStorage]" = weakref.WeakSet()
_ending: "deque[Writer]" = deque()  # of storages that were dropped: they write what they have, and end
_registered: set[tuple[int, str]] = set()  # the process, and with what it will call us
_rests = threading.local()  # .writers, while a thread forks


def remember(storage: "SQLiteStorage") -> None:
    """Have `storage` flushed at exit, if it is still open then."""
    _open.add(storage)
    if not _registered and hasattr(os, "register_at_fork"):
        os.register_at_fork(before=_rest, after_in_parent=_go_on, after_in_child=_go_on)
    if _first("atexit"):
        atexit.register(flush_all)
    if "multiprocessing" in sys.modules and _first("multiprocessing"):  # its processes end without atexit
        from multiprocessing.util import Finalize

        Finalize(None, flush_all, exitpriority=0)


def _first(what: str) -> bool:
    before = (os.getpid(), what) in _registered
    _registered.add((os.getpid(), what))
    return not before


def _rest() -> None:
    _rests.writers = []
    for storage in list(_open):
        if storage._pid == os.getpid():
            _rests.writers.append(storage._writer)  # first, so that an interrupt leaves none at rest
            storage._writer.rest()


def _go_on() -> None:
    for writer in _rests.writers:
        writer.go_on()


def drop(writer: Writer, leases: Leases) -> None:
    """Let the thread of a storage that nobody has any more end. A finalizer calls this, so it waits for nothing."""
    writer.stop()
    _ending.append(writer)
    while not _ending[0].thread.is_alive() and len(_ending) > 1:
        _ending.popleft()
    leases.presence.leave(leases.worker)


def flush_all() -> None:
    """Write what each storage of this process holds, whether it is open or was dropped."""
    for writer in list(_ending):
        writer.thread.join(PATIENCE)
    for storage in list(_open):
        if storage._pid == os.getpid() and storage._writer.thread.is_alive():
            try:
                storage.hurry()
            except Exception as err:
                tell(ERROR, "%s: not all submissions could be written before the exit", storage.path, error=err)
    wait_for_background(BRIEF)
