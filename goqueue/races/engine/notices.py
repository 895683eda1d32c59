"""Notifications of one condition, or settings of one event: who gave them, and which of them each task has heard."""

from __future__ import annotations


class Notices:
    """Keeps them in the order in which they were given.

    >>> notices = Notices()
    >>> notices.give(1)
    1
    >>> notices.missed_by(2), notices.missed_by(1)  # its own is no news to a task
    (True, False)
    >>> notices.heard_by(2, 1)
    >>> notices.missed_by(2)
    False
    """

    def __init__(self) -> None:
        self._given: list[int] = []  # by which task
        self._heard: dict[int, int] = {}  # task -> how many had been given when it heard the last one

    def give(self, task: int) -> int:
        """Add a notification by a task. Return how many there are."""
        self._given.append(task)
        return len(self._given)

    def heard_by(self, task: int, number: int) -> None:
        """The task has been woken by the notification with this number, counted from 1, or has seen its effect."""
        self._heard[task] = number

    def seen_by(self, task: int) -> None:
        """The task has seen the effect of all that were given."""
        self._heard[task] = len(self._given)

    def missed_by(self, task: int) -> bool:
        """Whether another task gave a notification after the last one that this task heard."""
        return any(giver != task for giver in self._given[self._heard.get(task, 0) :])
