"""What becomes of a storage that nobody closes: it is dropped, or Python exits.

    dropped    its threads end, its connections are closed, and its lease ends as that of a dead process
    exit       what was to be settled soon is settled, and the worker leaves; the storage stays usable, because threads
               that still run may use it

Python calls nothing when a process is killed. The child of a fork must open its own: it closes no connection of its
parent.
"""

import atexit
import os
import weakref
from typing import TYPE_CHECKING

from ...log import ERROR, tell
from .connections import Connections

if TYPE_CHECKING:
    from .behind import Behind
    from .listener import Listener
    from .storage import PostgresStorage

_open: "weakref.WeakSet[PostgresStorage]" = weakref.WeakSet()
_registered: set[int] = set()  # processes


def remember(storage: "PostgresStorage") -> None:
    """Have `storage` leave at exit, if it is still open then."""
    _open.add(storage)
    if os.getpid() not in _registered:
        _registered.add(os.getpid())
        atexit.register(leave_all)


def leave_all() -> None:
    """Let each storage of this process settle what it has, and give up its lease."""
    for storage in list(_open):
        if storage._pid == os.getpid() and not storage._closed:
            try:
                storage.leave()
            except Exception as err:
                tell(ERROR, "%s: not all outcomes could be settled before the exit", storage.name, error=err)


def drop(behind: "Behind", listener: "Listener", connections: Connections) -> None:
    """Let the threads of a storage that nobody has any more end. A finalizer calls this, so it waits for nothing."""
    behind.stop()
    listener.stop()
    connections.close()


def flush(this: "weakref.ref[PostgresStorage]") -> None:
    """Settle what is behind, if the storage is still there."""
    storage = this()
    if storage is not None:
        storage.flush()


def ring(this: "weakref.ref[PostgresStorage]", seconds: float) -> None:
    """Ring the bell, if the storage is still there."""
    storage = this()
    if storage is not None:
        storage.ring(seconds)
