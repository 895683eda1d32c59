"""How fast a queue like ours could be: the same work for each job, by one thread, with nobody to hand anything to.

What a queue adds is threads that wait for each other. What it takes beyond these figures is the price of that.
"""

import sqlite3
import time
from collections.abc import Callable

from goqueue.job import Outcome, Record
from goqueue.job_context import JobContext
from goqueue.running.attempt import run_attempt
from goqueue.storage.sqlite import statements as sql
from goqueue.storage.sqlite.database import connect
from goqueue.storage.sqlite.schema import New

from ..harness import Figures
from .peers import Ours

BATCH = 64  # jobs that are claimed, and completed, in one commit
TYPES = ("webhook",)
WORKER = 1


def by_hand(size: int) -> Figures:
    """Submit jobs to a queue in memory, and then claim, run and settle each, in this thread."""
    peer = Ours(started=False)
    registration = peer.queue.registry.find("webhook")
    assert registration is not None
    storage, pool = peer.storage, peer.queue.pool
    attempts = pool.attempts

    def run_all() -> None:
        settled: list[tuple[Record, Outcome]] = []
        while claimed := storage.settle_and_claim(settled, 1, TYPES):
            record = claimed[0]
            ctx = JobContext.of_attempt(attempts.parent, record, attempts.node, None, attempts.parent._values)
            settled = [(record, run_attempt(pool.floor, ctx, record, registration))]

    return parts(size, lambda: [peer.put({"order": order}) for order in range(size)], run_all)


def bare_statements(size: int) -> Figures:
    """Run the statements of our SQLite storage: a commit for each new job, one for each batch claimed or completed."""
    on = connect("jobs.db", "NORMAL")

    def insert_all() -> None:
        for _ in range(size):
            key = time.time_ns() >> 10
            on.execute(
                sql.INSERT_AT, New(key, "webhook", '{"order":17}', None, key * 1024 / 1e9, 0, 1, 0, None, 0, None)
            )

    return parts(size, insert_all, lambda: complete_all(on))


def complete_all(on: sqlite3.Connection) -> None:
    """Claim and complete all jobs."""
    while keys := [row[0] for row in commit(on, sql.claim(1), (time.time(), WORKER, BATCH, *TYPES))]:
        commit(on, sql.complete(len(keys)), (time.time(), WORKER, *keys))


def commit(on: sqlite3.Connection, text: str, values: tuple[object, ...]) -> list[tuple[int, ...]]:
    """Run one statement in a transaction."""
    on.execute("BEGIN IMMEDIATE")
    rows = on.execute(text, values).fetchall()
    on.execute("COMMIT")
    return rows


def parts(size: int, submit: Callable[[], object], run: Callable[[], None]) -> Figures:
    """Return what `drive` returns, for work whose two parts come one after the other."""
    start = time.perf_counter()
    submit()
    accepted = time.perf_counter()
    run()
    seconds = time.perf_counter() - start
    return {"run/s": size / seconds, "accepted/s": size / (accepted - start), "µs a job": seconds / size * 1e6}
