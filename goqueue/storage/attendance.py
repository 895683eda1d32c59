"""Which queues have workers that claim in a storage of this process: the last that ends gives up the lease of all."""

import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Attendance:
    """The queues, one object each. Any thread may call it. It keeps no storage, so a storage can be dropped."""

    def __init__(self) -> None:
        self._queues: set[object] = set()
        self._lock = threading.Lock()  # guards the set, and giving up our id; only a lock of leases is taken under it

    def begin(self, resign: Callable[[], T], leave: Callable[[T], None]) -> Callable[[], None]:
        """Note one more queue. Return what its workers call when the last of them has ended.

        If no other queue works here then, `resign()` gives up our id, under the lock: whoever claims next has a new
        one. Afterwards, under no lock, `leave` is called with what it has returned.
        """
        queue = object()
        with self._lock:
            self._queues.add(queue)

        def end() -> None:
            with self._lock:
                self._queues.discard(queue)
                if self._queues:
                    return
                given_up = resign()
            leave(given_up)

        return end
