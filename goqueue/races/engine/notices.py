"""Notifications of one condition, or settings of one event: who gave them, and which of them each task has heard."""

from __future__ import annotations

from typing import NamedTuple


class Notice(NamedTuple):
    """One of them: who gave it, and when."""

    task: int
    moment: int = 0  # on the giver's own clock, which goes on when the giver gives back a lock
    position: int = 0  # in the run

    def is_before(self, task: int, moment: int, position: int) -> bool:
        """Whether something came too late for those whom this woke: after it, and after its giver gave back the lock.

        >>> Notice(1, 5, 30).is_before(2, 1, 31), Notice(1, 5, 30).is_before(1, 5, 31)
        (True, False)
        """
        return position > self.position and (task != self.task or moment > self.moment)


class Notices:
    """Keeps them in the order in which they were given.

    >>> notices = Notices()
    >>> notices.give(Notice(1))
    1
    >>> len(notices.missed_by(2)), len(notices.missed_by(1))  # its own is no news to a task
    (1, 0)
    >>> notices.heard_by(2, 1)
    >>> notices.missed_by(2)
    []
    """

    def __init__(self) -> None:
        self._given: list[Notice] = []
        self._heard: dict[int, int] = {}  # task -> how many had been given when it heard the last one

    def give(self, notice: Notice) -> int:
        """Add a notification. Return how many there are."""
        self._given.append(notice)
        return len(self._given)

    def heard_by(self, task: int, number: int) -> None:
        """The task has been woken by the notification with this number, counted from 1, or has seen its effect."""
        self._heard[task] = number

    def seen_by(self, task: int) -> None:
        """The task has seen the effect of all that were given."""
        self._heard[task] = len(self._given)

    def missed_by(self, task: int) -> list[Notice]:
        """Return the notifications that other tasks gave after the last one that this task heard."""
        return [notice for notice in self._given[self._heard.get(task, 0) :] if notice.task != task]
