"""SQLite, submit returns once the job is on the disk (WAL, synchronous FULL): 16 producers, 4 workers.

Jobs run while others are accepted, on the same file, so fewer a second are run than accepted. queue-max offers no FULL.
"""

from functools import partial

from ..harness import OURS, Comparison, Goal
from .peers import driving, in_file
from .sqlite_peers import sqlite_peers

OWN = driving(OURS, partial(in_file, "group commit"), 'durability="group commit"', producers=16)
GOALS = (Goal("accepted/s", "≥", 10_000),)

COMPARISON = Comparison(__doc__, (OWN, *sqlite_peers("FULL", 16)), size=5_000, quick=200, rounds=5, goals=GOALS)
