"""What one run did, as the search sees it: its steps, and which step made which other possible."""

from __future__ import annotations

from typing import Any

from .sections import Locked, Section

# What a step does: (serial of the object, mode, key). Two operations depend on each other if they touch the same
# object, unless both read or the keys differ. None depends on nothing.
Op = tuple[int, str, Any] | None


class Joint(tuple[Any, ...]):
    """An access after others that belong to the same step of the model: it does nothing until the last of them is made.

    Whoever changes meanwhile what an earlier one touched moves the step behind the change. So the order of that change
    and this access matters, although they touch different objects.
    """

    before: tuple[Op, ...]

    def __new__(cls, op: tuple[int, str, Any], before: tuple[Op, ...]) -> Joint:
        """Join an access to those before it."""
        made = super().__new__(cls, op)
        made.before = before
        return made


class Log:
    """The steps of one run, each known by its index in `events`. Written by the thread that holds the baton."""

    def __init__(self) -> None:
        self.events: list[tuple[int, Op, int]] = []  # (task, operation, ticks before)
        self.woken: set[int] = set()  # steps that a deadline let happen
        self.released_at: dict[int, int] = {}  # a step that took a lock -> the step that had released it
        self.enabled_by: dict[int, int] = {}  # the step in which a wait ended -> the step that ended it
        self.joined: dict[int, int] = {}  # a step that saw the end of a task -> the task
        self.parents: dict[int, int] = {}  # task -> the step that started it
        self.pending: list[tuple[int, Op]] = []  # the next operation of each task that had not ended
        self.cut_off: list[int] = []  # tasks that could have gone on; what they would have done is unknown
        self._releases: dict[int, int] = {}  # serial of a lock -> the step that released it last

    @property
    def now(self) -> int:
        """The index of the current step."""
        return len(self.events) - 1

    def forget(self) -> None:
        """Hold nothing any more, because the search has planned what comes next."""
        self.events, self.pending, self.cut_off = [], [], []
        for held in (self.released_at, self.enabled_by, self.joined, self.parents, self._releases):
            held.clear()

    def took(self, serial: int) -> None:
        """The current step has taken a lock, so it comes after the step that released the lock."""
        if serial in self._releases:
            self.released_at[self.now] = self._releases[serial]

    def was_section(self, section: Section) -> None:
        """The current step has taken a lock, touched data, and released the lock."""
        task, op, ticks = self.events[-1]
        self.events[-1] = (task, Locked(op, section.touched), ticks)

    def gave(self, serial: int) -> None:
        """The current step has released a lock."""
        self._releases[serial] = self.now

    def was_enabled_by(self, index: int) -> None:
        """The current step could not have come before the step with this index, which notified its task."""
        self.enabled_by[self.now] = index
