"""Submit jobs to a peer, and wait until all have been done: the same for everybody.

Each peer is wrapped in a class of its own, in `peers/`, so that the loop here sees one kind of object.
"""

import threading
import time
from collections.abc import Callable
from typing import Any, Protocol

from .figures import Figures

WORKERS = 4


def noop(payload: Any) -> None:
    """Do nothing: the job that is measured."""


class Peer(Protocol):
    """Something that runs jobs in threads of its own."""

    @property
    def put(self) -> Callable[[dict[str, int]], Any]:
        """What submits one job; what that returns is handed to finish()."""

    def finish(self, count: int, last: list[Any]) -> float:
        """Wait until `count` jobs have been done and recorded; return that moment (time.perf_counter).

        `last` is what the last put() of each producer returned.
        """

    def close(self) -> None:
        """Stop the threads, and let go of files."""


class Tally:
    """Counts what has been done. Any thread may call it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0
        self._changed = threading.Condition(self._lock)
        self._awaited: int | None = None

    def one(self, *_: Any, **__: Any) -> None:
        """Count one."""
        with self._lock:
            self._count += 1
            if self._count == self._awaited:
                self._changed.notify_all()

    def wait_for(self, count: int) -> float:
        """Wait until so many have been counted; return that moment."""
        with self._lock:
            self._awaited = count
            self._changed.wait_for(lambda: self._count >= count)
        return time.perf_counter()


def drive(peer: Peer, size: int, producers: int = 1) -> Figures:
    """Submit `size` jobs, `producers` at a time; return how many a second were accepted, and done."""
    last: list[Any] = []
    start = time.perf_counter()
    if producers == 1:
        submit(peer, range(size), last)
    else:
        share = [
            threading.Thread(target=submit, args=(peer, range(n, size, producers), last)) for n in range(producers)
        ]
        for thread in share:
            thread.start()
        for thread in share:
            thread.join()
    accepted = time.perf_counter()
    done = peer.finish(size, last)
    peer.close()
    return {"accepted": size / (accepted - start), "done": size / (done - start), "each": (done - start) / size}


def submit(peer: Peer, orders: range, last: list[Any]) -> None:
    """Submit some jobs, one after another."""
    put, got = peer.put, None
    for order in orders:
        got = put({"order": order})
    last.append(got)
