"""What is done when other processes have added, ended or cancelled jobs: what a storage that can listen tells.

    the storage's thread ── tell ──> a worker that sleeps, maintenance, callers that wait, or a handler

Without it, everybody finds out when they look, every `poll` seconds.
"""

import threading
from collections.abc import Callable

from ..storage import Storage
from ..wake_up import nothing
from .crew import Crew
from .floor import Floor
from .waiting import Waiting


class Hearing:
    """The ears of one pool. Any thread may call it."""

    def __init__(self, storage: Storage, floor: Floor, waiting: Waiting, crew: Crew) -> None:
        self._listen = getattr(storage, "listen", None)  # a storage need not be able to
        self._floor = floor
        self._waiting = waiting
        self._crew = crew
        # Guards the next two. The storage is called under it, and never calls back.
        self._lock = threading.Lock()
        self._begun = self._listen is None
        self._end: Callable[[], None] = nothing

    def begin(self) -> None:
        """Hear from now on. A second call changes nothing."""
        if not self._begun:
            with self._lock:
                if self._listen is not None and self._end is nothing:
                    self._end = self._listen(self._tell)
                self._begun = True

    def end(self) -> None:
        """Hear no more, until somebody begins again."""
        with self._lock:
            end, self._end, self._begun = self._end, nothing, self._listen is None
        end()

    def _tell(self, what: str, about: str) -> bool:
        floor = self._floor
        if what == "added":
            free = bool(floor.idle or floor.coming) and not floor.stopping
            if free:
                floor.call()
            return free
        if what == "later":
            floor.due_in(0.0)
        elif what == "ended" and about:
            self._waiting.ended(int(about))
        elif what == "ended":
            self._waiting.wake_all()
        elif what == "cancelled":
            self._crew.cancel(int(about))
        return False
