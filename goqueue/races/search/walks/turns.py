"""Turns: the threads take steps by turns, 1 step each in the first run, 2 in the second, and so on up to `MOST`.

Two threads that keep making way for each other do so for ever only if each of them moves in between, again and again.
Such a livelock needs a preemption in each of its rounds, so no search with few preemptions finds it, and a random walk
leaves the circle soon. In step with each other, the threads stay in it.
"""

from __future__ import annotations

from random import Random

from ...engine.run import Run
from ...engine.tasks import Task
from .walk import Known, Walk

MOST = 4  # steps in one turn


class Turns(Walk):
    """Chooses the threads by turns."""

    def __init__(self, chance: Random, number: int, known: Known) -> None:
        super().__init__(chance, number, known)
        self._length = number % MOST + 1
        self._taken = 0

    def choose(self, run: Run, able: list[Task]) -> Task:
        """Choose the current task until its turn is over, then the next one."""
        current = run.current
        if current in able and self._taken < self._length:
            return current
        later = [task for task in able if task.index > current.index]
        return (later or able)[0]

    def did(self, run: Run, chosen: Task) -> None:
        """Count the steps of a turn."""
        self._taken = self._taken + 1 if chosen is run.current else 1

    def push_back(self, task: Task) -> None:
        """End the turn of a task that yielded."""
        self._taken = self._length
