"""POS, partial order sampling: a random priority for each step, drawn again when a step that depends on it was taken.

Xinhao Yuan, Junfeng Yang, Ronghui Gu: "Partial Order Aware Concurrency Sampling", CAV 2018.

The next step of each thread has a random priority, and the highest is taken. Then all waiting steps that depend on it
get new priorities. Without that, a step that has lost against one would also be likely to lose against the next, so the
orders of dependent steps would not be independent of each other.
"""

from __future__ import annotations

from random import Random

from ...engine.run import Run
from ...engine.tasks import Task
from ..history import dependent
from .walk import Known, Walk


class Pos(Walk):
    """Chooses by priorities that belong to steps, and not to threads."""

    def __init__(self, chance: Random, number: int, known: Known) -> None:
        super().__init__(chance, number, known)
        self._priorities: dict[int, float] = {}  # task -> the priority of its next step

    def choose(self, run: Run, able: list[Task]) -> Task:
        """Choose one of several tasks."""
        for task in able:
            if task.index not in self._priorities:
                self._priorities[task.index] = self.chance.random()
        return max(able, key=lambda task: self._priorities[task.index])

    def did(self, run: Run, chosen: Task) -> None:
        """Forget the priority of the step that is taken, and of those that depend on it."""
        for task in run.tasks:
            if task is chosen or dependent(task.op, chosen.op):
                self._priorities.pop(task.index, None)
