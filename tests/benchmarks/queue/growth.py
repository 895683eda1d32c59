"""Growth: what a job that does nothing costs, by number of jobs and of workers, in memory.

What grows is the work of Python's cyclic garbage collector, which goes through all records that are kept; compare the
line without it.
"""

import gc
import statistics
from collections.abc import Callable
from functools import partial

from ..harness import EXECUTOR, OURS, Comparison, Contender, Figures, Goal, Measure
from .peers import Bare, Executor, Ours, Peer, drive

SIZES = (1_000, 10_000, 100_000, 1_000_000)
SMALL = 30_000  # jobs, at least, for each size: small ones are measured some times over
WITH = {f"{OURS}, {n} worker{'s' if n > 1 else ''}": n for n in (1, 4, 16, 64)}


def growing(make: Callable[[], Peer], collected: bool = True) -> Measure:
    """Return the measurement of one line, with Python's cyclic garbage collector or without it."""

    def measure(size: int) -> Figures:
        if not collected:
            gc.disable()
        found = {jobs: cost(make, jobs, min(SMALL, size)) for jobs in SIZES if jobs <= size}
        named = {f"µs a job, {jobs:,} jobs": value for jobs, value in found.items()}
        return {**named, "last ÷ first": found[size] / found[SIZES[0]]}

    return measure


def cost(make: Callable[[], Peer], jobs: int, least: int) -> float:
    times = []
    for _ in range(max(1, least // jobs)):
        gc.collect()
        times.append(drive(make(), jobs)["µs a job"])
    return float(statistics.median(times))


CONTENDERS = (
    *(Contender(name, growing(partial(Ours, workers))) for name, workers in WITH.items()),
    Contender(f"{OURS}, 4 workers, gc off", growing(Ours, collected=False), "after gc.disable()"),
    Contender(f"{EXECUTOR}, 4 workers", growing(Executor), "all futures kept"),
    Contender("bare queue.Queue, 4 workers", growing(Bare), "no record"),
)
GOALS = tuple(Goal("last ÷ first", "≤", 1.25, who=name) for name in WITH)

COMPARISON = Comparison(__doc__, CONTENDERS, size=SIZES[-1], quick=SIZES[0], goals=GOALS)
