"""A simpler failure: the switches of a failing run are taken away, many at a time and then one by one, while it fails.

A run at random is preempted at dozens of steps, and few of them matter. This is delta debugging (Zeller and
Hildebrandt, 2002) on the places where another thread goes on. A switch is named by the thread that is left and by how
many steps that thread has taken, so that the name still fits when switches of other threads are gone.

Then all schedules with fewer preemptions are tried, fewest first, because another failure may be simpler yet.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from ..engine.run import Run
from ..engine.tasks import Task
from ..engine.words import FAILURES, Verdict
from .budget import Part
from .choosing import carry_on, plainly
from .exploration import Exploration

SIMPLER = 1_000  # schedules that may be spent on looking for a failure with fewer preemptions
OF_A_LIVELOCK = 50  # the same for a livelock, each of whose runs is long
FEW = 1  # preemptions, which are hardly worth the trouble

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


def simplify(exploration: Exploration, late: Part, by_chance: bool) -> None:
    """Look for a failure with fewer preemptions than the one that was found, by chance or by a search with a plan."""
    assert exploration.failure is not None
    most = OF_A_LIVELOCK if exploration.failure.verdict is Verdict.LIVELOCK else SIMPLER
    tried = take_away(exploration, late, most // 2) if by_chance and exploration.failure.preemptions > FEW else 0
    left = Part(max(0, min(most, late.schedules) - tried), late.deadline)
    exploration.simplified = tried + exploration.try_few_preemptions(range(exploration.failure.preemptions), left)


def take_away(exploration: Exploration, late: Part, most: int) -> int:
    """Take away switches from the failing run as long as it fails. Return how many runs that took, `most` at most."""
    assert exploration.failure is not None
    hot = exploration.hot
    run = exploration.run(plainly, hot=hot, forced=dict(exploration.failure.choices))
    tried, fewest, switches = 1, run.preemptions, switches_of(run)
    size, at = max(1, len(switches) // 2), 0
    while fewest > FEW and tried < most and not late.late:
        for fewer in without(switches, at, size):
            run = exploration.run(Guide(fewer).pick, hot=hot)
            tried += 1
            exploration.note(run)
            shorter = switches_of(run)
            if run.verdict in FAILURES and (run.preemptions, len(shorter)) < (fewest, len(switches)):
                fewest, switches = run.preemptions, shorter
                break
        else:
            at += size
        if at >= len(switches):
            if size == 1:
                break
            size, at = size // 2, 0
    return tried


def without(switches: Switches, at: int, size: int) -> Iterator[Switches]:
    """Yield the switches without some of them, and once more with a short cut past them.

    The second leaves out the visit to a thread: from 1 to 4 and from there to 2 becomes from 1 to 2.
    """
    yield switches[:at] + switches[at + size :]
    if at + size < len(switches):
        yield [*switches[:at], (switches[at][0], switches[at + size][1]), *switches[at + size + 1 :]]
