"""Row 8: whether a job costs the same however many there are, and however many workers."""

import gc
import statistics
from collections.abc import Callable
from functools import partial
from pathlib import Path

from ..drive import Peer, drive
from ..figures import OURS, Contender, Figures, Goal, Measure, Row, Unit
from ..peers.bare import Bare
from ..peers.executor import Executor
from ..peers.ours import Ours

SIZES = (1_000, 10_000, 100_000, 1_000_000)
WORKERS = (1, 4, 16, 64)
FLAT = 1.25  # what still counts as flat
SMALL = 30_000  # jobs, at least, for each size: small ones are measured some times over


def growing(make: Callable[[], Peer]) -> Measure:
    """Return the measurement of one curve."""

    def measure(size: int, folder: Path) -> Figures:
        found = {str(jobs): cost(make, jobs) for jobs in SIZES if jobs <= size}
        return {**found, "growth": found[str(size)] / found[str(SIZES[0])]}

    return measure


def cost(make: Callable[[], Peer], jobs: int) -> float:
    """Return the seconds a job."""
    times = []
    for _ in range(max(1, SMALL // jobs)):
        gc.collect()
        times.append(drive(make(), jobs)["each"])
    return statistics.median(times)


def uncollected(size: int, folder: Path) -> Figures:
    """The same without Python's cyclic garbage collector, which goes through all records again and again."""
    gc.disable()
    return growing(Ours)(size, folder)


def with_workers(workers: int) -> str:
    return f"{OURS}, {workers} worker{'s' if workers > 1 else ''}"


GROWTH = Row(
    name="growth",
    title="Growth: µs a job that does nothing, by number of jobs, in memory",
    contenders=(
        *(Contender(with_workers(n), growing(partial(Ours, n))) for n in WORKERS),
        Contender(f"{OURS}, 4 workers, no gc", uncollected, "after gc.disable()"),
        Contender("ThreadPoolExecutor, 4 workers", growing(Executor), "all futures kept"),
        Contender("bare queue.Queue, 4 workers", growing(Bare), "no record"),
    ),
    units={
        **{str(jobs): Unit(f"{jobs:,} jobs", 1e6, 2) for jobs in SIZES},
        "growth": Unit("last ÷ first", 1, 2),
    },
    size=SIZES[-1],
    quick=10_000,
    rounds=3,
    goals=tuple(
        Goal(
            f"flat from 10³ to 10⁶, {n} worker{'s' if n > 1 else ''} (≤ {FLAT} × a job)",
            "growth",
            FLAT,
            contender=with_workers(n),
            at_most=True,
        )
        for n in WORKERS
    ),
)
