"""One run at random: what the random walk, PCT, POS and SURW have in common.

    pick(run, able) ─> leave out a thread that yielded ─> choose(…), which each strategy has ─> did(…)

A walk is made for one run and thrown away. All that it draws comes from one seeded generator, and all that it knows of
earlier runs is in `Known`. The same seed, number and knowledge therefore make the same run, in any process.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from random import Random

from ...engine.run import FAIR_SHARE, Run
from ...engine.tasks import Task

Profile = Counter[tuple[int, int]]  # (task, serial of an object) -> steps of the task that touched the object


@dataclass(frozen=True)
class Known:
    """What earlier runs have shown. It stays the same for a whole round of runs."""

    threads: int = 1  # the most in one run
    points: int = 1  # the most steps of one run at which more than one thread could go on
    profile: Profile = field(default_factory=Counter)  # of the run with the most of these steps
    parents: dict[int, int] = field(default_factory=dict)  # task -> the task that started it, in that run


class Walk:
    """Chooses the threads of one run at random."""

    def __init__(self, chance: Random, number: int, known: Known) -> None:
        self.chance, self.number, self.known = chance, number, known
        self.points = 0  # steps so far at which more than one thread could go on
        self.pushed = False  # a thread that yielded, or ran on and on, had to let others go first

    def pick(self, run: Run, able: list[Task]) -> Task:
        """Choose the task that goes on."""
        if len(able) > 1:
            self.points += 1
            able = self._willing(run, able)
        chosen = able[0] if len(able) == 1 else self.choose(run, able)
        self.did(run, chosen)
        return chosen

    def _willing(self, run: Run, able: list[Task]) -> list[Task]:
        """Leave out the current task if it has yielded or has had its share, or a loop that polls would never end."""
        current = run.current
        if current not in able or not (current.yielded or run.streak >= FAIR_SHARE):
            return able
        self.pushed = True
        self.push_back(current)
        return [task for task in able if task is not current]

    def choose(self, run: Run, able: list[Task]) -> Task:
        """Choose one of several tasks."""
        raise NotImplementedError

    def did(self, run: Run, chosen: Task) -> None:
        """Note which task goes on. Its `op` is the step that it takes."""

    def push_back(self, task: Task) -> None:
        """Note that a task has to let the others go first."""
