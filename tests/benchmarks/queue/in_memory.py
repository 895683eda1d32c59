"""In memory: jobs that do nothing, one producer, 4 workers.

A bare queue remembers nothing. A record, its moves, its context and its payload are the rest of what a job costs here.
"""

from ..harness import EXECUTOR, OURS, Comparison, Goal
from .naive_port import Naive
from .peers import Bare, Executor, Ours, driving

BARE, NAIVE = "bare queue.Queue", "naive port of the plan"
PORT = "dataclass, uuid4, datetime, RLock; channel of 1,024; all records kept"

CONTENDERS = (
    driving(OURS, Ours, "buffer of 1,024, all records kept"),
    driving(EXECUTOR, Executor, "no bound, all futures kept"),
    driving(BARE, Bare, "1,024 places, no record"),
    driving(NAIVE, Naive, PORT),
)
GOALS = (Goal("run/s", "≥", 3, (EXECUTOR,)), Goal("run/s", "≥", 0.8, (BARE,)), Goal("run/s", "≥", 8, (NAIVE,)))

COMPARISON = Comparison(__doc__, CONTENDERS, size=200_000, quick=1_000, rounds=5, goals=GOALS)
