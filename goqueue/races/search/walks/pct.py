"""PCT, probabilistic concurrency testing: random priorities, changed at a few random steps.

Sebastian Burckhardt, Pravesh Kothari, Madanlal Musuvathi, Santosh Nagarakatte: "A Randomized Scheduler with
Probabilistic Guarantees of Finding Bugs", ASPLOS 2010.

A bug has depth d if it shows whenever d pairs of steps come in a certain order. "B is started before A has written" has
depth 1, and "B reads between A's read and A's write" has depth 2. A run of depth d gives each thread a random priority,
and always lets the thread with the highest go on. At d - 1 random steps the thread about to go on gets a priority below
all others. With n threads and k steps, such a run finds a given bug of depth d with a probability of at least
1 / (n * k ** (d - 1)).

Only steps at which more than one thread can go on are counted in k, because a priority has no effect elsewhere.
"""

from __future__ import annotations

from random import Random

from ...engine.run import Run
from ...engine.tasks import Task
from .walk import Known, Walk

DEPTHS = (2, 3, 2, 1)  # by turns


class Pct(Walk):
    """Chooses by priority. The depth depends on the number of the run."""

    def __init__(self, chance: Random, number: int, known: Known) -> None:
        super().__init__(chance, number, known)
        self._priorities: dict[int, float] = {}  # by task; those of new tasks are between 0 and 1
        self._lowest = -float(len(DEPTHS))
        changes = depth_of(number) - 1
        # Each change has its priority, whichever comes first: -1 or -2.
        self._changes = {chance.randint(1, known.points): -1.0 - change for change in range(changes)}

    def choose(self, run: Run, able: list[Task]) -> Task:
        """Choose one of several tasks."""
        change = self._changes.get(self.points)
        if change is not None:
            self._priorities[self._highest(able).index] = change
        return self._highest(able)

    def _highest(self, able: list[Task]) -> Task:
        for task in able:
            if task.index not in self._priorities:
                self._priorities[task.index] = self.chance.random()
        return max(able, key=lambda task: self._priorities[task.index])

    def push_back(self, task: Task) -> None:
        """Give a task that polls the lowest priority, or it would go on for ever."""
        self._lowest -= 1
        self._priorities[task.index] = self._lowest


def depth_of(number: int) -> int:
    """Return the depth of a run."""
    return DEPTHS[number % len(DEPTHS)]


def missed(depth: int, known: Known, runs: int) -> float:
    """Return the probability, at most, that so many runs of a depth miss a given bug of this depth.

    >>> round(missed(2, Known(threads=2, points=10), 100), 4)
    0.0059
    """
    return float((1 - 1 / (known.threads * known.points ** (depth - 1))) ** runs)
