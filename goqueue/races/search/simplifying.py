"""A simpler failure: the switches of a failing run are taken away, many at a time and then one by one, while it fails.

A run at random is preempted at dozens of steps, and few of them matter. This is delta debugging (Zeller and
Hildebrandt, 2002) on the places where another thread goes on. A switch is named by the thread that is left and by how
many steps that thread has taken, so that the name still fits when switches of other threads are gone.

Then all schedules with fewer preemptions are tried, fewest first, because another failure may be simpler yet.
"""

from __future__ import annotations

from collections import Counter

from ..engine.run import Run
from ..engine.tasks import Task
from ..engine.words import FAILURES
from .budget import Part
from .choosing import carry_on, plainly
from .exploration import Exploration

SIMPLER = 1_000  # schedules that may be spent on looking for a failure with fewer preemptions
FEW = 2  # preemptions, up to which trying all schedules with fewer costs little

Switches = list[tuple[tuple[int, int], int]]  # (task, how many steps it has taken), the task that goes on instead


class Guide:
    """Takes the given switches where they are possible, and none else."""

    def __init__(self, switches: Switches) -> None:
        self._switches = dict(switches)
        self._steps = Counter[int]()

    def pick(self, run: Run, able: list[Task]) -> Task:
        """Choose the task that goes on."""
        wanted = self._switches.get((run.current.index, self._steps[run.current.index]))
        chosen = next((task for task in able if task.index == wanted), None) or carry_on(run, able)
        self._steps[chosen.index] += 1
        return chosen


def switches_of(run: Run) -> Switches:
    """Return where another task went on in a run."""
    steps, switches, before = Counter[int](), Switches(), 0
    for task, _, _ in run.log.events:
        if task != before:
            switches.append(((before, steps[before]), task))
        steps[task] += 1
        before = task
    return switches


def simplify(exploration: Exploration, late: Part) -> None:
    """Look for a failure with fewer preemptions than the one that was found."""
    assert exploration.failure is not None
    # The reduction seldom preempts, so what it finds is simple enough for the second part.
    tried = take_away(exploration, late) if exploration.found_by and exploration.failure[1] > FEW else 0
    left = Part(max(0, min(SIMPLER, late.schedules) - tried), late.deadline)
    exploration.simplified = tried + exploration.try_few_preemptions(range(exploration.failure[1]), left)


def take_away(exploration: Exploration, late: Part) -> int:
    """Take away switches from the failing run as long as it fails. Return how many runs that took."""
    assert exploration.failure is not None
    hot = exploration.hot
    run = exploration.run(plainly, hot=hot, forced=dict(exploration.failure[2]))
    tried, fewest, switches = 1, run.preemptions, switches_of(run)
    size = len(switches) // 2
    while size:
        at = 0
        while at < len(switches) and tried < SIMPLER // 2 and not late.late:
            run = exploration.run(Guide(switches[:at] + switches[at + size :]).pick, hot=hot)
            tried += 1
            exploration.note(run)
            shorter = switches_of(run)
            if run.verdict in FAILURES and (run.preemptions, len(shorter)) < (fewest, len(switches)):
                fewest, switches = run.preemptions, shorter
            else:
                at += size
        size //= 2
    return tried
