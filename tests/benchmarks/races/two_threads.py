"""Race lab: two threads, schedules a second of the processor, and elapsed."""

import statistics
from collections.abc import Callable
from typing import Any

from goqueue.lab import detect, explore

from ..harness import Comparison, Contender, Figures, Goal
from .cases import LOCKED_COUNTER, LOST_UPDATE, OPPOSITE_ORDER, Case, model_of
from .measuring import exploration, many_runs, seconds

USED, ELAPSED = "schedules a second of the processor", "a second elapsed"


def many(case: Case) -> Contender:
    def measure(size: int) -> Figures:
        steps: list[int] = []
        with exploration(model_of(case)) as runs:
            used, elapsed = seconds(lambda: steps.extend(run.steps for run in many_runs(runs, size)))
        return {"schedules": size, "steps each": statistics.mean(steps), USED: size / used, ELAPSED: size / elapsed}

    return Contender(case.name, measure, "runs, ≤ 3 preemptions")


def whole(case: Case, times: int, call: Callable[..., Any]) -> Contender:
    def measure(size: int) -> Figures:
        found: list[Any] = []
        used, elapsed = seconds(lambda: found.append(call(model_of(case, times), schedules=size)))
        tried: int = found[0].schedules
        return {"schedules": tried, USED: tried / used, ELAPSED: tried / elapsed}

    return Contender(f"{case.name}, {times} times each", measure, f"{call.__name__}()")


CASES = (LOST_UPDATE, LOCKED_COUNTER, OPPOSITE_ORDER)
LONGER = (whole(LOST_UPDATE, 3, detect), whole(LOCKED_COUNTER, 6, explore), whole(OPPOSITE_ORDER, 2, detect))
GOALS = tuple(Goal(USED, "≥", 5_000, who=case.name) for case in CASES)

COMPARISON = Comparison(__doc__, (*map(many, CASES), *LONGER), size=2_000, quick=10, goals=GOALS)
