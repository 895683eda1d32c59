"""Changes that were accepted and are not in the file yet, for which nobody waits: submissions (write-behind), outcomes.

    accept ──> items ── after half of `seconds`, or in a hurry ──> the writer's thread, in one commit ──> told

Submissions go along with the next change, whatever it is. Outcomes wait until many share a commit, unless somebody is
in a hurry for them: who claims the next jobs, or waits for one of these.

If the items cannot be written, they stay here and are tried again, and `check` raises: nothing that was accepted is
thrown away. An item leaves only after its commit, so whoever finds none here finds all in the file.
"""

import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from ...log import ERROR, tell_in_background
from ..opened import closed
from . import database
from .writer import Ticket, Writer

AGAIN = 0.5  # seconds, at least, until what could not be written is tried again
I = TypeVar("I")  # noqa: E741


def nothing(items: list[Any]) -> None:
    """Tell nobody."""


class Behind(Generic[I]):
    """A buffer. Any thread may call accept, refuse and check; the writer's thread does the rest.

    `write` writes items inside a transaction. `told` is called with them by the writer's thread, after the commit, when
    that thread has no lock.
    """

    def __init__(
        self,
        path: str,
        seconds: float,
        write: Callable[[sqlite3.Connection, list[I]], None],
        told: Callable[[list[I]], None] = nothing,
        joins: bool = True,
    ) -> None:
        self.items: deque[I] = deque()
        self.failure: BaseException | None = None  # why they could not be written
        self.write = write
        self._path = path
        self._seconds = seconds / 2
        self._told = told
        self._joins = joins  # they go along with any change
        self._hurries = False  # they go along with the next change, which comes at once
        self._called = False  # the writer's thread knows that there are items
        self._due: float | None = None  # when to write them (time.monotonic)
        self._lock = threading.Lock()  # guards `_refuses`; nothing else is done while it is held
        self._refuses = False

    def accept(self, item: I, writer: Writer, hurry: bool = False) -> None:
        """Keep an item until it is written, at once in a hurry. Raises StorageError if nothing is accepted any more."""
        with self._lock:
            if self._refuses:
                raise closed(self._path)
            self.items.append(item)
        # After the item is there: the writer's thread clears these two before it looks.
        if hurry and not self._hurries:
            self._hurries = self._called = True
            writer.call()
        elif not self._called:
            self._called = True
            writer.call()

    def hurry(self) -> None:
        """Have all items written with the next change, which the caller makes after this."""
        self._hurries = True

    def refuse(self) -> None:
        """Accept nothing from here on, because it would not be written."""
        with self._lock:
            self._refuses = True

    def check(self) -> None:
        """Raise why the items could not be written, if they could not."""
        if self.failure is not None:
            raise self.failure

    def wait_time(self) -> float | None:
        """Return the seconds after which the items want a commit of their own, or None if there are none."""
        if not self.items:
            return None
        if self._hurries:
            return 0.0
        if self._due is None:
            self._due = time.monotonic() + self._seconds
        return max(0.0, self._due - time.monotonic())

    def ticket(self, in_company: bool) -> "Ticket[None] | None":
        """Return an op that writes the items, if they are due or go along with others."""
        if not (in_company and self._joins) and self.wait_time() != 0.0:
            return None
        self._called = self._hurries = False  # before looking, so that an item that comes later calls again
        items = list(self.items)
        return Crowd(self, items) if items else None

    def written(self, items: list[I]) -> None:
        """Note that the oldest items are committed."""
        for _ in items:
            self.items.popleft()
        self._due = self.failure = None
        try:
            self._told(items)
        except Exception as err:
            tell_in_background(ERROR, [f"{self._path}: what was to be told after a commit failed"], err)

    def not_written(self, err: BaseException) -> None:
        """Note that the items could not be written."""
        if self.failure is None:
            said = f"{self._path}: what was accepted cannot be written yet; it is tried again: {err}"
            tell_in_background(ERROR, [said])
        self.failure = err
        self._due = time.monotonic() + max(AGAIN, self._seconds)


class Crowd(Ticket[None]):
    """The op that writes items for which nobody waits."""

    __slots__ = ("_behind", "_items")

    awaited = False

    def __init__(self, behind: Behind[Any], items: list[Any]) -> None:
        super().__init__(lambda on: behind.write(on, items), False, database.BUSY)
        self._behind = behind
        self._items = items

    def settle(self, error: BaseException | None = None) -> None:
        """Note how it went."""
        if self.done:
            return
        self.done = True
        if error is None:
            self._behind.written(self._items)
        else:
            self._behind.not_written(error)
