"""Runs at random, in rounds, so that the result is the same for any number of processes.

    what is known ─> 1 run ─> 1 ─> 2 ─> 4 ─> 8 ─> … ─> LONGEST ─> LONGEST ─> …
         ↑             └────┴────┴────┴─ after each round: new places that race, and longer runs, become known

A run may be preempted only at synchronisation and at places that are known to race. At first none is known, so the
first rounds are short: what they find is a step in the next one. Within a round nothing is learned, so its runs can be
made in any process and in any order. Run number n of a seed is the same run everywhere.

A process that makes runs for another tells only the numbers of those that showed something new. The first process makes
these runs again, in the order of their numbers, and learns from them as if it had made all of them.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from random import Random
from typing import Any

from ..engine.run import Run
from .budget import Part
from .exploration import Exploration
from .walks.pct import Pct, depth_of
from .walks.pos import Pos
from .walks.random_walk import RandomWalk
from .walks.surw import Surw
from .walks.turns import Turns
from .walks.walk import Known, Walk
from .workers import Workers

STRATEGIES: dict[str, type[Walk]] = {"random": RandomWalk, "pct": Pct, "pos": Pos, "surw": Surw, "turns": Turns}
LONGEST = 256  # runs in one round
WORTH_IT = 32  # runs in a round, below which other processes would cost more than they save
CONSTANT = ("runs", "schedules", "reduction", "idle", "look_on")  # what a run changes without showing anything


@dataclass
class Sample:
    """The runs of one strategy in one exploration."""

    strategy: str
    exploration: Exploration
    seed: int
    workers: Workers
    keep_going: bool = False  # after a failure
    known: Known = field(default_factory=Known)
    runs: int = 0
    pushed: bool = False  # a thread that polled was held back
    depths: Counter[int] = field(default_factory=Counter)  # of PCT: depth -> runs with all that is known now

    def go_on(self, part: Part) -> None:
        """Make runs until one fails, or this part of the budget is spent."""
        exploration = self.exploration
        while not part.spent(exploration.schedules):
            length = min(LONGEST, max(1, self.runs), part.schedules - exploration.schedules)
            known, hot = self.known, exploration.hot
            numbers = range(self.runs, self.runs + length)
            made = self._round(numbers, part)
            self.runs += made
            exploration.schedules += made
            if (known, hot) != (self.known, exploration.hot):
                self.depths.clear()
            elif made == length:  # if the time is up, it is not known which were made
                self.depths.update(depth_of(number) for number in numbers)
            if self._stops():
                return

    def _stops(self) -> bool:
        return self.exploration.hopeless or (self.exploration.failure is not None and not self.keep_going)

    def _round(self, numbers: range, part: Part) -> int:
        """Make the runs of one round. Return how many there were, up to the first that failed."""
        known, hot, whole = self.known, self.exploration.hot, part

        def make(numbers: Sequence[int], part: Part = whole) -> int:
            return self._make(numbers, known=known, hot=hot, part=part)

        jobs = self.workers.jobs
        if jobs == 1 or len(numbers) < WORTH_IT:
            return make(numbers)
        works = [partial(self._tell, make, numbers[job::jobs]) for job in range(jobs)]
        told: list[tuple[int, list[int]]] = self.workers.spread(self.exploration.idle, works)
        new = sorted(number for _, news in told for number in news)
        again = make(new, part=Part(part.schedules))
        if self._stops():
            return new[again - 1] - numbers.start + 1
        return sum(made for made, _ in told)

    def _make(self, numbers: Sequence[int], *, known: Known, hot: frozenset[Any], part: Part) -> int:
        """Make some runs, and learn from them. Return how many there were."""
        for made, number in enumerate(numbers):
            if part.late:
                return made
            walk = STRATEGIES[self.strategy](Random(f"{self.seed} {number}"), number, known)
            run = self.exploration.run(walk.pick, hot=hot)
            self._learn(walk, run)
            if self._stops():
                return made + 1
        return len(numbers)

    def _learn(self, walk: Walk, run: Run) -> None:
        self.exploration.note(run)
        self.exploration.heat(run.wanted)
        self.pushed = self.pushed or walk.pushed
        known, threads = self.known, len(run.tasks)
        if walk.points > known.points:
            self.known = Known(max(threads, known.threads), walk.points, profile_of(run), parents_of(run))
        elif threads > known.threads:
            self.known = replace(known, threads=threads)

    def _tell(self, make: Callable[[list[int]], int], numbers: Sequence[int]) -> tuple[int, list[int]]:
        """In another process: make some runs. Return how many there were, and which showed something new."""
        self.exploration.look_on = None
        total, news = 0, list[int]()
        for number in numbers:
            before = self._shown()
            try:
                made = make([number])
            except Exception:
                return total, [*news, number]  # made again in the first process, the run raises there
            if self._shown() != before:
                news.append(number)
            total += made
            if not made or self._stops():
                break
        return total, news

    def _shown(self) -> tuple[object, ...]:
        """Return all that runs have shown."""
        found = {name: value for name, value in vars(self.exploration).items() if name not in CONSTANT}
        return (
            {n: copy.copy(v) if isinstance(v, dict | list | set) else v for n, v in found.items()},
            self.known,
            self.pushed,
        )


def profile_of(run: Run) -> Counter[tuple[int, int]]:
    """Return how many steps of each task touched each object."""
    return Counter((task, op[0]) for task, op, _ in run.log.events if op is not None)


def parents_of(run: Run) -> dict[int, int]:
    """Return which task started which."""
    events = run.log.events
    return {task: events[step][0] if step >= 0 else 0 for task, step in run.log.parents.items()}
