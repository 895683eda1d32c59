"""SQLite, a commit for each transition (WAL, synchronous NORMAL): one producer, 4 workers.

A commit for each job is a wait for each job, for every queue that is set up like this.
"""

from functools import partial

from ..harness import OURS, Comparison, Goal
from .peers import driving, in_file
from .sqlite_peers import QueueMax, sqlite_peers

PEERS = (
    *sqlite_peers("NORMAL"),
    driving("queue-max", lambda: QueueMax(6), "its Worker threads; 6 files, as by default"),
    driving("queue-max, 1 file", lambda: QueueMax(1), "the same"),
)

CONTENDERS = (driving(OURS, partial(in_file, "each commit"), 'durability="each commit"'), *PEERS)
GOALS = (Goal("run/s", "≥", 12_000), Goal("run/s", "≥", 5, tuple(peer.name for peer in PEERS)))

COMPARISON = Comparison(__doc__, CONTENDERS, size=20_000, quick=200, rounds=5, goals=GOALS)
