"""Row 1: jobs that do nothing, from one producer to four workers, in memory."""

from pathlib import Path

from ..drive import drive
from ..figures import OURS, Contender, Figures, Goal, Row, Unit
from ..peers.bare import Bare
from ..peers.executor import Executor
from ..peers.naive import Naive
from ..peers.ours import Ours

EXECUTOR, BARE, NAIVE = "ThreadPoolExecutor", "bare queue.Queue", "naive port of the plan"


def ours(size: int, folder: Path) -> Figures:
    return drive(Ours(), size)


def executor(size: int, folder: Path) -> Figures:
    return drive(Executor(), size)


def bare(size: int, folder: Path) -> Figures:
    return drive(Bare(), size)


def naive(size: int, folder: Path) -> Figures:
    return drive(Naive(), size)


IN_MEMORY = Row(
    name="memory",
    title="Jobs that do nothing: one producer, 4 workers, in memory",
    contenders=(
        Contender(OURS, ours, "buffer of 1,024, all records kept"),
        Contender(EXECUTOR, executor, "no bound, all futures kept"),
        Contender(BARE, bare, "1,024 places, no record"),
        Contender(NAIVE, naive, "dataclass, uuid4, datetime, RLock; channel of 1,024; all records kept"),
    ),
    units={"done": Unit("jobs a second"), "each": Unit("µs a job", 1e6, 2)},
    size=200_000,
    quick=20_000,
    goals=(
        Goal(f"≥ 3 × {EXECUTOR}", "done", 3, (EXECUTOR,)),
        Goal(f"≥ 0.8 × {BARE}(1024) with no record", "done", 0.8, (BARE,)),
        Goal(f"≥ 8 × {NAIVE}", "done", 8, (NAIVE,)),
    ),
)
