"""functools.cached_property: up to Python 3.11, one lock for all instances of a class."""

from __future__ import annotations

import threading
from functools import cached_property

from .threads import together


class Report:
    """A report whose size is computed with a lock held, or without."""

    def __init__(self, lock: threading.Lock | None) -> None:
        self.lock = lock

    @cached_property
    def size(self) -> int:
        """The size, computed once."""
        if self.lock is None:
            return 1
        with self.lock:
            return 1

    def plain_size(self) -> int:
        """The same, without the cached property's own lock, as in Python 3.12."""
        if "size" not in self.__dict__:
            self.__dict__["size"] = vars(type(self))["size"].func(self)
        size: int = self.__dict__["size"]
        return size


def gh_87634() -> None:
    """A method waits with the class's lock held, for a thread that wants the property of another instance."""
    lock = threading.Lock()
    locking, other = Report(lock), Report(None)

    def first() -> None:
        _ = locking.size

    def second() -> None:
        with lock:
            _ = other.size

    together(first, second)


def gh_87634_repaired() -> None:
    """The same without the class's lock."""
    lock = threading.Lock()
    locking, other = Report(lock), Report(None)

    def first() -> None:
        locking.plain_size()

    def second() -> None:
        with lock:
            other.plain_size()

    together(first, second)
