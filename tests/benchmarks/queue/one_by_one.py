"""One job at a time, from submit to done, as the thread that waits for it sees it; 4 workers, in memory."""

import time
from collections.abc import Callable

from ..harness import EXECUTOR, OURS, Comparison, Contender, Figures, Goal, Measure
from .peers import Executor, Ours, percentiles

WARM_UP = 200


def asking(make: Callable[[], Ours | Executor]) -> Measure:
    def measure(size: int) -> Figures:
        ask, clock, times = make().ask, time.perf_counter, []
        for order in range(WARM_UP + size):
            start = clock()
            ask({"order": order})
            times.append(clock() - start)
        return percentiles(times[WARM_UP:], "µs", 1e6)

    return measure


CONTENDERS = (
    Contender(OURS, asking(Ours), "queue.wait(submit_job(…).id)"),
    Contender(EXECUTOR, asking(Executor), "submit(…).result()"),
)
GOALS = tuple(Goal(f"{name}, µs", "≤", 1, (EXECUTOR,)) for name in ("p50", "p99"))

COMPARISON = Comparison(__doc__, CONTENDERS, size=20_000, quick=200, rounds=5, goals=GOALS)
