"""Race lab: explore() of right pools (workers × jobs), to the end or the budget."""

from collections.abc import Callable
from typing import Any

from goqueue.lab import explore, load

from ..harness import Comparison, Contender, Figures, Goal
from .cases import Model
from .measuring import seconds
from .models import course_pool, pool

COURSE_BUDGET = 3_000  # schedules of a pool of the course, which takes ten times as long
ELAPSED = "seconds elapsed"


def exploring(name: str, make: Callable[[], Model], budget: int) -> Contender:
    def measure(size: int) -> Figures:
        model, found = make(), list[Any]()
        used, elapsed = seconds(lambda: found.append(explore(model, schedules=min(size, budget))))
        tried = {"verdict": found[0].verdict, "schedules": found[0].schedules}
        return {**tried, "seconds of the processor": used, ELAPSED: elapsed}

    return Contender(name, measure, f"at most {budget:,} schedules")


def filled(when: str, workers: int, jobs: int) -> Contender:
    """Return a pool on a queue that is filled "before" it starts, or "meanwhile"."""
    return exploring(f"filled {when}, {workers} × {jobs}", lambda: pool(workers, jobs, when == "meanwhile"), 10_000)


def step_12(workers: int) -> Contender:
    return exploring(f"step 12, {workers} × 1", lambda: course_pool(load(12), workers, 1), COURSE_BUDGET)


CONTENDERS = (
    *(filled("before", workers, jobs) for workers, jobs in ((2, 2), (2, 3), (3, 2), (3, 4))),
    *(filled("meanwhile", 2, jobs) for jobs in (1, 2)),
    *(step_12(workers) for workers in (1, 2)),
)
GOALS = (Goal(ELAPSED, "≤", 0.1, who="filled before, 2 × 2"), Goal(ELAPSED, "≤", 2, who="filled before, 3 × 2"))

COMPARISON = Comparison(__doc__, CONTENDERS, size=10_000, quick=10, goals=GOALS)
