"""Rows 5 and 6: jobs in a SQLite file, committed at each transition; and on disk before submit returns.

What each peer does for a job, and how it is set up, is said at the head of its file in `peers/`.
"""

from pathlib import Path

from ..drive import drive
from ..figures import OURS, Contender, Figures, Goal, Measure, Row, Unit
from ..peers.of_huey import OfHuey
from ..peers.of_litequeue import OfLiteQueue
from ..peers.of_persist_queue import OfPersistQueue
from ..peers.of_queue_max import OfQueueMax
from ..peers.ours import in_file

PRODUCERS = 16


def ours(durability: str, producers: int) -> Measure:
    return lambda size, folder: drive(in_file(folder, durability), size, producers)


def huey(full: bool, producers: int) -> Measure:
    return lambda size, folder: drive(OfHuey(folder, full), size, producers)


def persist_queue(full: bool, producers: int) -> Measure:
    return lambda size, folder: drive(OfPersistQueue(folder, full), size, producers)


def litequeue(full: bool, producers: int, shared: bool) -> Measure:
    return lambda size, folder: drive(OfLiteQueue(folder, full, shared), size, producers)


def queue_max(shards: int) -> Measure:
    def measure(size: int, folder: Path) -> Figures:
        return drive(OfQueueMax(folder, shards), size)

    return measure


def peers(full: bool, producers: int) -> tuple[Contender, ...]:
    """Return those that can be set up for either."""
    return (
        Contender("huey", huey(full, producers), "SqliteHuey, its consumer; deletes at dequeue: at most once"),
        Contender("persist-queue", persist_queue(full, producers), "SQLiteAckQueue: put, get, ack"),
        Contender("litequeue", litequeue(full, producers, False), "put, pop, done; a connection for each thread"),
        Contender("litequeue, shared", litequeue(full, producers, True), "the same; one connection behind a lock"),
    )


QUEUE_MAX = (
    Contender("queue-max", queue_max(6), "enqueue, its Worker threads; 6 files, as by default"),
    Contender("queue-max, 1 file", queue_max(1), "the same"),
)
BEST = tuple(contender.name for contender in (*peers(False, 1), *QUEUE_MAX))

EACH_COMMIT = Row(
    name="sqlite",
    title="SQLite, a commit for each transition (WAL, synchronous NORMAL): one producer, 4 workers",
    contenders=(
        Contender(OURS, ours("each commit", 1), 'durability="each commit"'),
        *peers(False, 1),
        *QUEUE_MAX,
    ),
    units={"done": Unit("jobs a second"), "accepted": Unit("submitted a second")},
    size=20_000,
    quick=2_000,
    goals=(
        Goal("12,000 jobs/s", "done", 12_000),
        Goal("5 × the best of huey, persist-queue, litequeue, queue-max", "done", 5, BEST),
    ),
)

FULL = Row(
    name="full",
    title=f"SQLite, submit returns once on disk (WAL, synchronous FULL): {PRODUCERS} producers, 4 workers",
    contenders=(Contender(OURS, ours("group commit", PRODUCERS), 'durability="group commit"'), *peers(True, PRODUCERS)),
    units={"accepted": Unit("submitted a second"), "done": Unit("jobs a second, submitted and run")},
    size=5_000,
    quick=500,
    goals=(Goal("10,000 jobs/s", "accepted", 10_000),),
    notes=("Accepted jobs run at the same time, by the same file. queue-max offers no FULL, so it takes no part.",),
)
