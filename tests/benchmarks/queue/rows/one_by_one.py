"""Row 2: one job at a time, from submit to done, as the thread that waits for it sees it."""

import statistics
import time
from collections.abc import Callable
from pathlib import Path

from ..figures import OURS, Contender, Figures, Goal, Row, Unit
from ..peers.executor import Executor
from ..peers.ours import Ours

EXECUTOR = "ThreadPoolExecutor"
WARM_UP = 200


def ours(size: int, folder: Path) -> Figures:
    peer = Ours()
    times = waits(peer.ask, size)
    peer.close()
    return times


def executor(size: int, folder: Path) -> Figures:
    peer = Executor()
    times = waits(peer.ask, size)
    peer.finish(0, [])
    return times


def waits(ask: Callable[[dict[str, int]], None], size: int) -> Figures:
    """Ask one by one; return the percentiles, in seconds."""
    for order in range(WARM_UP):
        ask({"order": order})
    clock, times = time.perf_counter, []
    for order in range(size):
        start = clock()
        ask({"order": order})
        times.append(clock() - start)
    return percentiles(times)


def percentiles(times: list[float]) -> Figures:
    """Return the median, the 99th of 100, and the greatest."""
    return {"p50": statistics.median(times), "p99": statistics.quantiles(times, n=100)[98], "most": max(times)}


ONE_BY_ONE = Row(
    name="latency",
    title="One job at a time, from submit to done, 4 workers, in memory",
    contenders=(
        Contender(OURS, ours, "queue.wait(submit_job(…).id)"),
        Contender(EXECUTOR, executor, "submit(…).result()"),
    ),
    units={"p50": Unit("p50, µs", 1e6, 1), "p99": Unit("p99, µs", 1e6, 1), "most": Unit("most, µs", 1e6)},
    size=20_000,
    quick=2_000,
    goals=(
        Goal(f"p50 ≤ {EXECUTOR}", "p50", 1, (EXECUTOR,), at_most=True),
        Goal(f"p99 ≤ {EXECUTOR}", "p99", 1, (EXECUTOR,), at_most=True),
    ),
)
