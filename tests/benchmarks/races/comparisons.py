"""The race lab: how fast it tries schedules, where its time goes, and which mistakes it and its peers find."""

import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from goqueue.lab import detect, explore, load

from ..harness import Comparison, Contender, Figures, Goal
from .breakdown import shares
from .cases import LOCKED_COUNTER, LOST_UPDATE, MISTAKES, OPPOSITE_ORDER, Case, Model, model_of
from .measuring import exploration, many_runs, seconds, watched_access
from .models import accesses, course_pool, pool
from .tools import TOOLS, Tool

USED, ELAPSED, WAITED = "schedules a second of the processor", "a second elapsed", "seconds elapsed"
CASES = (LOST_UPDATE, LOCKED_COUNTER, OPPOSITE_ORDER)
LONGER = ((LOST_UPDATE, 3, detect), (LOCKED_COUNTER, 6, explore), (OPPOSITE_ORDER, 2, detect))
COURSE_BUDGET = 3_000  # schedules of a pool of the course, which takes ten times as long


def many(case: Case, size: int) -> Figures:
    """Run schedules one after another."""
    steps: list[int] = []
    with exploration(model_of(case)) as runs:
        used, elapsed = seconds(lambda: steps.extend(run.steps for run in many_runs(runs, size)))
    return {"schedules": size, "steps each": statistics.mean(steps), USED: size / used, ELAPSED: size / elapsed}


def searched(call: Callable[..., Any], model: Model, size: int) -> tuple[Any, float, float]:
    """Return the result of a whole search, and the processor's and the elapsed seconds."""
    found: list[Any] = []
    used, elapsed = seconds(lambda: found.append(call(model, schedules=size)))
    return found[0], used, elapsed


def whole(case: Case, times: int, call: Callable[..., Any], size: int) -> Figures:
    result, used, elapsed = searched(call, model_of(case, times), size)
    return {"schedules": result.schedules, USED: result.schedules / used, ELAPSED: result.schedules / elapsed}


def looping(writing: bool, size: int) -> Figures:
    plain = seconds(accesses(20 * size, writing))[0] / (20 * size)
    cold, hot = watched_access(size, writing), watched_access(size // 5, writing, hot=True)
    times = {"plain, ns": plain * 1e9, "watched, ns": cold * 1e9, "hot, ns": hot * 1e9}
    return {**times, "watched ÷ plain": cold / plain, "hot ÷ plain": hot / plain}


def exploring(name: str, make: Callable[[], Model], budget: int) -> Contender:
    def measure(size: int) -> Figures:
        result, used, elapsed = searched(explore, make(), min(size, budget))
        tried = {"verdict": result.verdict, "schedules": result.schedules}
        return {**tried, "seconds of the processor": used, WAITED: elapsed}

    return Contender(name, measure, f"at most {budget:,} schedules")


def filled(when: str, workers: int, jobs: int) -> Contender:
    """Return a pool on a queue that is filled "before" it starts, or "meanwhile"."""
    return exploring(f"filled {when}, {workers} × {jobs}", lambda: pool(workers, jobs, when == "meanwhile"), 10_000)


def step_12(workers: int) -> Contender:
    return exploring(f"step 12, {workers} × 1", lambda: course_pool(load(12), workers, 1), COURSE_BUDGET)


def looking(tool: Tool, repeats: int, case: Case, size: int) -> Figures:
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        answer, schedules = tool(case, size)
        times.append(time.perf_counter() - start)
    return {"answer": answer, "schedules": schedules, "seconds": statistics.median(times)}


def parts(name: str, threads: int, make: Callable[[], Model]) -> Contender:
    return Contender(name, lambda size: shares(make(), threads, size))


COMPARISONS = {
    "two_threads": Comparison(
        "Race lab: two threads, schedules a second of the processor, and elapsed.",
        (
            *(Contender(case.name, partial(many, case), "runs, ≤ 3 preemptions") for case in CASES),
            *(
                Contender(f"{case.name}, {times} times each", partial(whole, case, times, call), f"{call.__name__}()")
                for case, times, call in LONGER
            ),
        ),
        size=2_000,
        quick=10,
        goals=tuple(Goal(USED, "≥", 5_000, who=case.name) for case in CASES),
    ),
    "access": Comparison(
        """Race lab: one access to an attribute in a loop, in time of the processor.

        Hot: threads race for it, so each access is a step; here it is the only thread, so no hand-off is in it.
        """,
        (Contender("read", partial(looping, False)), Contender("write", partial(looping, True))),
        size=20_000,
        quick=500,
    ),
    "pools": Comparison(
        "Race lab: explore() of right pools (workers × jobs), to the end or the budget.",
        (
            *(filled("before", workers, jobs) for workers, jobs in ((2, 2), (2, 3), (3, 2), (3, 4))),
            *(filled("meanwhile", 2, jobs) for jobs in (1, 2)),
            *(step_12(workers) for workers in (1, 2)),
        ),
        size=10_000,
        quick=10,
        goals=(Goal(WAITED, "≤", 0.1, who="filled before, 2 × 2"), Goal(WAITED, "≤", 2, who="filled before, 3 × 2")),
    ),
    "mistakes": Comparison(
        """Race lab: ten mistakes, schedules and seconds to the first failure.

        The seconds of explore() include the search for the simplest failure, and its run with a full record. frontrun,
        where it finds nothing, is asked again with the threads in the opposite order. Missed: the tool says that all
        is well.
        """,
        tuple(
            Contender(f"{case.name}: {name}", partial(looking, tool, repeats, case))
            for case in MISTAKES
            for name, (tool, repeats) in TOOLS.items()
        ),
        size=5_000,
        quick=1_000,
        rounds=1,
    ),
    "breakdown": Comparison(
        """Race lab: where the time of a schedule goes, in time of the processor.

        Set-up is what a run takes whose threads do nothing. What is left is locks, waits, who can go on, copies, the
        model itself, and the look at what turns out to be no data: methods, and objects that are no container.
        Hand-offs, accesses and the search are counted in explorations of their own, and multiplied by what one of
        each costs.
        """,
        (
            parts("locked counter, 5 times each", 2, lambda: model_of(LOCKED_COUNTER, 5)),
            parts("pool filled before, 3 × 2", 3, lambda: pool(3, 2, False)),
            parts("pool filled meanwhile, 2 × 1", 2, lambda: pool(2, 1, True)),
            parts("step 12, 1 × 1", 2, lambda: course_pool(load(12), 1, 1)),
        ),
        size=600,
        quick=10,
    ),
}
