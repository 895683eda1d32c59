"""Where the time of a schedule goes: counted, and multiplied by what one of each costs; the rest is what is left.

Counting is done in explorations of their own, so that it does not slow down what is measured.
"""

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from goqueue.lab import explore
from goqueue.lab.races.happens_before import Races
from goqueue.lab.races.scheduler import Run
from goqueue.lab.races.search import Bounded, Reduction

from .measuring import exploration, many_runs, seconds
from .models import Model, idle


@dataclass(frozen=True)
class Costs:
    """What one of each costs, in seconds of the processor."""

    hand_off: float
    access: float


@dataclass(frozen=True)
class Counts:
    """How many of each are in one schedule, and the seconds of the search."""

    hand_offs: float
    accesses: float
    steps: float
    search: float


@dataclass(frozen=True)
class Parts:
    """Seconds of the processor that one schedule takes, in all and by part."""

    schedule: float
    hand_offs: float
    accesses: float
    search: float
    set_up: float
    count: Counts

    @property
    def rest(self) -> float:
        """Steps: locks, conditions, who can go on."""
        return max(0.0, self.schedule - self.hand_offs - self.accesses - self.search - self.set_up)


class Counter:
    """Counts the calls of functions, and adds up their seconds."""

    def __init__(self) -> None:
        self.calls = 0
        self.used = 0.0

    def around(self, real: Callable[..., Any], timed: bool) -> Callable[..., Any]:
        """Return a function that counts, and calls the real one."""

        def counted(*args: Any, **options: Any) -> Any:
            self.calls += 1
            return real(*args, **options)

        def clocked(*args: Any, **options: Any) -> Any:
            self.calls += 1
            start = time.thread_time()
            result = real(*args, **options)
            self.used += time.thread_time() - start
            return result

        return clocked if timed else counted


def count(work: Callable[[], int]) -> Counts:
    """Return what is in one schedule. `work` returns how many it has tried."""
    batons, accesses, steps, search = Counter(), Counter(), Counter(), Counter()
    counted = [(Run, "pass_baton", batons), (Run, "choose", steps), (Races, "note", accesses)]
    counted += [(kind, name, search) for kind in (Reduction, Bounded) for name in ("pick", "plan")]
    with ExitStack() as replaced:
        for owner, name, counter in counted:
            around = counter.around(getattr(owner, name), timed=counter is search)
            replaced.enter_context(patch.object(owner, name, around))
        tried = work()
    # The last hand-off of a run wakes its caller.
    return Counts(batons.calls / tried + 1, accesses.calls / tried, steps.calls / tried, search.used / tried)


def set_up(threads: int, times: int, costs: Costs) -> float:
    """Return the seconds of a run whose threads do nothing, without handing on and the search."""

    def all_runs() -> int:
        with exploration(idle(threads)) as runs:
            return sum(1 for _ in many_runs(runs, times))

    counts = count(all_runs)
    return max(0.0, seconds(all_runs)[0] / times - counts.hand_offs * costs.hand_off - counts.search)


def parts_of(model: Model, threads: int, costs: Costs, schedules: int) -> Parts:
    """Explore `model`, twice: to measure, and to count."""

    def search() -> int:
        return explore(model, schedules=schedules).schedules

    counts, tried = count(search), search()
    return Parts(
        schedule=seconds(search)[0] / tried,
        hand_offs=counts.hand_offs * costs.hand_off,
        accesses=counts.accesses * costs.access,
        search=counts.search,
        set_up=set_up(threads, schedules, costs),
        count=counts,
    )
