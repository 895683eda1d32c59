"""SURW, selectively uniform random walk: each order of the selected steps is equally likely.

Huan Zhao, Dylan Wolff, Umang Mathur, Abhik Roychoudhury: "Selectively Uniform Concurrency Testing", ASPLOS 2025.

Two threads of 2 and 20 steps have 231 orders. If both are equally likely at each step, the short thread is done early
in nearly all runs. If the probability of a thread is the number of its steps that are left, all 231 are equally likely.
Only a few steps matter, so each run selects one object that threads share, and counts only the steps that touch it. An
earlier run has told how many there are.

One thread is *intended* to take the next selected step. The others take steps that are not selected, and wait in front
of those that are. When the intended thread has taken its step, another one is drawn.
"""

from __future__ import annotations

from random import Random

from ...engine.run import Run
from ...engine.tasks import Task
from .walk import Known, Walk


class Surw(Walk):
    """Chooses the threads of selected steps by how many of these they have left."""

    def __init__(self, chance: Random, number: int, known: Known) -> None:
        super().__init__(chance, number, known)
        self._selected = self._select()
        self._left = {task: count for (task, serial), count in known.profile.items() if serial == self._selected}
        self._intended = self._draw()

    def _select(self) -> int | None:
        """Return one object that several threads touch, or None."""
        touched = [serial for _, serial in self.known.profile]
        shared = sorted(serial for serial in set(touched) if touched.count(serial) > 1)
        return self.chance.choice(shared) if shared else None

    def _draw(self) -> int | None:
        """Return the task that shall take the next selected step. None if no selected step is left."""
        tasks = sorted(task for task, count in self._left.items() if count)
        return self.chance.choices(tasks, [self._left[task] for task in tasks])[0] if tasks else None

    def choose(self, run: Run, able: list[Task]) -> Task:
        """Choose one of several tasks."""
        free = [task for task in able if not self._selects(task) or self._intends(run, task)]
        return self.chance.choice(free or able)

    def did(self, run: Run, chosen: Task) -> None:
        """Count the step, and draw the next thread if it was a selected one."""
        if self._selects(chosen):
            self._left[chosen.index] = max(0, self._left.get(chosen.index, 0) - 1)
            self._intended = self._draw()

    def _selects(self, task: Task) -> bool:
        return task.op is not None and task.op[0] == self._selected

    def _intends(self, run: Run, task: Task) -> bool:
        """Whether a task is the intended one. For one that has not been started, its starter may go on."""
        intended = self._intended
        while intended is not None and intended >= len(run.tasks):
            intended = self.known.parents.get(intended)
        return intended is None or intended == task.index
